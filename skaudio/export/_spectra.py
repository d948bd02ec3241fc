"""Frames and their spectra in a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from skaudio.export._graph import Graph


def frames(graph: Graph, waveform: Any, *, n_fft: int, hop_length: int, center: bool, edge: bool = False) -> Any:
    """Return the frames of waveforms (batch, samples), of shape (batch, n_frames, n_fft)."""
    if center:
        waveform = graph.pad(waveform, 1, n_fft // 2, n_fft // 2, edge=edge)
    n_frames = graph.divide(graph.size(waveform, 1) - n_fft, hop_length) + 1
    # Gathered in blocks, which all frames consist of, since one block is one copy.
    block = math.gcd(n_fft, hop_length)
    n_blocks = graph.divide(graph.size(waveform, 1), block)
    blocks = graph.reshape(graph.part(waveform, 1, 0, n_blocks * block), [graph.size(waveform, 0), -1, block])
    starts = graph.reshape(graph.arange(n_frames) * (hop_length // block), [-1, 1])
    places = starts + graph.constant(np.arange(n_fft // block))
    return graph.reshape(graph.gather(blocks, places, 1), [graph.size(waveform, 0), n_frames, n_fft])


class Spectrum:
    """Values of the bins of spectra, in the order in which the transform gives them.

    Parameters
    ----------
    graph : Graph
        Where they stand.
    values : value of shape (batch, n_frames, n1 // 2 + 1, n2)
        The value of bin ``k1 + n1 * k2`` is at (k1, k2). A bin b above the half has the value of bin ``n_fft - b``.
    n_fft, n1, n2 : int
        Length of the transform, and its factors.
    """

    def __init__(self, graph: Graph, values: Any, n_fft: int, n1: int, n2: int) -> None:
        self.graph, self.values, self._form = graph, values, (n_fft, n1, n2)
        self._ordered: Any = None

    def mapped(self, function: Callable[[Any], Any]) -> Spectrum:
        """Return a function of each value."""
        return Spectrum(self.graph, function(self.values), *self._form)

    def times(self, weights: np.ndarray) -> Any:
        """Return sums over bins, of weights (1 + n_fft // 2, n): of shape (batch, n_frames, n)."""
        n_fft, n1, n2 = self._form
        placed = np.zeros(((n1 // 2 + 1) * n2, weights.shape[1]), weights.dtype)
        bins = np.arange(1 + n_fft // 2)
        there = np.where(bins % n1 <= n1 // 2, bins, n_fft - bins)
        placed[there % n1 * n2 + there // n1] = weights
        return self.graph.matmul(self._flat(self.values, len(placed)), self.graph.constant(placed))

    def ordered(self) -> Any:
        """Return the values in the order of the bins, of shape (batch, n_frames, 1 + n_fft // 2)."""
        if self._ordered is None:
            graph, (n_fft, n1, n2) = self.graph, self._form
            lower = graph.transpose(self.values, [0, 1, 3, 2])  # of each n1 bins those up to the half
            upper = graph.reverse(graph.reverse(graph.part(lower, 3, 1, (n1 + 1) // 2), 2), 3)
            whole = graph.concat([lower, upper], 3) if n1 > 2 else lower
            self._ordered = graph.part(self._flat(whole, n1 * n2), 2, 0, 1 + n_fft // 2)
        return self._ordered

    def _flat(self, values: Any, n: int) -> Any:
        return self.graph.reshape(values, [self.graph.size(values, 0), self.graph.size(values, 1), n])


def power_spectra(graph: Graph, taken: Any, taper: np.ndarray) -> Spectrum:
    """Return the squared magnitudes of frames (batch, n_frames, n_fft).

    A transform of ``n_fft = n1 * n2`` samples as two steps of products with matrices (Cooley and Tukey, "An algorithm
    for the machine calculation of complex Fourier series", 1965), which is small, and which every runtime is quick
    with. Of the first step's frequencies, those above the half are left out: real samples have them twice. A prime
    length is one whole matrix.
    """
    n_fft, dtype = len(taper), taper.dtype
    n1, n2 = _factors(n_fft)
    k1 = np.arange(n1 // 2 + 1)  # frequencies of the first step
    batch, n_frames = graph.size(taken, 0), graph.size(taken, 1)
    tapered = graph.cast(taken, dtype) * graph.constant(taper)
    first = np.exp(-2j * np.pi * np.outer(np.arange(n1), k1) / n1)
    columns = graph.transpose(graph.reshape(tapered, [batch, n_frames, n1, n2]), [0, 1, 3, 2])
    turned = graph.matmul(columns, graph.constant(np.hstack([first.real, first.imag]).astype(dtype)))
    real, imaginary = graph.part(turned, 3, 0, len(k1)), graph.part(turned, 3, len(k1))
    twiddle = np.exp(-2j * np.pi * np.outer(np.arange(n2), k1) / n_fft)
    cos, sin = (graph.constant(part.astype(dtype)) for part in (twiddle.real, twiddle.imag))
    both = graph.concat([real * cos - imaginary * sin, real * sin + imaginary * cos], 2)  # along n2
    rows = graph.transpose(both, [0, 1, 3, 2])  # (batch, n_frames, k1, 2 * n2)
    second = np.exp(-2j * np.pi * np.outer(np.arange(n2), np.arange(n2)) / n2)
    matrix = np.block([[second.real, second.imag], [-second.imag, second.real]])
    spectra = graph.matmul(rows, graph.constant(matrix.astype(dtype)))
    squares = spectra * spectra
    return Spectrum(graph, graph.part(squares, 3, 0, n2) + graph.part(squares, 3, n2), n_fft, n1, n2)


def _factors(n: int) -> tuple[int, int]:
    """Return the two factors whose product is `n` that are nearest to each other, the larger one first."""
    small = next(k for k in range(math.isqrt(n), 0, -1) if n % k == 0)
    return n // small, small
