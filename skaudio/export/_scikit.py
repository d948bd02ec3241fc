"""scikit-learn's steps in a graph of ONNX, by skl2onnx."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skaudio.exceptions import ExportError, first_line
from skaudio.export._onnx import OnnxGraph, Value

_ML_OPSET = 3  # of ai.onnx.ml, which trees and neighbours are of


def convert_steps(graph: OnnxGraph, steps: list[tuple[str, Any]], x: Value, n_features: int, *, is_last: bool) -> Value:
    """Return what fitted steps make of rows: other rows, or probabilities where a classifier `is_last`.

    Raises
    ------
    ExportError
        If skl2onnx knows no form of a step, by its name.
    """
    if not steps:
        return x
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    _check_each(steps, n_features)
    taken = [("taken", FloatTensorType([None, n_features]))]
    options = {id(steps[-1][1]): {"zipmap": False}} if is_last else None
    opsets = {"": graph.opset, "ai.onnx.ml": _ML_OPSET}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = convert_sklearn(Pipeline(steps), initial_types=taken, target_opset=opsets, options=options)
        except Exception as error:  # each converter has its own
            names = ", ".join(f"{name!r} {type(step).__name__}" for name, step in steps)
            raise ExportError(
                f"the steps {names} cannot be exported one after the other: {first_line(error)}"
            ) from error
    return _insert_model(graph, model, x, 1 if is_last else 0)


def _check_each(steps: list[tuple[str, Any]], n_features: int) -> None:
    """Convert each step by itself first, so that the error names the step that cannot be converted."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    n = n_features
    for name, step in steps:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                convert_sklearn(step, initial_types=[("taken", FloatTensorType([None, n]))])
                if step is not steps[-1][1]:
                    n = np.shape(step.transform(np.zeros((1, n), np.float32)))[1]
        except Exception as error:  # each converter has its own
            raise ExportError(
                f"step {name!r}, {type(step).__name__}, cannot be exported: {first_line(error)}"
            ) from error


def _insert_model(graph: OnnxGraph, model: Any, x: Value, place: int) -> Value:
    """Put the nodes of another model into a graph, under names of their own, and return one of its outputs."""
    names = {model.graph.input[0].name: x.name, "": ""}

    def renamed(name: str) -> str:
        return names.setdefault(name, graph.new_name())

    for tensor in model.graph.initializer:
        tensor.name = renamed(tensor.name)
        graph.initializers.append(tensor)
    for node in model.graph.node:
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
        node.name = ""
        graph.nodes.append(node)
    for opset in model.opset_import:
        if opset.domain and (opset.domain, opset.version) not in graph.functions:
            graph.functions.append((opset.domain, opset.version))
    return graph.named(renamed(model.graph.output[place].name), np.float32)
