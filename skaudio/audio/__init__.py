"""Reading sound: any source becomes float32 mono samples at a declared rate."""

from skaudio.audio._convert import RES_TYPES, check_res_type, versions_of
from skaudio.audio._load import (
    check_parameters,
    is_file_object,
    is_missing,
    load_audio,
    path_of,
    read_clip,
    read_file_object,
    settled,
    stream_clip,
)
from skaudio.audio._survey import AudioSurvey, survey_audio

__all__ = [
    "AudioSurvey",
    "RES_TYPES",
    "check_parameters",
    "check_res_type",
    "is_file_object",
    "is_missing",
    "load_audio",
    "path_of",
    "read_clip",
    "read_file_object",
    "settled",
    "stream_clip",
    "survey_audio",
    "versions_of",
]
