"""`ANNClassifier`: the dense network of the classic tutorials."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from skaudio._constraints import Interval
from skaudio.neural._base import BaseNetworkClassifier
from skaudio.neural._dense import Dense
from skaudio.neural._kind import whole_numbers


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
    {rate}
    batch_size : int, default=32
        Rows a step.
    epochs : int, default=100
        Passes over the training data, at most.
    {fitting}

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

    _kind = Dense()
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
