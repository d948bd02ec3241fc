"""`CNNClassifier`: a compact convolutional network on sequences of frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import Tags

from skaudio._constraints import Interval
from skaudio.neural._base import BaseNetworkClassifier
from skaudio.neural._convolutional import Convolutional
from skaudio.neural._kind import whole_numbers
from skaudio.neural._sequences import check_sequences, set_scaling


class CNNClassifier(BaseNetworkClassifier):
    """A convolutional Keras network on sequences, such as MFCCs frame by frame, as a scikit-learn classifier.

    The sequence is read as an image of frames by coefficients: blocks of convolution, batch normalisation, ReLU and
    pooling, one for each of `filters`; then the mean and the maximum of each channel over the whole clip, dropout and a
    softmax over the classes. The network scales its own input, by the mean and the variance that each coefficient has
    in the training data. Frames that only repeat the last one, as the silence does that a short clip is padded with,
    count nowhere.

    Parameters
    ----------
    filters : sequence of int, default=(24, 48, 96, 128)
        Channels of each block.
    dropout : float, default=0.5
        Share of the pooled channels dropped while training, in [0, 1).
    time_mask, frequency_mask : float, default=0.0
        While training, two stretches of the frames and two of the coefficients of each sequence are masked by the
        training data's mean, anew in each epoch (SpecAugment). Each is at most this share long, in [0, 1]; 0 for none.
    mixup : float, default=0.0
        While training, each sequence is mixed with another one of the batch, and has both classes in shares drawn from
        the beta distribution with both parameters of this value, at least 0; 0 for none. ``accuracy`` in `history_` is
        that of the larger share.
    model : callable or None, default=None
        A function ``(meta, **parameters) -> keras.Model`` of a module, to train another network. `meta` holds
        ``n_features_in_`` (the coefficients), ``n_classes_`` and ``X_shape_``; of `filters` and `dropout` it is given
        those that it takes. It is given the sequences as they are, not scaled. The model returns a softmax over the
        classes; one that is not compiled is compiled as this class's own.
    {rate}
    batch_size : int, default=32
        Clips a step.
    epochs : int, default=50
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
        Coefficients of a frame.
    scikeras_ : scikeras.wrappers.KerasClassifier
        The wrapper that trained it.

    See Also
    --------
    ANNClassifier : A dense network on one row a clip: less accurate on most sounds, and many times faster.

    Notes
    -----
    It takes the sequences of a transformer with ``statistics=None``::

        features = MFCCTransformer(statistics=None, duration=4.0)
        pipeline = make_pipeline(features, CNNClassifier(random_state=0)).fit(clips, labels)

    In a pipeline of `make_audio_pipeline`, ``set_params(scale="passthrough")`` leaves the scaling to it. Validation
    clips reach it as they reach `ANNClassifier`.

    SpecAugment is of Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
    Interspeech 2019; mixup of Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.

    The first block halves the frames and the coefficients, which costs little accuracy and saves three quarters of
    the time.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio import CNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rising", "falling"], 20)
    >>> slope = np.where(y == "rising", 1.0, -1.0)
    >>> X = slope[:, None, None] * np.linspace(-1, 1, 16)[:, None] + 0.1 * rng.normal(size=(40, 16, 4))
    >>> network = CNNClassifier((4, 8), epochs=20, learning_rate=0.01, random_state=0).fit(X, y)
    >>> bool(network.score(X, y) > 0.9)
    True
    """

    _kind = Convolutional()
    _parameter_constraints: dict[str, Any] = {
        **BaseNetworkClassifier._parameter_constraints,
        "filters": ["array-like", tuple],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "time_mask": [Interval(Real, 0, 1, closed="both")],
        "frequency_mask": [Interval(Real, 0, 1, closed="both")],
        "mixup": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        filters: Sequence[int] = (24, 48, 96, 128),
        *,
        dropout: float = 0.5,
        time_mask: float = 0.0,
        frequency_mask: float = 0.0,
        mixup: float = 0.0,
        model: Callable[..., Any] | None = None,
        optimizer: Any = "adam",
        learning_rate: Any = 0.001,
        schedule: str = "constant",
        batch_size: int = 32,
        epochs: int = 50,
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
        self.filters = filters
        self.dropout = dropout
        self.time_mask = time_mask
        self.frequency_mask = frequency_mask
        self.mixup = mixup
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

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    def _builder_parameters(self) -> dict[str, Any]:
        return {"filters": whole_numbers("filters", self.filters), "dropout": float(self.dropout)}

    def _masks_and_mixup(self) -> tuple[float, float, float]:
        return float(self.time_mask), float(self.frequency_mask), float(self.mixup)

    def _fill(self, model: Any) -> np.ndarray:
        return np.asarray(model.get_layer("scaling").moving_mean)

    def _check_rows(self, X: Any, y: Any = "no_validation", *, reset: bool = False) -> Any:
        return check_sequences(self, X, y, reset=reset)

    def _adapt(self, model: Any, X: np.ndarray) -> None:
        set_scaling(model, X)
