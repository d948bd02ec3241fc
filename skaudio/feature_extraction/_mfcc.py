"""`MFCCTransformer`: clips become rows of mel-frequency cepstral coefficients."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio._constraints import Interval, Options, StrOptions, check_feature_names_in
from skaudio.audio import versions_of
from skaudio.dsp import (
    STATISTICS,
    log_mel_parts,
    mel_filters,
    mfcc_sequence,
    mfcc_statistics,
    n_frames,
    padded_window,
    transform_bits,
)
from skaudio.exceptions import warn_user
from skaudio.feature_extraction._base import BaseAudioTransformer
from skaudio.feature_extraction._extraction import Recipe
from skaudio.feature_extraction._stored import Stored

_VERSION = 1  # of the algorithm: counted up whenever its numbers change, so that stored ones are not mixed with them


class MFCCTransformer(BaseAudioTransformer):
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
        ``"skew"`` and ``"kurtosis"`` (population moments; Fisher's kurtosis). None keeps every frame; it needs
        `duration`.
    deltas : int, default=0
        How many derivatives over time to add to the coefficients, 0 to 8.
    n_mels : int, default=128
        Mel bands.
    n_fft, hop_length : int, default=2048, 512
        Frame length and step, in samples.
    win_length : int or None, default=None
        Window length in samples, at most `n_fft`, which None stands for.
    window : str, tuple or array-like, default="hann"
        What ``scipy.signal.get_window`` takes, or `win_length` numbers.
    center : bool, default=True
        Centre frames on their time; both ends of the clip are padded with ``n_fft // 2`` samples of silence.
    power : float, default=2.0
        Exponent of the magnitude spectrum.
    fmin, fmax : float, default=0.0, None
        Lowest and highest frequency in Hz; an `fmax` of None is ``sample_rate / 2``.
    htk : bool, default=False
        HTK's mel scale in place of Slaney's.
    mel_norm : "slaney", float or None, default="slaney"
        Norm of the mel filters.
    dct_type : {1, 2, 3}, default=2
        Type of the cosine transform.
    norm : "ortho" or None, default="ortho"
        Its normalisation.
    lifter : float, default=0
        Cepstral liftering, 0 for none.
    top_db : float or None, default=80.0
        Dynamic range kept below the clip's loudest value, in dB; None keeps all of it.
    offset : float, default=0.0
        Where to start in each clip, in seconds.
    duration : float or None, default=None
        How much of each clip to read at most, in seconds; None reads to its end. With ``statistics=None``, shorter
        clips are padded with silence to exactly this.
    max_duration : float or None, default=None
        A clip longer than this many seconds is an error: a guard against the one file that fills the memory.
    channel : "mean" or int, default="mean"
        The mean of all channels, or the 0-based channel to take.
    res_type : str, default="soxr_hq"
        Resampler, as in `skaudio.load_audio`.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be read: raise `AudioReadError`, or put a row of NaN in its place and list
        all of them in one `AudioReadWarning`. No clip is dropped; a ``SimpleImputer`` can follow, or select the finite
        rows before a search.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Keep what is extracted in a `skaudio.store.FeatureStore`: a file's path, or True for one in the user's cache
        folder. Each clip is then decoded once, for all folds, candidates, processes and later sessions; other values
        of `n_mfcc` and `statistics` need no further extraction. Clips in memory are kept by what was fitted in the
        same process, and not by a loaded model.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores. ``joblib.parallel_config`` chooses another backend. The
        result does not depend on it.
    verbose : int, default=0
        1 shows a progress bar on stderr.

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
        **BaseAudioTransformer._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
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
        "dct_type": [Options(Integral, {1, 2, 3})],
        "norm": [StrOptions({"ortho"}), None],
        "lifter": [Interval(Real, 0, None, closed="left")],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
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

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns, such as ``mfcc_00_mean`` and ``mfcc_00_delta1_std``.

        Parameters
        ----------
        input_features : None
            The names follow from the parameters alone, so no fit is needed. After a fit on a table of numbers, names
            given here must be those of its columns.

        Returns
        -------
        ndarray of shape (n_features,), object
            One name a column; with ``statistics=None``, one a value of each frame.
        """
        self._validate_params()
        self._check_parameters()
        if hasattr(self, "n_features_in_"):
            check_feature_names_in(self, input_features)
        width = max(2, len(str(self.n_mfcc - 1)))
        levels = ["", *(f"_delta{order}" for order in range(1, self.deltas + 1))]
        values = [f"mfcc_{i:0{width}d}{level}" for level in levels for i in range(self.n_mfcc)]
        if self.statistics is None:
            return np.asarray(values, dtype=object)
        return np.asarray([f"{value}_{name}" for name in self.statistics for value in values], dtype=object)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc={self.n_mfcc} is more than n_mels={self.n_mels}, the bands they come from")
        if self.win_length is not None and self.win_length > self.n_fft:
            raise ValueError(f"win_length={self.win_length} is more than n_fft={self.n_fft}, the frame it lies in")
        if self.fmax is not None and self.fmax > self.sample_rate / 2:
            raise ValueError(f"fmax={self.fmax:g} Hz is above half of sample_rate={self.sample_rate:g} Hz")
        if self.fmin >= self._highest_frequency():
            raise ValueError(f"fmin={self.fmin:g} Hz is not below fmax, {self._highest_frequency():g} Hz")
        if self.dct_type == 1 and self.n_mels < 2:
            raise ValueError(f"dct_type=1 needs n_mels of at least 2, not {self.n_mels}")
        padded_window(self.window, self.win_length, self.n_fft)
        if self.statistics is None:
            if self.duration is None:
                raise ValueError("statistics=None gives sequences of one length, so duration must be set, in seconds")
            if not self.center and self._n_samples() < self.n_fft:
                raise ValueError(
                    f"duration={self.duration:g} s is shorter than one frame of n_fft={self.n_fft} samples"
                )
            return
        unknown = [name for name in self.statistics if name not in STATISTICS]
        if unknown or not len(self.statistics) or len(set(self.statistics)) < len(self.statistics):
            found = f"{unknown[0]!r} in it is unknown" if unknown else "each name must stand in it once"
            raise ValueError(f"statistics={self.statistics!r}: {found}; choose from {', '.join(STATISTICS)}, or None")

    def _warn_about_parameters(self) -> None:
        filters = mel_filters(**self._mel())
        n_empty = int((filters.max(axis=1).toarray() == 0).sum())
        if n_empty:
            warn_user(
                f"{n_empty} of n_mels={self.n_mels} mel bands lie between two bins of the spectrum and stay empty; "
                "use fewer bands or a longer n_fft"
            )

    def _row_shape(self) -> tuple[int, ...]:
        n_values = self.n_mfcc * (1 + self.deltas)
        if self.statistics is not None:
            return (len(self.statistics) * n_values,)
        n = n_frames(self._n_samples(), n_fft=self.n_fft, hop_length=self.hop_length, center=self.center)
        return (n, n_values)

    def _extractor(self) -> Callable[[Iterator[np.ndarray]], np.ndarray]:
        if self.statistics is None:
            return self._sequences()
        return partial(
            _statistics_row,
            spectrum=self._spectrum(),
            options={"n_mfcc": self.n_mfcc, "statistics": tuple(self.statistics), **self._cepstrum()},
        )

    def _sequences(self) -> Callable[[Iterator[np.ndarray]], np.ndarray]:
        options = {"n_mfcc": self.n_mfcc, **self._cepstrum()}
        return partial(_sequence, n_samples=self._n_samples(), spectrum=self._spectrum(), options=options)

    def _stored(self) -> Stored:
        stop = self.on_error == "raise"
        if self.statistics is None:
            shape = self._row_shape()
            recipe = Recipe(self._reader(), self._sequences(), shape, stop)
            return Stored(self._fingerprint(n_mfcc=self.n_mfcc, n_samples=self._n_samples()), recipe, np.asarray)
        # All that a grid may ask for next: every coefficient, every statistic.
        options = {"n_mfcc": self.n_mels, "statistics": STATISTICS, **self._cepstrum()}
        extract = partial(_statistics_row, spectrum=self._spectrum(), options=options)
        shape = (len(STATISTICS), 1 + self.deltas, self.n_mels)
        recipe = Recipe(self._reader(), extract, (int(np.prod(shape)),), stop)
        wanted = [STATISTICS.index(name) for name in self.statistics]
        select = partial(_select, shape=shape, wanted=wanted, n_mfcc=self.n_mfcc)
        return Stored(self._fingerprint(), recipe, select)

    def _fingerprint(self, **more: Any) -> bytes:
        """Return what tells apart all that gives other numbers."""
        window = padded_window(self.window, self.win_length, self.n_fft)
        numbers = {
            **{name: value for name, value in self._spectrum().items() if name not in ("window", "win_length")},
            **self._cepstrum(),
            "offset": self.offset,
            "duration": self.duration,
            **more,
        }
        named = sorted((name, float(v) if isinstance(v, Real) else v) for name, v in numbers.items())
        text = f"mfcc {_VERSION} {named} {self.channel} {self.res_type} {versions_of(self.res_type)}"
        return hashlib.blake2b(text.encode() + window.tobytes() + transform_bits(), digest_size=16).digest()

    def _cepstrum(self) -> dict[str, Any]:
        return {"deltas": self.deltas, "dct_type": self.dct_type, "norm": self.norm, "lifter": self.lifter}

    def _spectrum(self) -> dict[str, Any]:
        return {
            **self._mel(),
            "hop_length": self.hop_length,
            "win_length": self.win_length,
            "window": self.window,
            "center": self.center,
            "power": self.power,
            "top_db": self.top_db,
        }

    def _mel(self) -> dict[str, Any]:
        return {
            "sample_rate": self.sample_rate,
            "n_fft": self.n_fft,
            "n_mels": self.n_mels,
            "fmin": self.fmin,
            "fmax": self.fmax,
            "htk": self.htk,
            "mel_norm": self.mel_norm,
        }

    def _highest_frequency(self) -> float:
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    def _n_samples(self) -> int:
        """Return the length of the sequences' clips."""
        assert self.duration is not None  # _check_parameters saw to it
        return math.ceil(self.duration * self.sample_rate)


def _statistics_row(blocks: Iterator[np.ndarray], *, spectrum: dict[str, Any], options: dict[str, Any]) -> np.ndarray:
    return mfcc_statistics(log_mel_parts(blocks, **spectrum), **options).ravel()


def _sequence(
    blocks: Iterator[np.ndarray], *, n_samples: int, spectrum: dict[str, Any], options: dict[str, Any]
) -> np.ndarray:
    waveform = np.concatenate(list(blocks))[:n_samples]
    waveform = np.pad(waveform, (0, n_samples - len(waveform)))
    return mfcc_sequence(np.concatenate(log_mel_parts([waveform], **spectrum)), **options)


def _select(stored: np.ndarray, *, shape: tuple[int, ...], wanted: list[int], n_mfcc: int) -> np.ndarray:
    values = stored.reshape(len(stored), *shape)[:, wanted, :, :n_mfcc]
    return values.reshape(len(stored), -1)
