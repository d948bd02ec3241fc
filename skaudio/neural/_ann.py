"""`ANNClassifier`: the dense network of the classic tutorials."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from skaudio._constraints import Interval
from skaudio.neural._base import BaseNetworkClassifier
from skaudio.neural._network import whole_numbers


class ANNClassifier(BaseNetworkClassifier):
    """A dense Keras network as a scikit-learn classifier.

    Layers of `hidden_layer_sizes` units, each followed by dropout, then a softmax over the classes; trained on
    cross-entropy. Scale its input, in the same pipeline: on raw MFCCs it learns little.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(100, 200, 100)
        Units of each hidden layer.
    activation : str, default="relu"
        Activation of the hidden layers, by Keras's name.
    dropout : float, default=0.5
        Share of units dropped after each hidden layer while training, in [0, 1).
    model : callable or None, default=None
        A function ``(meta, **parameters) -> keras.Model`` of a module, to train another network. `meta` holds
        ``n_features_in_``, ``n_classes_`` and ``X_shape_``; of `hidden_layer_sizes`, `activation` and `dropout` it is
        given those that it takes. The model returns a softmax over the classes; one that is not compiled is compiled
        as this class's own.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        A name, or an instance, which is copied for each fit.
    learning_rate : float or keras learning-rate schedule, default=0.001
        Learning rate of a named optimizer; an instance has its own.
    schedule : {"constant", "cosine"}, default="constant"
        How the learning rate goes on: as it is; or up to `learning_rate` over the first tenth of `epochs`, and down to
        a hundredth of it along half a cosine. Set anew for each epoch.
    batch_size : int, default=32
        Rows a step.
    epochs : int, default=100
        Passes over the training data, at most.
    validation_fraction : float, splitter or None, default=None
        Share of the training data to hold out for validation, in (0, 1): stratified, and by `groups` where `fit` is
        given them. Or a splitter of scikit-learn's kind, whose first split says which rows.
    early_stopping : bool, default=False
        Stop when the validation loss has not improved for `patience` epochs, and keep the best epoch's weights.
    patience : int, default=10
        See `early_stopping`.
    refit_epochs : bool, default=False
        Once stopped early, train a new network on all rows, those held out included, for as many epochs as were best.
        Needs `early_stopping` and `validation_fraction`. `history_` is that of the training that was stopped, `n_iter_`
        the epochs of the second one.
    checkpoint : str, PathLike or None, default=None
        A ``.keras`` file to write the network to each time its validation loss is the lowest so far. It is replaced
        in one step. In a search every fit writes it, and the last one wins.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by label, in training.
    warm_start : bool, default=False
        Go on with the network of the last fit.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Copied for each fit. scikit-learn's callbacks are attached by `set_callbacks`.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, dropout and shuffling. An int gives the same network each time on the same machine.
    verbose : int, default=0
        1 logs the training time to the logger ``skaudio``, 2 adds Keras's line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    history_ : dict of str to list of float
        ``loss`` and ``accuracy`` of each epoch, and ``val_loss`` and ``val_accuracy`` where there are validation data;
        ``weighted_accuracy`` too where there are weights.
    model_ : keras.Model
        The network in Keras, made when it is first asked for; what is changed of it counts.
    network_ : FittedNetwork
        The network as data: how it is built, its weights, and versions.
    n_iter_ : int
        Epochs trained.
    n_features_in_ : int
        Columns of `X`.
    feature_names_in_ : ndarray of str
        Their names, where `X` is a frame.
    scikeras_ : scikeras.wrappers.KerasClassifier
        The wrapper that trained it.

    See Also
    --------
    skaudio.make_audio_pipeline : Features, scaling and this network in one.

    Notes
    -----
    The default is the network of the UrbanSound8K tutorials. Validation clips reach it through a pipeline so::

        sklearn.set_config(enable_metadata_routing=True)
        classifier = ANNClassifier(early_stopping=True).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("features", MFCCTransformer()), ("scale", StandardScaler()), ("classifier", classifier)],
            transform_input=["X_val"],
        )
        pipeline.fit(clips, labels, X_val=validation_clips, y_val=validation_labels)

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from skaudio import ANNClassifier
    >>> X, y = make_blobs(90, centers=[[-4, 0], [4, 0], [0, 6]], random_state=0)
    >>> network = ANNClassifier((16,), epochs=20, learning_rate=0.05, random_state=0).fit(X, y)
    >>> bool(network.score(X, y) > 0.9)
    True
    """

    _kind = "dense"
    _parameter_constraints: dict[str, Any] = {
        **BaseNetworkClassifier._parameter_constraints,
        "hidden_layer_sizes": ["array-like", tuple],
        "activation": [str],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100, 200, 100),
        *,
        activation: str = "relu",
        dropout: float = 0.5,
        model: Callable[..., Any] | None = None,
        optimizer: Any = "adam",
        learning_rate: Any = 0.001,
        schedule: str = "constant",
        batch_size: int = 32,
        epochs: int = 100,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        patience: int = 10,
        refit_epochs: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        class_weight: dict[Any, float] | str | None = None,
        warm_start: bool = False,
        callbacks: list[Any] | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.model = model
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.patience = patience
        self.refit_epochs = refit_epochs
        self.checkpoint = checkpoint
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _builder_parameters(self) -> dict[str, Any]:
        return {
            "hidden_layer_sizes": whole_numbers("hidden_layer_sizes", self.hidden_layer_sizes),
            "activation": self.activation,
            "dropout": float(self.dropout),
        }


def dense_network(meta: dict[str, Any], hidden_layer_sizes: Sequence[int], activation: str, dropout: float) -> Any:
    """Return the network: hidden layers with dropout, and a softmax over the classes."""
    import keras

    # Names of their own: Keras's count up, and no two networks would be alike.
    layers: list[Any] = [keras.Input((meta["n_features_in_"],), name="features")]
    for i, units in enumerate(hidden_layer_sizes):
        layers.append(keras.layers.Dense(units, activation=activation, name=f"dense_{i}"))
        layers.append(keras.layers.Dropout(dropout, name=f"dropout_{i}"))
    layers.append(keras.layers.Dense(meta["n_classes_"], activation="softmax", name="classes"))
    return keras.Sequential(layers, name="ann")
