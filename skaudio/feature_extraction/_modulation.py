"""`ModulationTransformer`: clips become rows of how fast their mel bands rise and fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skaudio.extraction import Feature, Modulation, numbered
from skaudio.feature_extraction._mel import MelBands


class ModulationTransformer(MelBands):
    """Turn clips into rows of modulation energies: how fast the mel bands of a clip rise and fall.

    Statistics of a spectrogram do not see the order of its frames. This does: the steady noise of rain, the clock that
    ticks once a second and the jackhammer that beats fifteen times have their energy in different bands of modulation.

    Parameters
    ----------
    n_mels : int, default=64
        Mel bands.
    bands : sequence of float, default=(0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
        Lower edges of the bands of modulation frequency, in Hz, rising. The last one ends at half of the frame rate,
        which is ``sample_rate / hop_length``.
    sample_rate : float, default=22050
        Rate in Hz all clips are brought to.
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
    LogMelTransformer : The bands themselves.
    AudioFeatureUnion : Several such transformers that read each clip once.

    Notes
    -----
    A value is ``10 log10(E + 0.01)``, where ``E`` is the part of the variance over time of a mel band in decibels that
    lies in a band of modulation frequency, in dB²: the sum of a periodogram over that band (see
    `skaudio.dsp.modulation_energies` for its sources). With a first edge of 0, the ``E`` of a mel band sum to its
    variance. Features run modulation band by modulation band, within it mel band by mel band.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.feature_extraction import ModulationTransformer
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 44100).astype("float32")
    >>> beats = noise * (1 + np.sin(2 * np.pi * 3 * np.arange(44100) / 22050)) / 2  # three a second
    >>> modulation = ModulationTransformer(n_mels=40)
    >>> rows = modulation.fit_transform([noise, beats])
    >>> rows.reshape(2, 7, 40).mean(axis=2).argmax(axis=1)  # the band of each that has most energy
    array([5, 3])
    >>> modulation.get_feature_names_out()[[0, -1]]
    array(['logmel_00_mod0', 'logmel_39_mod16'], dtype=object)
    """

    _parameter_constraints: dict[str, Any] = {
        **MelBands._parameter_constraints,
        "bands": [tuple, list, np.ndarray],
    }

    def __init__(
        self,
        *,
        n_mels: int = 64,
        bands: Sequence[float] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
        sample_rate: float = 22050,
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
        self.bands = bands
        self.sample_rate = sample_rate
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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        try:
            edges = np.asarray(self.bands, float)
        except (TypeError, ValueError):
            edges = np.empty(0)
        top = self._frame_rate() / 2
        if edges.ndim != 1 or not len(edges) or not (np.diff(edges) > 0).all() or not 0 <= edges[0] <= edges[-1] < top:
            raise ValueError(
                f"bands={self.bands!r} must be rising frequencies in Hz, from 0 on and below {top:g}, half of the "
                "frame rate sample_rate / hop_length"
            )

    def _frame_rate(self) -> float:
        return self.sample_rate / self.hop_length

    def _feature(self) -> Feature:
        labels = numbered("logmel", self.n_mels)
        return Modulation(self._log_mel(), labels, float(self._frame_rate()), tuple(float(edge) for edge in self.bands))
