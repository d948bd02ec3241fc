"""What transformers of frames share: their length, step and window, and spectra of them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio._constraints import Interval
from skaudio.dsp import padded_window
from skaudio.extraction import Feature, Spectra, Step
from skaudio.feature_extraction._reading import BaseReadingTransformer


class BaseFramedTransformer(BaseReadingTransformer):
    """Base of the transformers that cut a clip into frames.

    A child declares the parameters below, and returns from `_feature` what a row is.
    """

    _shared_doc = {
        "framing": """
n_fft, hop_length : int, default=2048, 512
    Frame length and step, in samples.
win_length : int or None, default=None
    Window length in samples, at most `n_fft`, which None stands for.
window : str, tuple or array-like, default="hann"
    What ``scipy.signal.get_window`` takes, or `win_length` numbers.
""",
        "center": """
center : bool, default=True
    Centre frames on their time; both ends of the clip are padded with ``n_fft // 2`` samples of silence.
""",
    }

    _parameter_constraints: dict[str, Any] = {
        **BaseReadingTransformer._parameter_constraints,
        "n_fft": [Interval(Integral, 2, None, closed="left")],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "win_length": [Interval(Integral, 1, None, closed="left"), None],
        "window": [str, tuple, list, np.ndarray, Real],
        "center": ["boolean"],
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
        padded_window(self.window, self.win_length, self.n_fft)

    def _waveform(self) -> Step | None:
        """Return the step that the frames are cut from; None for the waveform as it is read."""
        return None

    def _spectra(self, dtype: Any) -> Spectra:
        """Return the steps to power spectra of a precision."""
        return Spectra.of_window(
            self._waveform(),
            window=self.window,
            win_length=self.win_length,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            center=self.center,
            dtype=dtype,
        )
