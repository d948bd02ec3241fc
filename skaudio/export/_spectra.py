"""Frames and their spectra in a graph."""

from __future__ import annotations

import math
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


def power_spectra(graph: Graph, taken: Any, taper: np.ndarray) -> Any:
    """Return the squared magnitudes of frames (batch, n_frames, n_fft), of shape (batch, n_frames, 1 + n_fft // 2).

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
    power = graph.part(squares, 3, 0, n2) + graph.part(squares, 3, n2)  # (batch, n_frames, k1, k2) of bin k1 + n1 * k2
    flat = graph.reshape(power, [batch, n_frames, len(k1) * n2])
    return graph.gather(flat, _places(n_fft, n1, n2), 2)


def _factors(n: int) -> tuple[int, int]:
    """Return the two factors whose product is `n` that are nearest to each other, the larger one first."""
    small = next(k for k in range(math.isqrt(n), 0, -1) if n % k == 0)
    return n // small, small


def _places(n_fft: int, n1: int, n2: int) -> np.ndarray:
    """Return where each bin stands: it, or the one that is as far from the other end, and the same for real samples."""
    places = []
    for k in range(1 + n_fft // 2):
        there = k if k % n1 <= n1 // 2 else n_fft - k
        places.append(there % n1 * n2 + there // n1)
    return np.asarray(places)
