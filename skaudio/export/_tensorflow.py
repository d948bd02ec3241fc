"""`TensorFlowGraph`: a graph in TensorFlow, of what TFLite has operations of its own for: float32, and no float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from skaudio.exceptions import ExportError
from skaudio.export._graph import Graph

_UNARY = {
    "sqrt": tf.sqrt,
    "exp": tf.exp,
    "log": tf.math.log,
    "abs": tf.abs,
    "erf": tf.math.erf,
    "tanh": tf.tanh,
    "floor": tf.floor,
}
_BINARY = {
    "maximum": tf.maximum,
    "minimum": tf.minimum,
    "power": tf.pow,
    "and": tf.logical_and,
    "or": tf.logical_or,
    "equal": tf.equal,
}
_REDUCE = {"mean": tf.reduce_mean, "sum": tf.reduce_sum, "max": tf.reduce_max, "min": tf.reduce_min}
_TYPES = {np.dtype(np.int64): tf.int32, np.dtype(np.int32): tf.int32, np.dtype(np.float32): tf.float32}


class TensorFlowGraph(Graph):
    """A graph in TensorFlow, made while a function is traced. Its whole numbers are of 32 bits."""

    wide = np.float32
    channels, height, width = 3, 1, 2

    def constant(self, values: Any) -> Any:
        array = np.asarray(values)
        return tf.constant(array, _type(array.dtype))

    def cast(self, x: Any, dtype: Any) -> Any:
        return tf.cast(x, _type(dtype))

    def unary(self, name: str, x: Any) -> Any:
        return _UNARY[name](x)

    def binary(self, name: str, x: Any, y: Any) -> Any:
        return _BINARY[name](x, y)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        of = (x if tf.is_tensor(x) else y).dtype
        return tf.where(condition, tf.convert_to_tensor(x, of), tf.convert_to_tensor(y, of))

    def matmul(self, x: Any, y: Any) -> Any:
        return tf.matmul(x, y)

    def reduce(self, name: str, x: Any, axes: Sequence[int]) -> Any:
        return _REDUCE[name](x, list(axes), keepdims=True)

    def reshape(self, x: Any, shape: Sequence[Any]) -> Any:
        return tf.reshape(x, tf.stack([tf.cast(each, tf.int32) for each in shape]))

    def transpose(self, x: Any, axes: Sequence[int]) -> Any:
        return tf.transpose(x, list(axes))

    def gather(self, x: Any, indices: Any, axis: int) -> Any:
        return tf.gather(x, indices if tf.is_tensor(indices) else tf.constant(np.asarray(indices), tf.int32), axis=axis)

    def part(self, x: Any, axis: int, start: Any = 0, stop: Any = None) -> Any:
        return x[(*[slice(None)] * axis, slice(start, stop))]

    def reverse(self, x: Any, axis: int) -> Any:
        return tf.reverse(x, [axis])

    def pad(self, x: Any, axis: int, before: Any, after: Any, *, edge: bool = False) -> Any:
        if edge:
            n = tf.shape(x)[axis]
            return tf.gather(x, tf.clip_by_value(tf.range(before + n + after) - before, 0, n - 1), axis=axis)
        pads = [[0, 0]] * x.shape.rank
        pads[axis] = [before, after]
        return tf.pad(x, [tf.stack([tf.cast(each, tf.int32) for each in pair]) for pair in pads])

    def concat(self, values: Sequence[Any], axis: int) -> Any:
        return tf.concat(list(values), axis)

    def size(self, x: Any, axis: int) -> Any:
        return tf.shape(x)[axis]

    def divide(self, x: Any, y: int) -> Any:
        return tf.math.floordiv(x, y)

    def arange(self, n: Any) -> Any:
        return tf.range(n)

    def cumsum(self, x: Any, axis: int, *, reverse: bool = False) -> Any:
        return tf.cumsum(x, axis, reverse=reverse)

    def first(self, x: Any) -> Any:
        return tf.argmax(tf.cast(x, tf.float32), -1, tf.int32)

    def largest(self, x: Any, k: Any) -> Any:
        return tf.math.top_k(x, k).values

    def power_spectrum(self, x: Any, length: Any) -> Any:
        # TFLite's own transform takes powers of two alone. Here it is one product with a matrix that is made in the
        # graph, since the length depends on that of the waveform.
        n, n_bins = tf.shape(x)[2], tf.math.floordiv(length, 2) + 1
        turns = tf.math.floormod(tf.range(n)[:, None] * tf.range(n_bins), length)
        angle = tf.cast(turns, tf.float32) * (2 * np.pi / tf.cast(length, tf.float32))
        return tf.square(tf.matmul(x, tf.cos(angle))) + tf.square(tf.matmul(x, tf.sin(angle)))

    def convolve(self, x: Any, kernel: np.ndarray, step: int) -> Any:
        bordered = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return tf.nn.conv2d(bordered, tf.constant(kernel), step, "VALID")

    def halve(self, x: Any, *, wide: bool) -> Any:
        form = [1, 2, 2 if wide else 1, 1]
        return tf.nn.max_pool2d(x, form, form, "SAME")

    def softmax(self, x: Any) -> Any:
        return tf.nn.softmax(x)


def _type(dtype: Any) -> Any:
    if np.dtype(dtype) not in _TYPES:
        raise ExportError(
            "spectra in float64 cannot be exported to TFLite, which computes in float32: contrast, and top_db=None or "
            "above 40 times the power, need them; to_onnx has them"
        )
    return _TYPES[np.dtype(dtype)]
