"""`Graph`: the operations that features and networks are made of, whatever they are written down in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np


class Graph(ABC):
    """A graph under construction.

    Each kind of graph has its own type of values. Values take ``+ - * /`` and comparisons with each other and with
    numbers; the methods below are all their other operations. A shape may hold values where a length depends on the
    waveform.

    Attributes
    ----------
    wide : type
        The most precise type of numbers that this kind of graph has.
    channels, height, width : int
        The axes of images.
    """

    wide: type
    channels: int
    height: int
    width: int

    @abstractmethod
    def constant(self, values: Any) -> Any:
        """Return an array as a value, of its own type."""

    @abstractmethod
    def cast(self, x: Any, dtype: Any) -> Any:
        """Return a value of another type."""

    @abstractmethod
    def unary(self, name: str, x: Any) -> Any:
        """Return ``sqrt``, ``exp``, ``log``, ``abs``, ``erf``, ``tanh`` or ``floor`` of each number."""

    @abstractmethod
    def binary(self, name: str, x: Any, y: Any) -> Any:
        """Return ``maximum``, ``minimum``, ``power``, ``and``, ``or`` or ``equal`` of pairs of numbers."""

    @abstractmethod
    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Return the numbers of `x` where the condition holds, and those of `y` elsewhere."""

    @abstractmethod
    def matmul(self, x: Any, y: Any) -> Any:
        """Return products of matrices, the last two axes."""

    @abstractmethod
    def reduce(self, name: str, x: Any, axes: Sequence[int]) -> Any:
        """Return the ``mean``, ``sum``, ``max`` or ``min`` along axes, which stay, of length 1."""

    @abstractmethod
    def reshape(self, x: Any, shape: Sequence[Any]) -> Any:
        """Return a value in another shape, of numbers, values, and one -1."""

    @abstractmethod
    def transpose(self, x: Any, axes: Sequence[int]) -> Any:
        """Return a value with its axes in another order."""

    @abstractmethod
    def gather(self, x: Any, indices: Any, axis: int) -> Any:
        """Return what stands at indices along an axis; the axes of the indices take its place."""

    @abstractmethod
    def part(self, x: Any, axis: int, start: Any = 0, stop: Any = None) -> Any:
        """Return a part along an axis; negative numbers count from its end."""

    @abstractmethod
    def reverse(self, x: Any, axis: int) -> Any:
        """Return a value from its end to its beginning along an axis."""

    @abstractmethod
    def pad(self, x: Any, axis: int, before: Any, after: Any, *, edge: bool = False) -> Any:
        """Return a value with zeros around it along an axis, or with repeats of its ends."""

    @abstractmethod
    def concat(self, values: Sequence[Any], axis: int) -> Any:
        """Return values behind one another along an axis."""

    @abstractmethod
    def size(self, x: Any, axis: int) -> Any:
        """Return how long an axis is, a whole number."""

    @abstractmethod
    def divide(self, x: Any, y: int) -> Any:
        """Return a whole number of at least 0, divided by another one and rounded down."""

    @abstractmethod
    def arange(self, n: Any) -> Any:
        """Return the whole numbers below `n`."""

    @abstractmethod
    def cumsum(self, x: Any, axis: int, *, reverse: bool = False) -> Any:
        """Return sums up to each place along an axis, or from it on."""

    @abstractmethod
    def first(self, x: Any) -> Any:
        """Return where the first true value along the last axis is, a whole number; that axis is gone."""

    @abstractmethod
    def largest(self, x: Any, k: Any) -> Any:
        """Return the `k` largest numbers along the last axis, the largest first."""

    @abstractmethod
    def power_spectrum(self, x: Any, length: Any) -> Any:
        """Return the squared magnitudes of transforms along the last axis, padded with zeros to `length`, one-sided."""

    @abstractmethod
    def convolve(self, x: Any, kernel: np.ndarray, step: int) -> Any:
        """Return images convolved with a kernel (3, 3, n_in, n_out), with a border of zeros."""

    @abstractmethod
    def halve(self, x: Any, *, wide: bool) -> Any:
        """Return the maxima of pairs along the height of images, if `wide` also along the width; an odd end stays."""

    @abstractmethod
    def softmax(self, x: Any) -> Any:
        """Return shares along the last axis that sum to 1."""
