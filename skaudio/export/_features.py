"""The features of a recipe in a graph: a step that several features share is in it once."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from skaudio.dsp import cepstrum, mel_matrix
from skaudio.exceptions import ExportError
from skaudio.export._descriptors import DESCRIPTORS, contrast, decibels
from skaudio.export._graph import Graph
from skaudio.export._series import derivative, modulation, statistics
from skaudio.export._spectra import frames, power_spectra
from skaudio.extraction import (
    Cepstra,
    Contrast,
    Frames,
    FrameValues,
    LogMel,
    Magnitudes,
    Modulation,
    Padded,
    Recipe,
    Samples,
    Spectra,
    Statistics,
    Step,
)


def features_of(graph: Graph, recipe: Recipe, waveform: Any) -> tuple[Any, Any]:
    """Return the features of waveforms (batch, samples), and a 0 or NaN to add to all that is computed from them.

    Returns
    -------
    features : value of shape (batch, n), or (batch, n_frames, n)
        Rows, or sequences.
    refused : value of shape (batch, 1)
        NaN where the transformer would refuse a waveform, which a graph cannot: one with a sample that is no finite
        number, or with too few of them. 0 elsewhere.

    Raises
    ------
    ExportError
        If a step is none of this package's.
    """
    n = graph.size(waveform, 1)
    least = _min_samples(recipe)
    steps = _Steps(graph, graph.pad(waveform, 1, 0, graph.binary("maximum", least - n, 0)))
    features = graph.concat([steps.value_of(feature) for feature in recipe.features], len(recipe.features[0].shape))
    loudness = graph.reduce("sum", graph.unary("abs", waveform), [1])
    is_taken = graph.binary("and", loudness < float("inf"), n >= least)
    refused = graph.where(is_taken, 0.0, loudness + float("nan"))
    return features + graph.reshape(refused, [graph.size(waveform, 0), *[1] * len(recipe.features[0].shape)]), refused


def _min_samples(recipe: Recipe) -> int:
    """Return how many samples a waveform must have."""
    least, steps = 1, list(recipe.features)
    while steps:
        step: Any = steps.pop()
        if isinstance(step, Padded):
            continue
        if isinstance(step, Spectra) and not step.center:
            least = max(least, len(np.frombuffer(step.taper, step.dtype)))
        if isinstance(step, Samples) and not step.center:
            least = max(least, step.n_fft)
        if step.of is not None:
            steps.append(step.of)
    return least


class _Steps:
    def __init__(self, graph: Graph, waveform: Any) -> None:
        self._graph = graph
        self._found: dict[Step | None, Any] = {None: waveform}

    def value_of(self, step: Step | None) -> Any:
        if step not in self._found:
            make = _MADE_BY.get(type(step))
            if make is None:
                raise ExportError(f"{type(step).__name__}, a step of the features, cannot be exported")
            self._found[step] = make(self, step)
        return self._found[step]

    def padded(self, step: Padded) -> Any:
        graph = self._graph
        cut = graph.part(self.value_of(step.of), 1, 0, step.n_samples)
        return graph.pad(cut, 1, 0, step.n_samples - graph.size(cut, 1))

    def samples(self, step: Samples) -> Any:
        return frames(
            self._graph,
            self.value_of(step.of),
            n_fft=step.n_fft,
            hop_length=step.hop_length,
            center=step.center,
            edge=step.edge,
        )

    def spectra(self, step: Spectra) -> Any:
        taper = np.frombuffer(step.taper, step.dtype)
        cut = Samples(step.of, len(taper), step.hop_length, step.center, False)
        return power_spectra(self._graph, self.value_of(cut), taper)

    def magnitudes(self, step: Magnitudes) -> Any:
        return self.value_of(step.of).mapped(partial(self._graph.unary, "sqrt"))

    def log_mel(self, step: LogMel) -> Any:
        graph, spectrum = self._graph, self.value_of(step.of)
        if step.power == 1:
            spectrum = spectrum.mapped(partial(graph.unary, "sqrt"))
        elif step.power != 2:
            spectrum = spectrum.mapped(lambda values: graph.binary("power", values, step.power / 2))
        names = ("sample_rate", "n_fft", "n_mels", "fmin", "fmax", "htk", "mel_norm")
        assert isinstance(step.of, Spectra)
        matrix = mel_matrix(np.dtype(step.of.dtype).char, **{name: getattr(step, name) for name in names})
        values = decibels(graph, graph.cast(spectrum.times(matrix.toarray().T), np.float32))
        if step.top_db is None:
            return values
        return graph.binary("maximum", values, graph.reduce("max", values, [1, 2]) - np.float32(step.top_db))

    def cepstra(self, step: Cepstra) -> Any:
        assert isinstance(step.of, LogMel)
        n = step.of.n_mels
        matrix = cepstrum(np.eye(n), n, dct_type=step.dct_type, norm=step.norm, lifter=step.lifter)
        return self._graph.matmul(self.value_of(step.of), self._graph.constant(matrix.astype(np.float32)))

    def frame_values(self, step: FrameValues) -> Any:
        make = DESCRIPTORS.get(step.function)
        if make is None:
            raise ExportError(f"{step.function}, a descriptor of the features, cannot be exported")
        return self._graph.cast(make(self._graph, self.value_of(step.of), **dict(step.arguments)), np.float32)

    def contrast(self, step: Contrast) -> Any:
        return contrast(self._graph, self.value_of(step.of))

    def statistics(self, step: Statistics) -> Any:
        graph = self._graph
        # A row runs statistic by statistic, within it derivative by derivative.
        by_order = [statistics(graph, values, step.statistics) for values in self._derivatives(step)]
        return graph.concat([of_order[k] for k in range(len(step.statistics)) for of_order in by_order], 1)

    def frames(self, step: Frames) -> Any:
        return self._graph.concat(self._derivatives(step), 2)

    def _derivatives(self, step: Statistics | Frames) -> list[Any]:
        values = self._graph.part(self.value_of(step.of), 2, 0, len(step.labels))
        return [derivative(self._graph, values, order) if order else values for order in step.orders]

    def modulation(self, step: Modulation) -> Any:
        values = modulation(self._graph, self.value_of(step.of), frame_rate=step.frame_rate, bands=step.bands)
        return self._graph.reshape(values, [self._graph.size(values, 0), step.shape[0]])


_MADE_BY: dict[Any, Any] = {
    Padded: _Steps.padded,
    Samples: _Steps.samples,
    Spectra: _Steps.spectra,
    Magnitudes: _Steps.magnitudes,
    LogMel: _Steps.log_mel,
    Cepstra: _Steps.cepstra,
    FrameValues: _Steps.frame_values,
    Contrast: _Steps.contrast,
    Statistics: _Steps.statistics,
    Frames: _Steps.frames,
    Modulation: _Steps.modulation,
}
