"""Sequences of frames as a network takes them: checked, scaled by its first layer, their padding left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array, check_X_y

SCALING_EPSILON = 1e-12  # of the layer "scaling", which is a batch normalisation that is not trained

_EXPECTED = (
    "sequences (n_clips, n_frames, n_coefficients) are expected, such as "
    "MFCCTransformer(statistics=None, duration=...) gives; one sequence is sequence[np.newaxis]"
)


def check_sequences(classifier: Any, X: Any, y: Any = "no_validation", *, reset: bool) -> Any:
    """Return X as float32, with y where it is given; with `reset`, note the shape that `X` has.

    Raises
    ------
    ValueError
        If `X` is no array of sequences, or, without `reset`, of others than the classifier was fitted to.
    """
    form = {"dtype": np.float32, "ensure_2d": False, "allow_nd": True, "estimator": classifier}
    try:
        if isinstance(y, str):
            X = check_array(X, input_name="X", **form)
        else:
            X, y = check_X_y(X, y, **form)
    except ValueError as error:
        if "could not convert" in str(error):
            raise ValueError(f"X is not numeric: {error}; {_EXPECTED}") from error
        raise
    if X.ndim != 3 or 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}; {_EXPECTED}")
    if reset:
        classifier.n_features_in_ = X.shape[2]
        classifier._shape = X.shape[1:]
    elif X.shape[1:] != classifier._shape:
        raise ValueError(
            f"X has sequences of shape {X.shape[1:]}, and {type(classifier).__name__} is expecting {classifier._shape} "
            "(n_frames, n_coefficients) as in fit"
        )
    return X if isinstance(y, str) else (X, y)


def set_scaling(model: Any, X: np.ndarray) -> None:
    """Have the layer "scaling" of a Keras model scale each coefficient by its mean and variance in training data."""
    frames = X[frame_mask(X).astype(bool)].astype(np.float64)
    variance = frames.var(axis=0)
    scaling = model.get_layer("scaling")
    scaling.moving_mean.assign(frames.mean(axis=0))
    scaling.moving_variance.assign(np.where(variance > 0, variance, 1.0))


def frame_mask(X: np.ndarray) -> np.ndarray:
    """Return 1 for the frames of each sequence, and 0 for those at its end that only repeat one another."""
    repeats = (X[:, 1:] == X[:, :-1]).all(axis=-1)
    to_the_end = np.logical_and.accumulate(repeats[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([np.ones((len(X), 1), np.float32), (~to_the_end).astype(np.float32)], axis=1)


def frame_mask_in_keras(X: Any) -> Any:
    """Return what `frame_mask` does, as a part of a Keras model."""
    from keras import ops

    repeats = ops.cast(ops.all(ops.equal(X[:, 1:], X[:, :-1]), -1), "float32")
    to_the_end = ops.flip(ops.cumprod(ops.flip(repeats, 1), 1), 1)
    return ops.concatenate([ops.ones_like(X[:, :1, 0]), 1.0 - to_the_end], 1)
