"""Fitted networks of this package in a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skaudio.exceptions import ExportError
from skaudio.export._graph import Graph
from skaudio.neural import BATCH_EPSILON, SCALING_EPSILON, FittedNetwork

_SAME = 8 * float(np.finfo(np.float32).eps)  # of the largest value: products of matrices may differ so from row to row


def probabilities_of(graph: Graph, network: FittedNetwork, x: Any) -> Any:
    """Return the probabilities of a fitted network, of rows or sequences.

    Raises
    ------
    ExportError
        If it is of a user's function, or has an activation that is not known here.
    """
    blueprint = network.blueprint
    if not blueprint.is_own:
        raise ExportError(
            f"the network is of model={blueprint.builder.__qualname__}, a function of yours, and those of "
            "skaudio's own networks alone can be exported; its model_ is Keras's, which exports it by itself"
        )
    formula = _FORMULAS.get(str(blueprint.kind))
    if formula is None:
        raise ExportError(f"a network of kind {blueprint.kind!r} cannot be exported; {', '.join(_FORMULAS)} can")
    return graph.softmax(formula(graph, x, network.weights, blueprint.parameters))


def _sigmoid(graph: Graph, x: Any) -> Any:
    return 1.0 / (graph.unary("exp", -x) + 1.0)


def _softplus(graph: Graph, x: Any) -> Any:
    rest = graph.unary("log", graph.unary("exp", -graph.unary("abs", x)) + 1.0)
    return graph.binary("maximum", x, 0.0) + rest


def _below_zero(graph: Graph, x: Any) -> Any:
    return graph.unary("exp", graph.binary("minimum", x, 0.0)) - 1.0


_ACTIVATIONS: dict[str, Callable[[Graph, Any], Any]] = {
    "relu": lambda graph, x: graph.binary("maximum", x, 0.0),
    "tanh": lambda graph, x: graph.unary("tanh", x),
    "sigmoid": _sigmoid,
    "linear": lambda graph, x: x,
    "softplus": _softplus,
    "softsign": lambda graph, x: x / (graph.unary("abs", x) + 1.0),
    "elu": lambda graph, x: graph.where(x > 0.0, x, _below_zero(graph, x)),
    "selu": lambda graph, x: graph.where(x > 0.0, x, _below_zero(graph, x) * 1.6732632423543772) * 1.0507009873554805,
    "silu": lambda graph, x: x * _sigmoid(graph, x),
    "swish": lambda graph, x: x * _sigmoid(graph, x),
    "gelu": lambda graph, x: x * 0.5 * (graph.unary("erf", x * 0.7071067811865476) + 1.0),
    "leaky_relu": lambda graph, x: graph.where(x > 0.0, x, x * 0.2),
}


def _dense(graph: Graph, x: Any, weights: list[np.ndarray], parameters: dict[str, Any]) -> Any:
    activation = _ACTIVATIONS.get(parameters["activation"])
    if activation is None:
        raise ExportError(
            f"activation={parameters['activation']!r} cannot be exported; {', '.join(sorted(_ACTIVATIONS))} can"
        )
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = activation(graph, graph.matmul(x, graph.constant(kernel)) + graph.constant(bias))
    return graph.matmul(x, graph.constant(weights[-2])) + graph.constant(weights[-1])


def _convolutional(graph: Graph, x: Any, weights: list[np.ndarray], parameters: dict[str, Any]) -> Any:
    rest = iter(weights)
    n = graph.size(x, 0)
    sounding = _frame_mask(graph, x)  # (n, n_frames, 1)
    mean, variance = next(rest), next(rest)
    x = (x - graph.constant(mean)) / graph.constant(np.sqrt(variance + np.float32(SCALING_EPSILON))) * sounding
    # As images of frames by coefficients by channels.
    x, sounding = (_as_image(graph, each) for each in (x, sounding))
    n_blocks = len(parameters["filters"])
    for i in range(n_blocks):
        x = graph.convolve(x, next(rest), 2 if i == 0 else 1)
        if i == 0:
            sounding = graph.halve(sounding, wide=False)
        gamma, beta, mean, variance = (next(rest) for _ in range(4))
        scale = gamma / np.sqrt(variance + np.float32(BATCH_EPSILON))
        shape = [1, 1, 1, 1]
        shape[graph.channels] = -1
        factor, shift = (graph.constant(each.reshape(shape)) for each in (scale, beta - mean * scale))
        x = graph.binary("maximum", x * factor + shift, 0.0) * sounding
        if i < n_blocks - 1:
            x, sounding = graph.halve(x, wide=True), graph.halve(sounding, wide=False)
    axes = [graph.height, graph.width]
    area = graph.reduce("sum", sounding, axes) * graph.cast(graph.size(x, graph.width), np.float32)
    pooled = [graph.reduce("sum", x, axes) / area, graph.reduce("max", x, axes)]
    kernel, bias = rest
    rows = graph.concat([graph.reshape(each, [n, -1]) for each in pooled], 1)
    return graph.matmul(rows, graph.constant(kernel)) + graph.constant(bias)


_FORMULAS = {"dense": _dense, "convolutional": _convolutional}


def _as_image(graph: Graph, x: Any) -> Any:
    shape: list[Any] = [graph.size(x, 0)]
    shape += [1, graph.size(x, 1), graph.size(x, 2)] if graph.channels == 1 else [graph.size(x, 1), graph.size(x, 2), 1]
    return graph.reshape(x, shape)


def _frame_mask(graph: Graph, x: Any) -> Any:
    """Return 1 for the frames of sequences, and 0 for those at the end that only repeat one another."""
    after, before = graph.part(x, 1, 1), graph.part(x, 1, 0, -1)
    distance = graph.reduce("max", graph.unary("abs", after - before), [2])
    largest = graph.reduce("max", graph.unary("abs", before), [2])
    changes = graph.cast(distance > largest * _SAME, np.float32)
    later = graph.cast(graph.cumsum(changes, 1, reverse=True) > 0.5, np.float32)
    return graph.pad(later - 1.0, 1, 1, 0) + 1.0  # the first frame always counts
