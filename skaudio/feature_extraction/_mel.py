"""What transformers of the mel spectrogram share: its bands, and the steps to it."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone

from skaudio._constraints import Interval, StrOptions
from skaudio.clips import as_clip
from skaudio.dsp import kernel, mel_filters, spectrum_dtype
from skaudio.exceptions import warn_user
from skaudio.extraction import Frames, LogMel, Recipe, Statistics
from skaudio.feature_extraction._framed import BaseFramedTransformer
from skaudio.feature_extraction._over_time import BaseOverTimeTransformer


class MelBands(BaseFramedTransformer):
    """Base of the transformers that start from the mel spectrogram in decibels; a child declares the parameters."""

    _shared_doc = {
        "mel": """
power : float, default=2.0
    Exponent of the magnitude spectrum.
fmin, fmax : float, default=0.0, None
    Lowest and highest frequency of the mel bands in Hz; an `fmax` of None is ``sample_rate / 2``.
htk : bool, default=False
    HTK's mel scale in place of Slaney's.
mel_norm : "slaney", float or None, default="slaney"
    Norm of the mel filters.
""",
        "top_db": """
top_db : float or None, default=80.0
    Dynamic range kept below the clip's loudest value, in dB; None keeps all of it.
""",
    }

    _parameter_constraints: dict[str, Any] = {
        **BaseFramedTransformer._parameter_constraints,
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "power": [Interval(Real, 0, None, closed="neither")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
        "htk": ["boolean"],
        "mel_norm": [StrOptions({"slaney"}), Interval(Real, 0, None, closed="right"), None],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
    }

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.fmax is not None and self.fmax > self.sample_rate / 2:
            raise ValueError(f"fmax={self.fmax:g} Hz is above half of sample_rate={self.sample_rate:g} Hz")
        if self.fmin >= self._highest_frequency():
            raise ValueError(f"fmin={self.fmin:g} Hz is not below fmax, {self._highest_frequency():g} Hz")

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
        spectra = self._spectra(spectrum_dtype(self.power, top_db))
        return LogMel(spectra, **self._bands(), power=float(self.power), top_db=top_db, kernel=kernel())

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


class BaseMelTransformer(BaseOverTimeTransformer, MelBands):
    """Base of the transformers whose frames are those of the mel spectrogram, or come of them."""

    _parameter_constraints: dict[str, Any] = {
        **MelBands._parameter_constraints,
        **BaseOverTimeTransformer._parameter_constraints,
    }


def frames_of_clip(transformer: BaseMelTransformer, clip: Any, *, kind: str = "mfcc") -> np.ndarray:
    """Return the values of one clip frame by frame, before a transformer takes statistics or derivatives of them.

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
