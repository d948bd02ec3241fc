"""Reading sound: files and their bytes become float32 samples, and those mono samples at a declared rate."""

from typing import Any

from skaudio.audio._convert import (
    RES_TYPES,
    check_res_type,
    is_streamable,
    mix,
    prepare,
    resample,
    resample_stream,
    to_float,
    versions_of,
)
from skaudio.audio._decode import open_bytes, open_path
from skaudio.audio._sound import UNSCALED_PEAK, Samples, Sound
from skaudio.audio._survey import SILENCE, AudioSurvey, survey_sound

__all__ = [
    "AudioSurvey",
    "UNSCALED_PEAK",
    "RES_TYPES",
    "SILENCE",
    "Samples",
    "Sound",
    "check_res_type",
    "is_streamable",
    "load_audio",
    "mix",
    "open_bytes",
    "open_path",
    "prepare",
    "resample",
    "resample_stream",
    "survey_sound",
    "to_float",
    "versions_of",
]


def __getattr__(name: str) -> Any:
    """Return `load_audio` under its older name: it reads clips of every kind, so it stands one floor up."""
    if name == "load_audio":
        from skaudio.clips import load_audio

        return load_audio
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
