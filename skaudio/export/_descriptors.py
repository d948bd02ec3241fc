"""Descriptors of frames in a graph, as in `skaudio.dsp`: of shape (batch, n_frames, n_values).

They are of a `Spectrum`, or of frames (batch, n_frames, n_fft).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from skaudio.dsp import chroma_filters, frequencies, octaves
from skaudio.export._graph import Graph
from skaudio.export._spectra import Spectrum

_TINY = float(np.finfo(np.float32).tiny)


def _centroid(graph: Graph, magnitudes: Spectrum, **of: Any) -> Any:
    first, _ = _spread(graph, magnitudes, **of)
    return first


def _bandwidth(graph: Graph, magnitudes: Spectrum, **of: Any) -> Any:
    first, second = _spread(graph, magnitudes, **of)
    return graph.unary("sqrt", graph.binary("maximum", second - first * first, 0.0))


def _spread(graph: Graph, magnitudes: Spectrum, sample_rate: float, n_fft: int) -> tuple[Any, Any]:
    hertz = frequencies(sample_rate, n_fft)
    powers: np.ndarray = np.stack([np.ones_like(hertz), hertz, hertz**2], axis=1).astype(graph.wide)
    sums = magnitudes.mapped(lambda values: graph.cast(values, graph.wide)).times(powers)
    total, first, second = (graph.part(sums, 2, k, k + 1) for k in range(3))
    total = graph.where(total < _TINY, 1.0, total)
    return first / total, second / total


def _rolloff(graph: Graph, magnitudes: Spectrum, sample_rate: float, n_fft: int, roll_percent: float) -> Any:
    total = graph.cumsum(graph.cast(magnitudes.ordered(), graph.wide), 2)
    reached = graph.first(total >= graph.part(total, 2, -1) * roll_percent)
    hertz = graph.constant(frequencies(sample_rate, n_fft).astype(np.float32))
    return graph.reshape(graph.gather(hertz, reached, 0), [graph.size(reached, 0), graph.size(reached, 1), 1])


def _flatness(graph: Graph, spectra: Spectrum) -> Any:
    power = graph.binary("maximum", spectra.ordered(), 1e-10)
    mean = graph.reduce("mean", graph.cast(power, graph.wide), [2])
    log = graph.reduce("mean", graph.cast(graph.unary("log", power), graph.wide), [2])
    return graph.unary("exp", log) / mean


def _contrast_levels(graph: Graph, magnitudes: Spectrum, sample_rate: float, n_fft: int, **of: Any) -> Any:
    peaks, valleys = [], []
    for start, stop, n in octaves(sample_rate, n_fft, **of):
        band = graph.part(magnitudes.ordered(), 2, start, stop)
        peaks.append(graph.reduce("mean", graph.cast(graph.largest(band, n), graph.wide), [2]))
        valleys.append(-graph.reduce("mean", graph.cast(graph.largest(-band, n), graph.wide), [2]))
    return graph.concat(peaks + valleys, 2)


def _chroma(graph: Graph, spectra: Spectrum, **of: Any) -> Any:
    filters = chroma_filters(**of).T.astype(np.float32)
    values = spectra.times(filters)
    most = graph.reduce("max", values, [2])
    return values / graph.where(most < _TINY, 1.0, most)


def _rms(graph: Graph, samples: Any) -> Any:
    wide = graph.cast(samples, graph.wide)
    return graph.unary("sqrt", graph.reduce("mean", wide * wide, [2]))


def _zero_crossing_rate(graph: Graph, samples: Any) -> Any:
    negative = graph.cast(samples < -1e-10, np.float32)
    changes = graph.unary("abs", graph.part(negative, 2, 1) - graph.part(negative, 2, 0, -1))
    # Of all samples of a frame, though the first has none before it.
    return graph.reduce("sum", changes, [2]) / graph.cast(graph.size(samples, 2), np.float32)


DESCRIPTORS: dict[str, Callable[..., Any]] = {
    "centroid": _centroid,
    "bandwidth": _bandwidth,
    "rolloff": _rolloff,
    "flatness": _flatness,
    "contrast_levels": _contrast_levels,
    "chroma": _chroma,
    "rms": _rms,
    "zero_crossing_rate": _zero_crossing_rate,
}
"""By the names of the functions of `skaudio.dsp`."""


def decibels(graph: Graph, power: Any) -> Any:
    """Return ``10 log10(max(power, 1e-10))``."""
    return graph.unary("log", graph.binary("maximum", power, 1e-10)) * (10 / math.log(10))


def contrast(graph: Graph, levels: Any, top_db: float = 80.0) -> Any:
    """Return how far peaks stand above valleys in decibels, of levels (batch, n_frames, 2 * n_bands)."""
    values = decibels(graph, levels)
    half = graph.divide(graph.size(levels, 2), 2)
    parts = graph.part(values, 2, 0, half), graph.part(values, 2, half)
    peaks, valleys = (
        graph.binary("maximum", part, graph.reduce("max", part, [1, 2]) - np.float32(top_db)) for part in parts
    )
    difference = peaks - valleys
    # Of silence both are the floor, but for the last bit: see `statistics`.
    return graph.where(graph.unary("abs", difference) < 3e-5, 0.0, difference)
