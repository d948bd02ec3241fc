"""The dense network: how Keras builds it, and how NumPy predicts by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skaudio.neural._kind import NetworkKind, whole_numbers


class Dense(NetworkKind):
    """Hidden layers with dropout, and a softmax over the classes."""

    name = "dense"

    def build(  # type: ignore[override]
        self, meta: dict[str, Any], hidden_layer_sizes: Sequence[int], activation: str, dropout: float
    ) -> Any:
        """Return the network: hidden layers with dropout, and a softmax over the classes."""
        import keras

        # Each layer is named here: Keras's own names count up, and would differ in two networks of one architecture.
        layers: list[Any] = [keras.Input((meta["n_features_in_"],), name="features")]
        for i, units in enumerate(hidden_layer_sizes):
            layers.append(keras.layers.Dense(units, activation=activation, name=f"dense_{i}"))
            layers.append(keras.layers.Dropout(dropout, name=f"dropout_{i}"))
        layers.append(keras.layers.Dense(meta["n_classes_"], activation="softmax", name="classes"))
        return keras.Sequential(layers, name="ann")

    def weight_shapes(self, meta: dict[str, Any], parameters: dict[str, Any]) -> list[tuple[int, ...]]:
        """Return a matrix and a bias for each layer."""
        if not isinstance(parameters["activation"], str) or not 0 <= float(parameters["dropout"]) < 1:
            raise ValueError(f"parameters={parameters!r} are none of a dense network")
        sizes = whole_numbers("hidden_layer_sizes", parameters["hidden_layer_sizes"])
        pairs = zip([meta["n_features_in_"], *sizes], [*sizes, meta["n_classes_"]])
        return [shape for n_in, n_out in pairs for shape in ((n_in, n_out), (n_out,))]

    def n_numbers(self, shape: tuple[int, ...], parameters: dict[str, Any]) -> int | None:
        """Return the units of the widest layer; None for an activation that only Keras has."""
        return max(*shape, *parameters["hidden_layer_sizes"]) if parameters["activation"] in ACTIVATIONS else None

    def scores(self, x: np.ndarray, weights: list[np.ndarray], parameters: dict[str, Any]) -> np.ndarray:
        """Return the scores."""
        activation = ACTIVATIONS[parameters["activation"]]
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
            x = activation(x @ kernel + bias).astype(np.float32, copy=False)
        return x @ weights[-2] + weights[-1]


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.sqrt(2, dtype=x.dtype)))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(x)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
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
