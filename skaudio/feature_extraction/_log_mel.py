"""`LogMelTransformer`: clips become rows of mel bands in decibels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skaudio.extraction import Feature, numbered
from skaudio.feature_extraction._mel import BaseMelTransformer


class LogMelTransformer(BaseMelTransformer):
    """Turn clips into rows of mel bands in decibels (a log-mel spectrogram), summarised over time.

    The numbers are those of ``librosa.load``, ``librosa.feature.melspectrogram`` and ``librosa.power_to_db`` (and
    ``librosa.feature.delta``) to 5e-3.

    Parameters
    ----------
    n_mels : int, default=128
        Mel bands.
    sample_rate : float, default=22050
        Rate in Hz all clips are brought to.
    statistics : tuple of str or None, default=("mean",)
        What to keep of each band over time: any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``,
        ``"skew"`` and ``"kurtosis"`` (population moments; Fisher's kurtosis), and percentiles, as ``"p5"``. None keeps
        every frame; it needs `duration`.
    deltas : int, default=0
        How many derivatives over time to add to the bands, 0 to 8.
    {framing}
    {center}
    {mel}
    {top_db}
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
    MFCCTransformer : The cosine transform of each frame.
    AudioFeatureUnion : Several such transformers that read each clip once.

    Notes
    -----
    A band is ``10 log10(max(1e-10, sum_k w_k |X_k|^power))`` of the spectrum ``X``, with the triangular filters ``w``
    of ``librosa.filters.mel`` (McFee et al., 2015); the mel scale is Slaney's (Auditory Toolbox, 1998) or HTK's.
    Features run statistic by statistic, within it derivative by derivative, within it band by band, from low to high.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.feature_extraction import LogMelTransformer
    >>> noise = np.random.default_rng(0).uniform(-1, 1, 22050).astype("float32")
    >>> log_mel = LogMelTransformer(n_mels=64, statistics=("mean", "std", "p95"))
    >>> log_mel.fit_transform([noise, noise[:8000]]).shape
    (2, 192)
    >>> log_mel.get_feature_names_out()[[0, 128]]
    array(['logmel_00_mean', 'logmel_00_p95'], dtype=object)
    """

    def __init__(
        self,
        *,
        n_mels: int = 128,
        sample_rate: float = 22050,
        statistics: Sequence[str] | None = ("mean",),
        deltas: int = 0,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: int | None = None,
        window: Any = "hann",
        center: bool = True,
        power: float = 2.0,
        fmin: float = 0.0,
        fmax: float | None = None,
        htk: bool = False,
        mel_norm: str | float | None = "slaney",
        top_db: float | None = 80.0,
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
        self.n_mels = n_mels
        self.sample_rate = sample_rate
        self.statistics = statistics
        self.deltas = deltas
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.window = window
        self.center = center
        self.power = power
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.mel_norm = mel_norm
        self.top_db = top_db
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
        return self._over_time(self._log_mel(), numbered("logmel", self.n_mels), int(self.n_mels))
