"""The convolutional network: how Keras builds it, and how NumPy predicts by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skaudio.neural._kind import NetworkKind, whole_numbers
from skaudio.neural._sequences import SCALING_EPSILON, frame_mask, frame_mask_in_keras

BATCH_EPSILON = 1e-3  # of batch normalisation, Keras's


class Convolutional(NetworkKind):
    """Scaling, blocks of convolution, the mean and the maximum of each channel, and a softmax over the classes."""

    name = "convolutional"

    def build(self, meta: dict[str, Any], filters: Sequence[int], dropout: float) -> Any:  # type: ignore[override]
        """Return the network: scaling, blocks of convolution, and the mean and the maximum of each channel."""
        from keras import Input, Model, layers, ops

        sequence = Input(meta["X_shape_"][1:], name="sequence")
        sounding = ops.expand_dims(frame_mask_in_keras(sequence), (-1, -2))  # (n_clips, n_frames, 1, 1)
        # Batch normalisation that is not trained is plain scaling, by the weights that `set_scaling` gives it.
        scaling = layers.BatchNormalization(
            trainable=False, center=False, scale=False, epsilon=SCALING_EPSILON, name="scaling"
        )
        x = ops.expand_dims(scaling(sequence), -1) * sounding
        form = {"data_format": "channels_last"}
        for i, channels in enumerate(filters):
            # Padded on both sides by hand: by TensorFlow, where a stride falls would depend on the number of frames.
            x = layers.ZeroPadding2D(1, name=f"border_{i}", **form)(x)
            steps = 2 if i == 0 else 1
            x = layers.Conv2D(channels, 3, steps, use_bias=False, name=f"convolution_{i}", **form)(x)
            if i == 0:
                sounding = layers.MaxPooling2D((2, 1), padding="same", name="sounding_0", **form)(sounding)
            x = layers.BatchNormalization(momentum=0.9, name=f"normalisation_{i}")(x, mask=ops.squeeze(sounding, -1))
            x = layers.Activation("relu", name=f"relu_{i}")(x) * sounding
            if i < len(filters) - 1:
                x = layers.MaxPooling2D(2, padding="same", name=f"pooling_{i}", **form)(x)
                sounding = layers.MaxPooling2D((2, 1), padding="same", name=f"sounding_{i + 1}", **form)(sounding)
        mean = ops.sum(x, (1, 2)) / (ops.sum(sounding, (1, 2)) * x.shape[2])
        maximum = ops.max(x, (1, 2))  # of what ReLU leaves, so the zeros of padded frames are never above it
        x = layers.Dropout(dropout, name="dropout")(ops.concatenate([mean, maximum], 1))
        return Model(sequence, layers.Dense(meta["n_classes_"], activation="softmax", name="classes")(x), name="cnn")

    def weight_shapes(self, meta: dict[str, Any], parameters: dict[str, Any]) -> list[tuple[int, ...]]:
        """Return two vectors of the scaling, five arrays for each block, and the matrix and the bias of the classes."""
        if not 0 <= float(parameters["dropout"]) < 1:
            raise ValueError(f"parameters={parameters!r} are none of a convolutional network")
        filters = whole_numbers("filters", parameters["filters"])
        shapes: list[tuple[int, ...]] = [(meta["n_features_in_"],)] * 2
        for n_in, n_out in zip([1, *filters], filters):
            shapes += [(3, 3, n_in, n_out), *[(n_out,)] * 4]
        return [*shapes, (2 * filters[-1], meta["n_classes_"]), (meta["n_classes_"],)]

    def n_numbers(self, shape: tuple[int, ...], parameters: dict[str, Any]) -> int | None:
        """Return how many numbers the patches of the second convolution hold at most, after two halvings of frames."""
        n_frames, n_coefficients = shape
        return max(n_frames * n_coefficients, 9 * max(1, n_frames // 4) * n_coefficients * max(parameters["filters"]))

    def scores(self, x: np.ndarray, weights: list[np.ndarray], parameters: dict[str, Any]) -> np.ndarray:
        """Return the scores."""
        rest = iter(weights)
        sounding = frame_mask(x)  # (n, n_frames)
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
