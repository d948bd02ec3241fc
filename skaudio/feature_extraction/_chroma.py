"""`ChromaTransformer`: clips become rows of the power of pitch classes."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio._constraints import Interval
from skaudio.extraction import Feature, FrameValues, numbered
from skaudio.feature_extraction._over_time import BaseOverTimeTransformer


class ChromaTransformer(BaseOverTimeTransformer):
    """Turn clips into rows of the power of pitch classes (C, C sharp, D, ...), summarised over time.

    The numbers are those of ``librosa.load`` and ``librosa.feature.chroma_stft(tuning=0)`` to 5e-3.

    Parameters
    ----------
    n_chroma : int, default=12
        Pitch classes of an octave. The first is C.
    tuning : float, default=0.0
        How far the clips' A lies from 440 Hz, in parts of a class. librosa estimates it from each clip where nothing is
        given; ``librosa.estimate_tuning`` does it for one clip.
    sample_rate : float, default=22050
        Rate in Hz all clips are brought to.
    statistics : tuple of str or None, default=("mean", "std")
        What to keep of each value over time: any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``,
        ``"skew"`` and ``"kurtosis"``, and percentiles, as ``"p5"``. None keeps every frame; it needs `duration`.
    deltas : int, default=0
        How many derivatives over time to add to the values, 0 to 8.
    {framing}
    {center}
    {reading}
    {keeping}

    Attributes
    ----------
    n_features_in_ : int
        Samples a row, only after a fit on a 2-D array of waveforms.
    feature_names_in_ : ndarray of str
        Columns, only after a fit on a frame of numbers.

    See Also
    --------
    AudioFeatureUnion : Several such transformers that read each clip once.

    Notes
    -----
    Each bin of a power spectrum falls into the classes near its pitch (see `skaudio.dsp.chroma_filters` for the
    source), and a frame's values are relative to its strongest class: between 0 and 1, all 0 of silence. Features run
    statistic by statistic, within it derivative by derivative, within it class by class.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.feature_extraction import ChromaTransformer
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma = ChromaTransformer(statistics=("mean",))
    >>> chroma.get_feature_names_out()[chroma.fit_transform([tone]).argmax()]  # A
    'chroma_09_mean'
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseOverTimeTransformer._parameter_constraints,
        "n_chroma": [Interval(Integral, 2, None, closed="left")],
        "tuning": [Interval(Real, -1, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        n_chroma: int = 12,
        tuning: float = 0.0,
        sample_rate: float = 22050,
        statistics: Sequence[str] | None = ("mean", "std"),
        deltas: int = 0,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: int | None = None,
        window: Any = "hann",
        center: bool = True,
        offset: float = 0.0,
        duration: float | None = None,
        max_duration: float | None = None,
        channel: str | int = "mean",
        res_type: str = "soxr_hq",
        on_error: str = "raise",
        cache: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_chroma = n_chroma
        self.tuning = tuning
        self.sample_rate = sample_rate
        self.statistics = statistics
        self.deltas = deltas
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.window = window
        self.center = center
        self.offset = offset
        self.duration = duration
        self.max_duration = max_duration
        self.channel = channel
        self.res_type = res_type
        self.on_error = on_error
        self.cache = cache
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _feature(self) -> Feature:
        arguments = {
            "sample_rate": float(self.sample_rate),
            "n_fft": int(self.n_fft),
            "n_chroma": int(self.n_chroma),
            "tuning": float(self.tuning),
        }
        series = FrameValues(self._spectra(np.float32), "chroma", tuple(arguments.items()))
        return self._over_time(series, numbered("chroma", self.n_chroma), int(self.n_chroma))
