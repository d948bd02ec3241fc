"""`MFCCTransformer`: clips become rows of mel-frequency cepstral coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from skaudio._constraints import Interval, Options, StrOptions
from skaudio.extraction import Cepstra, Feature, numbered
from skaudio.feature_extraction._mel import BaseMelTransformer


class MFCCTransformer(BaseMelTransformer):
    """Turn clips into rows of mel-frequency cepstral coefficients (MFCCs), summarised over time.

    The numbers are those of ``librosa.load`` and ``librosa.feature.mfcc`` (and ``delta``) to 5e-3.

    Parameters
    ----------
    n_mfcc : int, default=40
        Coefficients a frame, at most `n_mels`.
    sample_rate : float, default=22050
        Rate in Hz all clips are brought to.
    statistics : tuple of str or None, default=("mean",)
        What to keep of each coefficient over time: any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``,
        ``"skew"`` and ``"kurtosis"`` (population moments; Fisher's kurtosis), and percentiles, as ``"p5"``. None keeps
        every frame; it needs `duration`.
    deltas : int, default=0
        How many derivatives over time to add to the coefficients, 0 to 8.
    n_mels : int, default=128
        Mel bands.
    {framing}
    {center}
    {mel}
    dct_type : {1, 2, 3}, default=2
        Type of the cosine transform.
    norm : "ortho" or None, default="ortho"
        Its normalisation.
    lifter : float, default=0
        Cepstral liftering, 0 for none.
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
    skaudio.load_audio : The same reading, for one clip.

    Notes
    -----
    Mel filters and liftering follow librosa 0.11 (McFee et al., 2015); the mel scale is Slaney's (Auditory Toolbox,
    1998) or HTK's. Derivatives of order 7 and 8 are exact here; librosa's are lost in the rounding of float32. A clip
    shorter than one frame is padded by centring and nothing more, since further silence would shift the mean. Features
    run statistic by statistic, within it derivative by derivative, within it coefficient by coefficient.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio import MFCCTransformer
    >>> noise = np.random.default_rng(0).uniform(-1, 1, 22050).astype("float32")
    >>> mfcc = MFCCTransformer(n_mfcc=13, statistics=("mean", "std"))
    >>> mfcc.fit_transform([noise, noise[:8000]]).shape
    (2, 26)
    >>> mfcc.get_feature_names_out()[[0, 13]]
    array(['mfcc_00_mean', 'mfcc_00_std'], dtype=object)
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseMelTransformer._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "dct_type": [Options(Integral, {1, 2, 3})],
        "norm": [StrOptions({"ortho"}), None],
        "lifter": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        n_mfcc: int = 40,
        sample_rate: float = 22050,
        statistics: Sequence[str] | None = ("mean",),
        deltas: int = 0,
        n_mels: int = 128,
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
        dct_type: int = 2,
        norm: str | None = "ortho",
        lifter: float = 0,
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
        self.n_mfcc = n_mfcc
        self.sample_rate = sample_rate
        self.statistics = statistics
        self.deltas = deltas
        self.n_mels = n_mels
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
        self.dct_type = dct_type
        self.norm = norm
        self.lifter = lifter
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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc={self.n_mfcc} is more than n_mels={self.n_mels}, the bands they come from")
        if self.dct_type == 1 and self.n_mels < 2:
            raise ValueError(f"dct_type=1 needs n_mels of at least 2, not {self.n_mels}")

    def _feature(self) -> Feature:
        cepstra = Cepstra(self._log_mel(), int(self.dct_type), self.norm, float(self.lifter))
        return self._over_time(cepstra, numbered("mfcc", self.n_mfcc), int(self.n_mels))
