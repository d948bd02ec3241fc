"""The probabilities of a fitted network in NumPy: without TensorFlow, without a lock, in any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skaudio.neural._network import FittedNetwork

_NUMBERS = 2**22  # of the largest layer in flight at once, which bounds the memory of a prediction
BATCH_EPSILON = 1e-3  # of batch normalisation, Keras's
SCALING_EPSILON = 1e-12  # of the convolutional network's own scaling


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.sqrt(2, dtype=x.dtype)))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(x)


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "linear": lambda x: x,
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
    "silu": lambda x: x * _sigmoid(x),
    "swish": lambda x: x * _sigmoid(x),
    "gelu": _gelu,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
}


def probabilities(network: FittedNetwork, X: np.ndarray) -> np.ndarray | None:
    """Return the probability of each class, as Keras gives it to 1e-5; None for a network that is not known here.

    Parameters
    ----------
    network : FittedNetwork
        The network.
    X : ndarray of shape (n_samples, ...), float32
        Rows.

    Returns
    -------
    probabilities : ndarray of shape (n_samples, n_classes), float64, or None
        Each row sums to 1.
    """
    kind, parameters = network.blueprint.kind, network.blueprint.parameters
    if kind == "dense" and parameters["activation"] in _ACTIVATIONS:
        forward, widest = _dense, max(parameters["hidden_layer_sizes"])
    elif kind == "convolutional":
        forward, widest = _convolutional, 9 * max(1, X.shape[1] // 4) * X.shape[2] * max(parameters["filters"])
    else:
        return None
    n_rows = max(1, _NUMBERS // max(widest, X[0].size))
    chunks = [forward(X[i : i + n_rows], network.weights, parameters) for i in range(0, len(X), n_rows)]
    scores = np.concatenate(chunks).astype(np.float64)
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def _dense(x: np.ndarray, weights: list[np.ndarray], parameters: dict[str, Any]) -> np.ndarray:
    activation = _ACTIVATIONS[parameters["activation"]]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = activation(x @ kernel + bias).astype(np.float32, copy=False)
    return x @ weights[-2] + weights[-1]


def _convolutional(x: np.ndarray, weights: list[np.ndarray], parameters: dict[str, Any]) -> np.ndarray:
    rest = iter(weights)
    sounding = _frame_mask(x)  # (n, n_frames)
    mean, variance = next(rest), next(rest)
    x = (x - mean) / np.sqrt(variance + np.float32(SCALING_EPSILON)) * sounding[:, :, None]
    x = x[..., None]
    n_blocks = len(parameters["filters"])
    for i in range(n_blocks):
        x = _convolution(x, next(rest), 2 if i == 0 else 1)
        if i == 0:
            sounding = _halved(sounding, 1)
        gamma, beta, mean, variance = (next(rest) for _ in range(4))
        scale = gamma / np.sqrt(variance + np.float32(BATCH_EPSILON))
        x = np.maximum(x * scale + (beta - mean * scale), 0) * sounding[:, :, None, None]
        if i < n_blocks - 1:
            x = _halved(_halved(x, 1), 2)
            sounding = _halved(sounding, 1)
    mean = x.sum(axis=(1, 2)) / (sounding.sum(axis=1, keepdims=True) * x.shape[2])
    kernel, bias = rest
    return np.concatenate([mean, x.max(axis=(1, 2))], axis=1) @ kernel + bias


def _frame_mask(X: np.ndarray) -> np.ndarray:
    """Return 1 for the frames of each sequence, and 0 for those at its end that only repeat one another."""
    repeats = (X[:, 1:] == X[:, :-1]).all(axis=-1)
    to_the_end = np.logical_and.accumulate(repeats[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([np.ones((len(X), 1), np.float32), (~to_the_end).astype(np.float32)], axis=1)


def _convolution(x: np.ndarray, kernel: np.ndarray, step: int) -> np.ndarray:
    """Return a convolution of 3 by 3, each side bordered by one row of zeros."""
    bordered = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    patches = sliding_window_view(bordered, (3, 3), axis=(1, 2))[:, ::step, ::step]  # (n, h, w, channels, 3, 3)
    n, height, width, channels = patches.shape[:4]
    rows = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * channels)
    return (rows @ kernel.reshape(9 * channels, -1)).reshape(n, height, width, -1)


def _halved(x: np.ndarray, axis: int) -> np.ndarray:
    """Return the maxima of pairs along an axis; the last of an odd number has none beside it."""
    even = np.take(x, range(0, x.shape[axis], 2), axis)
    odd = np.take(x, range(1, x.shape[axis], 2), axis)
    pairs = [slice(None)] * x.ndim
    pairs[axis] = slice(odd.shape[axis])
    even[tuple(pairs)] = np.maximum(even[tuple(pairs)], odd)
    return even
