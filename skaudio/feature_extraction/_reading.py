"""What transformers that read clips themselves share: the parameters of the reading."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from skaudio._constraints import Interval, StrOptions
from skaudio.audio import RES_TYPES, check_res_type
from skaudio.clips import Reader
from skaudio.feature_extraction._base import BaseAudioTransformer


class BaseReadingTransformer(BaseAudioTransformer):
    """Base of the transformers with a reading of their own.

    A child declares `sample_rate`, `offset`, `duration`, `max_duration`, `channel` and `res_type`.
    """

    _shared_doc = {
        "reading": """
offset : float, default=0.0
    Where to start in each clip, in seconds.
duration : float or None, default=None
    How much of each clip to read at most, in seconds; None reads to its end. With ``statistics=None``, shorter clips
    are padded with silence to exactly this.
max_duration : float or None, default=None
    A clip longer than this many seconds is an error: a guard against the one file that fills the memory.
channel : "mean" or int, default="mean"
    The mean of all channels, or the 0-based channel to take.
res_type : str, default="soxr_hq"
    Resampler, as in `skaudio.load_audio`.
""",
    }

    _parameter_constraints: dict[str, Any] = {
        **BaseAudioTransformer._parameter_constraints,
        "sample_rate": [Interval(Real, 0, None, closed="neither")],
        "offset": [Interval(Real, 0, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "max_duration": [Interval(Real, 0, None, closed="neither"), None],
        "channel": [StrOptions({"mean"}), Interval(Integral, 0, None, closed="left")],
        "res_type": [StrOptions(set(RES_TYPES))],
    }

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_res_type(self.res_type)
        for name in ("duration", "max_duration"):
            seconds = getattr(self, name)
            if seconds is not None and seconds * self.sample_rate < 1:
                raise ValueError(f"{name}={seconds:g} s is less than one sample at sample_rate={self.sample_rate:g} Hz")

    def _reader(self) -> Reader:
        return Reader(
            sample_rate=float(self.sample_rate),
            offset=float(self.offset),
            duration=None if self.duration is None else float(self.duration),
            max_duration=None if self.max_duration is None else float(self.max_duration),
            channel=self.channel if isinstance(self.channel, str) else int(self.channel),
            res_type=self.res_type,
        )
