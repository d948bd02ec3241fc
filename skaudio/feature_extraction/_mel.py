"""What transformers of the mel spectrogram share: its parameters, and statistics or sequences of what comes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone

from skaudio._constraints import Interval, StrOptions
from skaudio.clips import as_clip
from skaudio.dsp import STATISTICS, is_statistic, mel_filters, n_frames, padded_window, spectrum_dtype
from skaudio.exceptions import warn_user
from skaudio.extraction import Feature, Frames, LogMel, Padded, Recipe, Spectra, Statistics, Step
from skaudio.feature_extraction._reading import BaseReadingTransformer


class BaseMelTransformer(BaseReadingTransformer):
    """Base of the transformers that start from the mel spectrogram in decibels.

    A child declares the parameters below, and returns from `_feature` what it makes of the spectrogram.
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseReadingTransformer._parameter_constraints,
        "statistics": [tuple, list, None],
        "deltas": [Interval(Integral, 0, 8, closed="both")],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [Interval(Integral, 2, None, closed="left")],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "win_length": [Interval(Integral, 1, None, closed="left"), None],
        "window": [str, tuple, list, np.ndarray, Real],
        "center": ["boolean"],
        "power": [Interval(Real, 0, None, closed="neither")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
        "htk": ["boolean"],
        "mel_norm": [StrOptions({"slaney"}), Interval(Real, 0, None, closed="right"), None],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
    }

    def _feature(self) -> Feature:
        """Return what a row is."""
        raise NotImplementedError

    def _features(self) -> list[Feature]:
        return [self._feature()]

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.win_length is not None and self.win_length > self.n_fft:
            raise ValueError(f"win_length={self.win_length} is more than n_fft={self.n_fft}, the frame it lies in")
        if self.fmax is not None and self.fmax > self.sample_rate / 2:
            raise ValueError(f"fmax={self.fmax:g} Hz is above half of sample_rate={self.sample_rate:g} Hz")
        if self.fmin >= self._highest_frequency():
            raise ValueError(f"fmin={self.fmin:g} Hz is not below fmax, {self._highest_frequency():g} Hz")
        padded_window(self.window, self.win_length, self.n_fft)
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

    def _warn_about_parameters(self) -> None:
        filters = mel_filters(**self._bands())
        n_empty = int((filters.max(axis=1).toarray() == 0).sum())
        if n_empty:
            warn_user(
                f"{n_empty} of n_mels={self.n_mels} mel bands lie between two bins of the spectrum and stay empty; "
                "use fewer bands or a longer n_fft"
            )

    def _log_mel(self) -> LogMel:
        """Return the steps to the spectrogram; of sequences, that of the padded clip."""
        top_db = None if self.top_db is None else float(self.top_db)
        spectra = Spectra.of_window(
            None if self.statistics is not None else Padded(None, self._n_samples()),
            window=self.window,
            win_length=self.win_length,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            center=self.center,
            dtype=spectrum_dtype(self.power, top_db),
        )
        return LogMel(spectra, **self._bands(), power=float(self.power), top_db=top_db)

    def _over_time(self, series: Step, labels: Sequence[str], n_all: int) -> Feature:
        """Return the statistics or the frames of the first values of a series of `n_all`, one a label."""
        orders = tuple(range(1 + int(self.deltas)))
        if self.statistics is not None:
            return Statistics(series, tuple(labels), n_all, tuple(map(str, self.statistics)), orders)
        n = n_frames(self._n_samples(), n_fft=self.n_fft, hop_length=self.hop_length, center=self.center)
        return Frames(series, tuple(labels), orders, int(n))

    def _bands(self) -> dict[str, Any]:
        norm = self.mel_norm if self.mel_norm is None or isinstance(self.mel_norm, str) else float(self.mel_norm)
        return {
            "sample_rate": float(self.sample_rate),
            "n_fft": int(self.n_fft),
            "n_mels": int(self.n_mels),
            "fmin": float(self.fmin),
            "fmax": float(self._highest_frequency()),
            "htk": bool(self.htk),
            "mel_norm": norm,
        }

    def _highest_frequency(self) -> float:
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    def _n_samples(self) -> int:
        """Return the length of the sequences' clips."""
        assert self.duration is not None  # _check_parameters saw to it
        return math.ceil(self.duration * self.sample_rate)


def frames_of_clip(transformer: BaseMelTransformer, clip: Any, *, kind: str = "mfcc") -> np.ndarray:
    """Return what a transformer sees of one clip over time, whatever statistics of it it takes.

    Parameters
    ----------
    transformer : MFCCTransformer or LogMelTransformer
        The transformer; it is left as it is.
    clip : object
        One clip, as a list given to it would hold it.
    kind : {"mfcc", "mel"}, default="mfcc"
        The transformer's own values, or the mel spectrogram they are computed from.

    Returns
    -------
    ndarray of shape (n_frames, n_values), float32
        A row a frame.

    Raises
    ------
    AudioReadError
        If the clip cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio import MFCCTransformer
    >>> frames_of_clip(MFCCTransformer(n_mfcc=13), np.zeros(22050)).shape
    (44, 13)
    """
    whole = clone(transformer).set_params(statistics=("mean",), deltas=0)
    (feature,) = whole._features()
    assert isinstance(feature, Statistics)
    series = whole._log_mel() if kind == "mel" else feature.of
    labels = feature.labels if kind == "mfcc" else ("",) * whole.n_mels
    recipe = Recipe(whole._reader(), (Frames(series, labels, (0,), 0),))
    return recipe(as_clip(clip).portable(), lambda: None).rows[0]
