"""`OnnxGraph`: a graph in ONNX, of the operators of opset 18 and later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from skaudio.export._graph import Graph

_UNARY = {name: name.capitalize() for name in ("sqrt", "exp", "log", "abs", "erf", "tanh", "floor")}
_BINARY = {"maximum": "Max", "minimum": "Min", "power": "Pow", "and": "And", "or": "Or", "equal": "Equal"}
_REDUCE = {"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin"}
_END = np.iinfo(np.int64).max


class Value:
    """A value of a graph: its name there, and the type of its numbers."""

    def __init__(self, graph: OnnxGraph, name: str, dtype: Any) -> None:
        self.graph, self.name, self.dtype = graph, name, np.dtype(dtype)

    def __add__(self, other: Any) -> Value:
        return self.graph.pair("Add", self, other)

    def __sub__(self, other: Any) -> Value:
        return self.graph.pair("Sub", self, other)

    def __mul__(self, other: Any) -> Value:
        return self.graph.pair("Mul", self, other)

    def __truediv__(self, other: Any) -> Value:
        return self.graph.pair("Div", self, other)

    def __neg__(self) -> Value:
        return self.graph.pair("Mul", self, -1)

    def __radd__(self, other: Any) -> Value:
        return self.graph.pair("Add", other, self)

    def __rsub__(self, other: Any) -> Value:
        return self.graph.pair("Sub", other, self)

    def __rmul__(self, other: Any) -> Value:
        return self.graph.pair("Mul", other, self)

    def __rtruediv__(self, other: Any) -> Value:
        return self.graph.pair("Div", other, self)

    def __lt__(self, other: Any) -> Value:
        return self.graph.pair("Less", self, other, bool)

    def __le__(self, other: Any) -> Value:
        return self.graph.pair("LessOrEqual", self, other, bool)

    def __gt__(self, other: Any) -> Value:
        return self.graph.pair("Greater", self, other, bool)

    def __ge__(self, other: Any) -> Value:
        return self.graph.pair("GreaterOrEqual", self, other, bool)


class OnnxGraph(Graph):
    """A graph in ONNX.

    Parameters
    ----------
    opset : int
        The version of the operators, 18 at least.
    """

    wide = np.float64
    channels, height, width = 1, 2, 3

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.functions: list[tuple[str, int]] = []  # domains of operators that are not ONNX's own
        self._n = 0
        self._constants: dict[tuple[Any, ...], Value] = {}

    def named(self, name: str, dtype: Any) -> Value:
        """Return an input, or what was put into the graph by others."""
        return Value(self, name, dtype)

    def op(self, kind: str, inputs: Sequence[Any], dtype: Any, *, n_outputs: int = 1, **attributes: Any) -> Any:
        """Append a node, and return its value, or its values."""
        names = [self.new_name() for _ in range(n_outputs)]
        given = [each.name if isinstance(each, Value) else each for each in inputs]
        self.nodes.append(helper.make_node(kind, given, names, **attributes))
        values = [Value(self, name, dtype) for name in names]
        return values[0] if n_outputs == 1 else values

    def pair(self, kind: str, x: Any, y: Any, dtype: Any = None) -> Value:
        """Append a node of two values, one of which may be a number of the other's type."""
        of = (x if isinstance(x, Value) else y).dtype
        x, y = (each if isinstance(each, Value) else self.constant(np.asarray(each, of)) for each in (x, y))
        assert x.dtype == y.dtype, (kind, x.dtype, y.dtype)
        return self.op(kind, [x, y], of if dtype is None else dtype)

    def new_name(self) -> str:
        """Return a name that nothing has."""
        self._n += 1
        return f"v{self._n}"

    def constant(self, values: Any) -> Value:
        array = np.ascontiguousarray(values).reshape(np.shape(values))
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self._constants:
            name = self.new_name()
            self.initializers.append(numpy_helper.from_array(array, name))
            self._constants[key] = Value(self, name, array.dtype)
        return self._constants[key]

    def cast(self, x: Value, dtype: Any) -> Value:
        if x.dtype == np.dtype(dtype):
            return x
        return self.op("Cast", [x], dtype, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def unary(self, name: str, x: Value) -> Value:
        return self.op(_UNARY[name], [x], x.dtype)

    def binary(self, name: str, x: Any, y: Any) -> Value:
        return self.pair(_BINARY[name], x, y, bool if name == "equal" else None)

    def where(self, condition: Value, x: Any, y: Any) -> Value:
        of = (x if isinstance(x, Value) else y).dtype
        x, y = (each if isinstance(each, Value) else self.constant(np.asarray(each, of)) for each in (x, y))
        return self.op("Where", [condition, x, y], of)

    def matmul(self, x: Value, y: Value) -> Value:
        return self.op("MatMul", [x, y], x.dtype)

    def reduce(self, name: str, x: Value, axes: Sequence[int]) -> Value:
        return self.op(_REDUCE[name], [x, self.constant(np.asarray(axes, np.int64))], x.dtype, keepdims=1)

    def _shape(self, shape: Sequence[Any]) -> Value:
        if not any(isinstance(each, Value) for each in shape):
            return self.constant(np.asarray(shape, np.int64))
        return self.op("Concat", [self._whole(each) for each in shape], np.int64, axis=0)

    def _whole(self, number: Any) -> Value:
        """Return a whole number as an array of one."""
        if isinstance(number, Value):
            return self.op("Reshape", [number, self.constant(np.asarray([1], np.int64))], np.int64)
        return self.constant(np.asarray([number], np.int64))

    def reshape(self, x: Value, shape: Sequence[Any]) -> Value:
        return self.op("Reshape", [x, self._shape(shape)], x.dtype)

    def transpose(self, x: Value, axes: Sequence[int]) -> Value:
        return self.op("Transpose", [x], x.dtype, perm=list(axes))

    def gather(self, x: Value, indices: Any, axis: int) -> Value:
        if not isinstance(indices, Value):
            indices = self.constant(np.asarray(indices, np.int64))
        return self.op("Gather", [x, indices], x.dtype, axis=axis)

    def part(self, x: Value, axis: int, start: Any = 0, stop: Any = None) -> Value:
        ends = [self._whole(start), self._whole(_END if stop is None else stop)]
        return self.op("Slice", [x, *ends, self._whole(axis)], x.dtype)

    def reverse(self, x: Value, axis: int) -> Value:
        ends = [self._whole(-1), self._whole(-_END), self._whole(axis), self._whole(-1)]
        return self.op("Slice", [x, *ends], x.dtype)

    def pad(self, x: Value, axis: int, before: Any, after: Any, *, edge: bool = False) -> Value:
        pads = self._shape([before, after])
        nothing = "" if edge else self.constant(np.zeros((), x.dtype))
        return self.op("Pad", [x, pads, nothing, self._whole(axis)], x.dtype, mode="edge" if edge else "constant")

    def concat(self, values: Sequence[Value], axis: int) -> Value:
        return values[0] if len(values) == 1 else self.op("Concat", values, values[0].dtype, axis=axis)

    def size(self, x: Value, axis: int) -> Value:
        length = self.op("Shape", [x], np.int64, start=axis, end=axis + 1)
        return self.op("Reshape", [length, self.constant(np.zeros(0, np.int64))], np.int64)

    def divide(self, x: Value, y: int) -> Value:
        return self.pair("Div", x, y)

    def arange(self, n: Any) -> Value:
        if not isinstance(n, Value):
            return self.constant(np.arange(n))
        return self.op("Range", [self.constant(np.int64(0)), n, self.constant(np.int64(1))], np.int64)

    def cumsum(self, x: Value, axis: int, *, reverse: bool = False) -> Value:
        return self.op("CumSum", [x, self.constant(np.int64(axis))], x.dtype, reverse=int(reverse))

    def first(self, x: Value) -> Value:
        return self.op("ArgMax", [self.cast(x, np.int32)], np.int64, axis=-1, keepdims=0)

    def largest(self, x: Value, k: Any) -> Value:
        values, _ = self.op("TopK", [x, self._whole(k)], x.dtype, n_outputs=2, axis=-1, largest=1, sorted=1)
        return values

    def power_spectrum(self, x: Value, length: Any) -> Value:
        # The operator wants the axis second, and real and imaginary parts last.
        signal = self.op("Unsqueeze", [x, self.constant(np.asarray([-1], np.int64))], x.dtype)
        axis = {"axis": -2} if self.opset < 20 else {}
        inputs = [signal, length] if self.opset < 20 else [signal, length, self.constant(np.int64(-2))]
        return self.reshape(
            self.reduce("sum", self._squared(self.op("DFT", inputs, x.dtype, onesided=1, **axis)), [-1]),
            [self.size(x, 0), self.size(x, 1), -1],
        )

    def _squared(self, x: Value) -> Value:
        return x * x

    def convolve(self, x: Value, kernel: np.ndarray, step: int) -> Value:
        weights = self.constant(kernel.transpose(3, 2, 0, 1))
        return self.op("Conv", [x, weights], x.dtype, kernel_shape=[3, 3], pads=[1] * 4, strides=[step] * 2)

    def halve(self, x: Value, *, wide: bool) -> Value:
        form = [2, 2] if wide else [2, 1]
        return self.op("MaxPool", [x], x.dtype, kernel_shape=form, strides=form, ceil_mode=1)

    def softmax(self, x: Value) -> Value:
        return self.op("Softmax", [x], x.dtype, axis=-1)

    def model(self, waveform: str, outputs: dict[str, tuple[Value, list[Any]]], about: dict[str, str]) -> Any:
        """Return the model, checked: of waveforms to `outputs`, by name their value and shape."""
        ends = [helper.make_node("Identity", [value.name], [name]) for name, (value, _) in outputs.items()]
        described = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), shape)
            for name, (value, shape) in outputs.items()
        ]
        taken = helper.make_tensor_value_info(waveform, TensorProto.FLOAT, ["batch", "samples"])
        graph = helper.make_graph([*self.nodes, *ends], "skaudio", [taken], described, self.initializers)
        opsets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(*each) for each in self.functions)]
        # The runtimes of some years back read version 8, which has all that stands here; onnx would write its newest.
        model = helper.make_model(graph, opset_imports=opsets, producer_name="skaudio", ir_version=8)
        helper.set_model_props(model, about)
        onnx.checker.check_model(model)
        return model
