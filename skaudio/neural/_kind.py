"""`NetworkKind`: a network of this package, by what is asked of it where Keras is installed and where it is not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any

import numpy as np


class NetworkKind(ABC):
    """A kind of network. Nothing is kept of one: its parameters and weights are given to each method.

    Attributes
    ----------
    name : str
        What pickles and model files call it.
    """

    name: str

    @abstractmethod
    def build(self, meta: dict[str, Any], **parameters: Any) -> Any:
        """Return a new Keras model; each layer has a name, the same in all networks of one architecture."""

    @abstractmethod
    def weight_shapes(self, meta: dict[str, Any], parameters: dict[str, Any]) -> list[tuple[int, ...]]:
        """Return the shapes of the weights in Keras's order; raise ValueError for parameters that it cannot have."""

    def n_numbers(self, shape: tuple[int, ...], parameters: dict[str, Any]) -> int | None:
        """Return how many numbers the largest layer has for a row of a shape; None where only Keras predicts."""
        return None

    def scores(self, x: np.ndarray, weights: list[np.ndarray], parameters: dict[str, Any]) -> np.ndarray:
        """Return the scores of the classes, of which the softmax is Keras's prediction, for some rows, by NumPy."""
        raise NotImplementedError


def whole_numbers(name: str, values: Any) -> list[int]:
    """Return the values as Python's integers, since Keras takes no others; raise ValueError unless all are above 0."""
    found = list(np.atleast_1d(np.asarray(values, dtype=object)))
    if not found or not all(isinstance(value, Integral) and int(value) > 0 for value in found):
        raise ValueError(f"{name}={values!r} must hold whole numbers above 0")
    return [int(value) for value in found]
