"""`SpectralTransformer`: clips become rows of what their spectra look like."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio._constraints import Interval
from skaudio.extraction import Contrast, Feature, FrameValues, Magnitudes, Samples, Step
from skaudio.feature_extraction._over_time import BaseOverTimeTransformer

FEATURES = ("centroid", "bandwidth", "rolloff", "contrast", "flatness", "zero_crossing_rate", "rms")


class SpectralTransformer(BaseOverTimeTransformer):
    """Turn clips into rows of descriptors of their spectra and samples, summarised over time.

    The numbers agree with ``librosa.load`` and the functions of these names in ``librosa.feature`` (the first five have
    ``spectral_`` before their names there), to 5e-3 of the usual size of each.

    Parameters
    ----------
    features : sequence of str, default=("centroid", "bandwidth", "rolloff", "contrast", "flatness", \
"zero_crossing_rate", "rms")
        What to describe each frame by:

        - ``"centroid"``: the mean frequency, in Hz;
        - ``"bandwidth"``: the deviation of frequencies from it, in Hz;
        - ``"rolloff"``: the frequency below which `roll_percent` of the magnitude lies, in Hz;
        - ``"contrast"``: how far peaks stand above valleys, in `n_bands` octaves and what lies below them, in dB, of
          spectra in float64: valleys may lie below what float32 can tell from its rounding;
        - ``"flatness"``: 1 for white noise, near 0 for a tone;
        - ``"zero_crossing_rate"``: changes of sign, as a share of the samples;
        - ``"rms"``: the root of the mean square, of full scale 1.
    roll_percent : float, default=0.85
        For ``"rolloff"``, between 0 and 1.
    n_bands : int, default=6
        For ``"contrast"``: octaves above `fmin`, which must lie below half of `sample_rate`.
    fmin : float, default=200.0
        For ``"contrast"``: upper edge in Hz of what lies below the octaves.
    quantile : float, default=0.02
        For ``"contrast"``: the share of an octave's bins that are its peaks, and its valleys.
    sample_rate : float, default=22050
        Rate in Hz all clips are brought to.
    statistics : tuple of str or None, default=("mean", "std")
        What to keep of each value over time: any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``,
        ``"skew"`` and ``"kurtosis"``, and percentiles, as ``"p5"``. None keeps every frame; it needs `duration`.
    deltas : int, default=0
        How many derivatives over time to add to the values, 0 to 8.
    {framing}
    center : bool, default=True
        Centre frames on their time; both ends of the clip are padded with ``n_fft // 2`` samples: silence,
        for zero crossings the first and the last sample.
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
    Formulas and their sources stand with the functions of `skaudio.dsp`: `centroid`, `bandwidth`, `rolloff`,
    `contrast`, `flatness`, `rms`, `zero_crossing_rate`. Features run descriptor by descriptor, in the order of
    `features`, within it statistic by statistic, derivative by derivative and band by band.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.feature_extraction import SpectralTransformer
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050)
    >>> spectral = SpectralTransformer(features=("centroid", "rms"), statistics=("median",))
    >>> hertz, level = spectral.fit_transform([tone])[0]
    >>> round(float(hertz)), round(float(level), 2)
    (1000, 0.71)
    >>> spectral.get_feature_names_out()
    array(['centroid_median', 'rms_median'], dtype=object)
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseOverTimeTransformer._parameter_constraints,
        "features": [tuple, list],
        "roll_percent": [Interval(Real, 0, 1, closed="neither")],
        "n_bands": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="neither")],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        *,
        features: Sequence[str] = FEATURES,
        roll_percent: float = 0.85,
        n_bands: int = 6,
        fmin: float = 200.0,
        quantile: float = 0.02,
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
        self.features = features
        self.roll_percent = roll_percent
        self.n_bands = n_bands
        self.fmin = fmin
        self.quantile = quantile
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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        unknown = [name for name in self.features if name not in FEATURES]
        if unknown or not len(self.features) or len(set(self.features)) < len(self.features):
            found = f"{unknown[0]!r} in it is unknown" if unknown else "each name must stand in it once"
            raise ValueError(f"features={self.features!r}: {found}; choose from {', '.join(FEATURES)}")
        if "contrast" in self.features:
            self._check_octaves()

    def _check_octaves(self) -> None:
        highest = self.fmin * 2.0 ** (self.n_bands - 1)
        if highest >= self.sample_rate / 2:
            raise ValueError(
                f"the highest of n_bands={self.n_bands} octaves above fmin={self.fmin:g} Hz begins at {highest:g} Hz, "
                f"above half of sample_rate={self.sample_rate:g} Hz; take fewer, or a lower fmin"
            )
        bins = np.fft.rfftfreq(self.n_fft, 1 / self.sample_rate)
        edges = [0.0, *(self.fmin * 2.0**k for k in range(self.n_bands + 1))]
        narrow = [k for k in range(self.n_bands + 1) if ((bins >= edges[k]) & (bins <= edges[k + 1])).sum() < 2]
        if narrow:
            raise ValueError(
                f"there are fewer than two bins of the spectrum from {edges[narrow[0]]:g} to {edges[narrow[0] + 1]:g} "
                f"Hz, an octave of the contrast; take a longer n_fft than {self.n_fft}, or a higher fmin"
            )

    def _features(self) -> list[Feature]:
        return [
            self._over_time(self._series(name), self._labels(name), len(self._labels(name))) for name in self.features
        ]

    def _labels(self, name: str) -> tuple[str, ...]:
        return tuple(f"contrast_{k}" for k in range(self.n_bands + 1)) if name == "contrast" else (name,)

    def _series(self, name: str) -> Step:
        """Return the steps to the values of a descriptor over time."""
        if name in ("zero_crossing_rate", "rms"):
            edge = name == "zero_crossing_rate"
            samples = Samples(self._waveform(), int(self.n_fft), int(self.hop_length), bool(self.center), edge)
            return FrameValues(samples, name)
        # The valleys of a contrast may lie so far below the loudest bin that float32 holds only rounding errors there.
        spectra = self._spectra(np.float64 if name == "contrast" else np.float32)
        if name == "flatness":
            return FrameValues(spectra, name)
        arguments = {"sample_rate": float(self.sample_rate), "n_fft": int(self.n_fft)}
        if name == "contrast":
            octaves = {"n_bands": int(self.n_bands), "fmin": float(self.fmin), "quantile": float(self.quantile)}
            return Contrast(FrameValues(Magnitudes(spectra), "contrast_levels", tuple((arguments | octaves).items())))
        if name == "rolloff":
            arguments["roll_percent"] = float(self.roll_percent)
        return FrameValues(Magnitudes(spectra), name, tuple(arguments.items()))
