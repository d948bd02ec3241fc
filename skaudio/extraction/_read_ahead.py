"""Several clips at once: files that the native kernel reads and transforms in one call, before each is looked at.

It takes what most collections consist of and most recipes ask for. Whatever it does not take, and all errors, are left
to `Recipe`, clip by clip: the outcome is the same, bit for bit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from skaudio.clips import Clip, PathClip, Reader
from skaudio.dsp import LONG_SERIES, FileLevels, Series, can_halve, native_log_mel_of_files
from skaudio.extraction._log_mel import LogMel
from skaudio.extraction._step import Step

_FASTEST = 384_000  # Hz; half of the highest rate of a plain WAV


def can_be_read_ahead(reader: Reader, step: Step) -> bool:
    """Tell whether `read_ahead` takes clips: whole files of one channel, at their own rate or half of it."""
    return (
        isinstance(step, LogMel)
        and step.is_native
        and step.takes is None
        and (reader.offset, reader.duration) == (0, None)
        and reader.channel in ("mean", 0)
        and reader.sample_rate == int(step.sample_rate) == step.sample_rate <= _FASTEST
        and can_halve(2 * step.sample_rate, step.sample_rate, reader.res_type)
        and step.of.hop_length < 1 << 40
    )


def read_ahead(step: Step, clips: Sequence[Clip]) -> dict[int, tuple[Series, FileLevels]]:
    """Return the mel spectrograms of those clips that the kernel takes, by their place among the clips."""
    assert isinstance(step, LogMel)
    places = [k for k, clip in enumerate(clips) if type(clip) is PathClip]
    if not places:
        return {}
    found = native_log_mel_of_files(
        [clips[k].source for k in places],  # type: ignore[attr-defined]
        taper=step.of.taper,
        hop_length=step.of.hop_length,
        center=step.of.center,
        top_db=step.top_db,
        most_frames=LONG_SERIES,
        **step.bands(),
    )
    result = {}
    for k, file in zip(places, found):
        if file is None:
            continue
        sys.audit("skaudio.decode", clips[k].source)  # type: ignore[attr-defined]
        sys.audit("skaudio.spectra", step.n_fft, step.of.hop_length)
        series = Series([file.levels], len(file.levels))
        series.mean = file.mean
        result[k] = series, file
    return result
