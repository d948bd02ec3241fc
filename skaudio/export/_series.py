"""Values over time in a graph: their derivatives, statistics, and the energies of their modulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skaudio.dsp import delta_weights
from skaudio.export._graph import Graph

_ROUNDING = 16 * float(np.finfo(np.float32).eps)  # relative: what varies by no more does not vary
_LONGEST = 10_000_000  # frames, which no waveform that fits in memory has


def derivative(graph: Graph, values: Any, order: int) -> Any:
    """Return the derivative of frames (batch, n_frames, n_values); see `skaudio.dsp.delta`."""
    weights = delta_weights(order)
    half = len(weights) // 2
    n = graph.size(values, 1)
    # The first and last few frames get the derivative of the nearest frame that has a whole window around it. A clip
    # shorter than the window is continued with its first and last frame.
    time = graph.arange(n)
    inner = graph.binary("maximum", graph.binary("minimum", time, n - (half + 1)), half)
    middle = graph.where(n >= len(weights), inner, time)
    wide = graph.cast(values, graph.wide)
    total: Any = None
    for shift, weight in zip(range(-half, half + 1), weights, strict=True):
        place = graph.binary("maximum", graph.binary("minimum", middle + shift, n - 1), 0)
        term = graph.gather(wide, place, 1) * float(weight)
        total = term if total is None else total + term
    return graph.cast(total, np.float32)


def statistics(graph: Graph, values: Any, names: tuple[str, ...]) -> list[Any]:
    """Return statistics of frames (batch, n_frames, n_values), each of shape (batch, n_values)."""
    wide = graph.cast(values, graph.wide)
    n = graph.size(values, 1)
    mean = graph.reduce("mean", wide, [1])
    moments = _moments(graph, values, wide, mean) if {"std", "skew", "kurtosis"} & set(names) else {}
    found = {"mean": mean, **moments}
    is_ordered = any(name == "median" or name[0] == "p" for name in names)
    falling = graph.largest(graph.transpose(values, [0, 2, 1]), n) if is_ordered else None
    rows = []
    for name in names:
        if name in found:
            value = found[name]
        elif name in ("min", "max"):
            value = graph.reduce(name, values, [1])
        else:
            value = _percentile(graph, falling, n, 50.0 if name == "median" else float(name[1:]))
        rows.append(graph.cast(graph.reshape(value, [graph.size(values, 0), -1]), np.float32))
    return rows


def _moments(graph: Graph, values: Any, wide: Any, mean: Any) -> dict[str, Any]:
    deviation = wide - mean
    square = deviation * deviation
    variance = graph.reduce("mean", square, [1])
    # Runtimes compute one and the same logarithm by other means at the end of an array: its last bit may vary.
    most, least = graph.reduce("max", values, [1]), graph.reduce("min", values, [1])
    largest = graph.binary("maximum", graph.unary("abs", most), graph.unary("abs", least))
    same = most - least <= largest * _ROUNDING
    bound = mean * float(np.finfo(np.float64).eps)
    constant = graph.binary("or", same, variance <= bound * bound)
    scale = graph.where(constant, 1.0, variance)
    third = graph.reduce("mean", square * deviation, [1]) / (scale * graph.unary("sqrt", scale))
    fourth = graph.reduce("mean", square * square, [1]) / (scale * scale) - 3.0
    return {
        "std": graph.unary("sqrt", variance),
        "skew": graph.where(constant, 0.0, third),
        "kurtosis": graph.where(constant, 0.0, fourth),
    }


def _percentile(graph: Graph, falling: Any, n: Any, percent: float) -> Any:
    """Return a percentile of numbers in falling order, interpolated."""
    place = graph.cast(n - 1, graph.wide) * ((100.0 - percent) / 100.0)
    below = graph.unary("floor", place)
    first = graph.cast(below, np.int64)
    second = graph.binary("minimum", first + 1, n - 1)
    low, high = (graph.cast(graph.gather(falling, each, 2), graph.wide) for each in (first, second))
    return low + (high - low) * (place - below)


def modulation(graph: Graph, values: Any, *, frame_rate: float, bands: tuple[float, ...]) -> Any:
    """Return energies of frames (batch, n_frames, n_values) in decibels, (batch, n_bands, n_values).

    See `skaudio.dsp.modulation_energies`.
    """
    wide = graph.cast(values, graph.wide)
    rows = graph.transpose(wide - graph.reduce("mean", wide, [1]), [0, 2, 1])
    n = graph.size(values, 1)
    lowest = min((edge for edge in bands if edge > 0), default=frame_rate)
    least = graph.binary("maximum", n, math.ceil(2 * frame_rate / lowest))
    smooth = graph.constant(_smooth_numbers())
    length = graph.gather(smooth, graph.first(smooth >= least), 0)
    power = graph.power_spectrum(rows, length)
    exact_length = graph.cast(length, graph.wide)
    bins = graph.arange(graph.size(power, 2))
    bin_weights = graph.where(graph.binary("equal", bins * 2, length), 0.5, graph.cast(bins * 0 + 1, graph.wide))
    hertz = graph.cast(bins, graph.wide) * (1.0 / (exact_length * (1.0 / frame_rate)))
    inside = []
    for low, high in zip(bands, [*bands[1:], math.inf], strict=True):
        is_in = hertz >= low if high == math.inf else graph.binary("and", hertz >= low, hertz < high)
        inside.append(graph.reshape(graph.where(is_in, bin_weights, 0.0), [-1, 1]))
    energies = graph.matmul(power, graph.concat(inside, 1)) * (2.0 / (graph.cast(n, graph.wide) * exact_length))
    decibels = graph.unary("log", energies + 0.01) * (10 / math.log(10))
    return graph.cast(graph.transpose(decibels, [0, 2, 1]), np.float32)


def _smooth_numbers() -> np.ndarray:
    """Return all products of twos, threes and fives: the lengths that ``scipy.fft.next_fast_len`` chooses from."""
    powers = [[base**k for k in range(25) if base**k <= _LONGEST] for base in (2, 3, 5)]
    products = {a * b * c for a in powers[0] for b in powers[1] for c in powers[2] if a * b * c <= _LONGEST}
    return np.asarray(sorted(products), np.int64)
