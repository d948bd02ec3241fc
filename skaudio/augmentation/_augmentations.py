"""The augmentations: what may happen to a sound without its becoming another one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skaudio.audio import resample
from skaudio.augmentation._augmentation import Augmentation, Change


@dataclass(frozen=True)
class TimeShift(Change):
    """Begin earlier or later.

    Parameters
    ----------
    max_shift : float, default=1.0
        Seconds to shift by at most, in either direction; at most the clip's length.
    roll : bool, default=True
        What leaves at one end comes back at the other; False leaves silence.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import TimeShift
    >>> TimeShift(2.0)(np.arange(6, dtype="float32"), 1.0, np.random.RandomState(1))
    array([5., 0., 1., 2., 3., 4.], dtype=float32)
    """

    max_shift: float = 1.0
    roll: bool = True

    def check(self) -> None:
        """Raise ValueError where a parameter is out of its range."""
        super().check()
        self._check("max_shift", self.max_shift > 0, "seconds above 0 are expected")

    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        most = min(int(self.max_shift * sample_rate), len(samples))
        n = int(random_state.randint(-most, most + 1))
        shifted = np.roll(samples, n)
        if not self.roll and n:
            shifted[slice(n) if n > 0 else slice(n, None)] = 0
        return shifted


@dataclass(frozen=True)
class Gain(Change):
    """Be louder or quieter.

    Parameters
    ----------
    min_gain, max_gain : float, default=-6.0, 6.0
        Least and most gain in dB; it is drawn evenly between them.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import Gain
    >>> Gain(20.0, 20.0)(np.array([0.01, -0.02], "float32"), 22050, np.random.RandomState(0)).round(4).tolist()
    [0.10000000149011612, -0.20000000298023224]
    """

    min_gain: float = -6.0
    max_gain: float = 6.0

    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        return samples * np.float32(10 ** (random_state.uniform(self.min_gain, self.max_gain) / 20))


@dataclass(frozen=True)
class Noise(Change):
    """Have white noise in the background. Silence stays silent.

    Parameters
    ----------
    min_snr, max_snr : float, default=10.0, 30.0
        Least and most ratio of the mean powers of sound and noise, in dB; it is drawn evenly between them.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import Noise
    >>> tone = np.sin(np.arange(22050) / 10).astype("float32")
    >>> noise = Noise(20.0, 20.0)(tone, 22050, np.random.RandomState(0)) - tone
    >>> round(10 * np.log10(np.mean(tone**2) / np.mean(noise**2)))
    20
    """

    min_snr: float = 10.0
    max_snr: float = 30.0

    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        snr = random_state.uniform(self.min_snr, self.max_snr)
        noise = random_state.standard_normal(len(samples))
        return samples + noise * (_rms(samples) / 10 ** (snr / 20))


@dataclass(frozen=True)
class TimeStretch(Change):
    """Be faster or slower at the same pitch, by librosa's phase vocoder. The length changes.

    Parameters
    ----------
    min_rate, max_rate : float, default=0.8, 1.25
        Least and most speed, above 0; it is drawn so that double and half are as likely.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import TimeStretch
    >>> TimeStretch(2.0, 2.0)(np.ones(22050, "float32"), 22050, np.random.RandomState(0)).shape
    (11025,)
    """

    min_rate: float = 0.8
    max_rate: float = 1.25

    def check(self) -> None:
        """Raise ValueError where a parameter is out of its range."""
        super().check()
        self._check("min_rate", self.min_rate > 0, "a speed above 0 is expected")

    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        rate = float(np.exp(random_state.uniform(np.log(self.min_rate), np.log(self.max_rate))))
        return _stretched(samples, rate)


@dataclass(frozen=True)
class PitchShift(Change):
    """Be higher or lower at the same speed, by librosa's phase vocoder and soxr.

    Parameters
    ----------
    min_steps, max_steps : float, default=-2.0, 2.0
        Least and most shift in semitones; it is drawn evenly between them.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import PitchShift
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype("float32")
    >>> octave = PitchShift(12.0, 12.0)(tone, 22050, np.random.RandomState(0))
    >>> int(np.abs(np.fft.rfft(octave)).argmax())
    880
    """

    min_steps: float = -2.0
    max_steps: float = 2.0

    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        ratio = 2 ** (random_state.uniform(self.min_steps, self.max_steps) / 12)
        shifted = resample(_stretched(samples, 1 / ratio), sample_rate * ratio, sample_rate, "soxr_hq")[: len(samples)]
        return np.pad(shifted, (0, len(samples) - len(shifted)))


@dataclass(frozen=True)
class MixWithinClass(Augmentation):
    """Sound together with another training clip of the same class.

    The other clip is brought to the same mean power, and cut or followed by silence to the same length. Where a class
    has no other clip, there is no change.

    Parameters
    ----------
    min_share, max_share : float, default=0.2, 0.5
        Least and most share of the other clip in the sum, from 0 to 1; it is drawn evenly between them.
    p : float, default=1.0
        Probability that a copy is changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.augmentation import MixWithinClass
    >>> dog, other_dog = np.array([1, -1, 1], "float32"), np.array([0.5, 0.5], "float32")
    >>> MixWithinClass(0.5, 0.5)(dog, 22050, np.random.RandomState(0), partner=other_dog).tolist()
    [1.0, 0.0, 0.5]
    """

    min_share: float = 0.2
    max_share: float = 0.5

    def __call__(
        self,
        samples: np.ndarray,
        sample_rate: float,
        random_state: np.random.RandomState,
        partner: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the sum.

        Parameters
        ----------
        samples : ndarray of shape (n,), float32
            Mono samples, left as they are.
        sample_rate : float
            Their rate in Hz.
        random_state : RandomState
            What is drawn from.
        partner : ndarray of shape (m,), float32, or None
            The other clip, if there is one.

        Returns
        -------
        ndarray of shape (n,), float32
            The sum.
        """
        if partner is None or not self._takes_place(random_state):
            return samples
        share = random_state.uniform(self.min_share, self.max_share)
        power = _rms(partner)
        fitted = np.zeros(len(samples))
        fitted[: len(partner)] = partner[: len(samples)] * (_rms(samples) / power if power else 0.0)
        return np.asarray((1 - share) * samples + share * fitted, np.float32)

    def check(self) -> None:
        """Raise ValueError where a parameter is out of its range."""
        super().check()
        for name in ("min_share", "max_share"):
            self._check(name, 0 <= getattr(self, name) <= 1, "a share from 0 to 1 is expected")


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _stretched(samples: np.ndarray, rate: float) -> np.ndarray:
    """Return the samples at another speed and the same pitch."""
    import librosa

    # Not by librosa.effects, which in librosa 1.0 warns of parameters that it passes itself.
    padded = np.pad(samples, (0, max(0, 2048 - len(samples))))  # to a frame
    # Numba's casts may leave a flag of invalid numbers where there are none; that samples are finite is checked later.
    with np.errstate(invalid="ignore"):
        spectra = librosa.phase_vocoder(librosa.stft(padded), rate=rate)
    return librosa.istft(spectra, length=max(1, round(len(samples) / rate)))
