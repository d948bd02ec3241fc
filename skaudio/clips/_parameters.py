"""What the numbers that tell how to read a clip may be."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

_MOST_TIMES = 8  # a rate may be raised by this factor whatever the length of the clip
_MOST_MADE = 1 << 24  # samples that a clip may have after its rate was raised by a larger factor
_HIGHEST_RATE = 1e8  # Hz; resampling from far more never ends


def check_parameters(sample_rate: Any, offset: Any, duration: Any, channel: Any) -> None:
    """Raise ValueError, naming the parameter, where one of them is out of its range."""
    if sample_rate is not None and not is_rate(sample_rate):
        raise ValueError(f"sample_rate={sample_rate!r} must be a rate above 0 in Hz, or None for the source's own")
    check_part(offset, duration)
    if channel != "mean" and (not isinstance(channel, Integral) or isinstance(channel, bool) or channel < 0):
        raise ValueError(f"channel={channel!r} must be 'mean' or the 0-based number of a channel")


def check_part(offset: Any, duration: Any) -> None:
    """Raise ValueError where `offset` and `duration` are no part of a sound, in seconds."""
    if not _is_real(offset) or not 0 <= offset < math.inf:
        raise ValueError(f"offset={offset!r} must be a number of seconds, 0 or more")
    if duration is not None and not (_is_real(duration) and 0 < duration < math.inf):
        raise ValueError(f"duration={duration!r} must be a number of seconds above 0, or None for all")


def check_rate(rate: float) -> None:
    """Raise ValueError where a sound's own rate is none that a sound has."""
    if not 0 < rate <= _HIGHEST_RATE:
        raise ValueError(f"its rate is {rate:g} Hz; one above 0, and {_HIGHEST_RATE:g} Hz at most, is expected")


def check_resampled_length(n_frames: int, rate: float, wanted: float | None) -> None:
    """Raise ValueError where resampling makes far more of a few samples: their rate is not to be believed."""
    ratio = (wanted or rate) / rate
    if ratio > _MOST_TIMES and n_frames * ratio > _MOST_MADE:
        raise ValueError(
            f"its rate is {rate:g} Hz, at which {n_frames} samples are {n_frames * ratio:.0f} at {wanted:g} Hz; is its "
            "header right? A sample_rate near its own, or a duration, would be"
        )


def is_rate(rate: Any) -> bool:
    """Tell whether `rate` is a number of samples a second."""
    return _is_real(rate) and 0 < rate < math.inf


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
