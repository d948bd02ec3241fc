"""What transformers of values over time share: statistics of them, or all frames of clips of one length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from skaudio._constraints import Interval
from skaudio.dsp import STATISTICS, is_statistic, n_frames
from skaudio.extraction import Feature, Frames, Padded, Statistics, Step
from skaudio.feature_extraction._framed import BaseFramedTransformer


class BaseOverTimeTransformer(BaseFramedTransformer):
    """Base of the transformers whose frames give values over time.

    A child declares `statistics` and `deltas` beside the parameters of frames.
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseFramedTransformer._parameter_constraints,
        "statistics": [tuple, list, None],
        "deltas": [Interval(Integral, 0, 8, closed="both")],
    }

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.statistics is None:
            self._check_sequences()
            return
        unknown = [name for name in self.statistics if not is_statistic(name)]
        if unknown or not len(self.statistics) or len(set(self.statistics)) < len(self.statistics):
            found = f"{unknown[0]!r} in it is unknown" if unknown else "each name must stand in it once"
            known = ", ".join(STATISTICS)
            raise ValueError(
                f"statistics={self.statistics!r}: {found}; choose from {known} and percentiles, as 'p5', or None"
            )

    def _check_sequences(self) -> None:
        if self.duration is None:
            raise ValueError("statistics=None gives sequences of one length, so duration must be set, in seconds")
        if not self.center and self._n_samples() < self.n_fft:
            raise ValueError(f"duration={self.duration:g} s is shorter than one frame of n_fft={self.n_fft} samples")

    def _waveform(self) -> Step | None:
        return None if self.statistics is not None else Padded(None, self._n_samples())

    def _over_time(self, series: Step, labels: Sequence[str], n_all: int) -> Feature:
        """Return a feature of the first ``len(labels)`` of a series' `n_all` values: statistics, or all frames."""
        orders = tuple(range(1 + int(self.deltas)))
        if self.statistics is not None:
            return Statistics(series, tuple(labels), n_all, tuple(map(str, self.statistics)), orders)
        n = n_frames(self._n_samples(), n_fft=self.n_fft, hop_length=self.hop_length, center=self.center)
        return Frames(series, tuple(labels), orders, int(n))

    def _n_samples(self) -> int:
        """Return the length of the sequences' clips."""
        assert self.duration is not None  # _check_parameters saw to it
        return math.ceil(self.duration * self.sample_rate)
