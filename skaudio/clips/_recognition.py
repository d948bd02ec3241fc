"""What a user's value stands for: which kind of clip it is, or why it is none."""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any

from skaudio.clips._clip import Clip, PathClip, SegmentClip, UnreadableClip
from skaudio.clips._in_memory import BytesClip, FileClip, WaveformClip
from skaudio.clips._parameters import is_rate

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
# What to pass in place of things that are known by their type's name, and hold sound in ways of their own.
_HINTS = {
    "AudioSegment": 'segment.export(io.BytesIO(), format="wav")',
    "AudioDecoder": "(samples.data.numpy(), samples.sample_rate) of samples = decoder.get_all_samples()",
    "AudioSamples": "(samples.data.numpy(), samples.sample_rate)",
    "Response": "response.content",
    "ZipFile": "zipfile.Path(archive, name)",
    "SoundFile": "its path, or (file.read().T, file.samplerate)",
}
# A clip as Hugging Face's datasets give it, decoded and not.
_DESCRIPTIONS = ({"array", "sampling_rate"}, {"bytes", "path"})


def as_clip(value: Any) -> Clip:
    """Return the clip that a user's value stands for.

    Parameters
    ----------
    value : object
        A path, bytes, an open file, a waveform, a ``(waveform, rate)`` pair, a ``(path, offset, duration)`` segment;
        anything else becomes a clip that cannot be read, and says why.

    Returns
    -------
    Clip
        Of the kind that fits.
    """
    if isinstance(value, Clip):
        return value
    if isinstance(value, (str, os.PathLike)):
        return _of_path(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return BytesClip(bytes(value))
    hint = _HINTS.get(type(value).__name__)
    if hint is not None:
        return UnreadableClip(f"the clip is a {type(value).__name__}; pass {hint}")
    if is_file_object(value):
        if inspect.iscoroutinefunction(getattr(value, "read", None)):
            return UnreadableClip(
                f"the clip is a {type(value).__name__}, whose read is asynchronous; pass its bytes: await upload.read()"
            )
        return FileClip(value)
    if is_missing(value):
        return UnreadableClip(f"the clip is missing ({value!r}); a path, bytes or a waveform is expected")
    if isinstance(value, tuple):
        if is_segment(value):
            return SegmentClip(*value)
        if len(value) == 2 and _has_an_axis(value[0]) and is_rate(value[1]):
            return WaveformClip(*value)
        return UnreadableClip(
            "the clip is a tuple, but neither a pair (waveform, rate) with a rate above 0 "
            "nor a segment (path, offset, duration)"
        )
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, list):
        return _of_list(value)
    if hasattr(value, "__array__"):
        return WaveformClip(value)
    return UnreadableClip(
        f"the clip is a {type(value).__name__}; a path, bytes, an open file, a waveform, "
        "a pair (waveform, rate) or a segment (path, offset, duration) is expected"
    )


def is_segment(value: Any) -> bool:
    """Tell whether a user's value is ``(path, offset, duration)``."""
    return isinstance(value, tuple) and len(value) == 3 and isinstance(value[0], (str, os.PathLike))


def is_file_object(value: Any) -> bool:
    """Tell whether a user's value is an open file, a stream or an entry of an archive (``zipfile.Path``)."""
    if isinstance(value, (str, bytes, os.PathLike, type)):
        return False
    return callable(getattr(value, "read", None)) or callable(getattr(value, "read_bytes", None))


def is_missing(value: Any) -> bool:
    """Tell whether a user's value stands for no clip at all: None, NaN or pandas' NA."""
    if value is None:
        return True
    if isinstance(value, Real):
        return math.isnan(value)
    return type(value).__name__ in ("NAType", "NaTType")


def is_hugging_face_clip(value: Any) -> bool:
    """Tell whether a user's value is a clip as Hugging Face's datasets give it."""
    return isinstance(value, Mapping) and any(keys <= value.keys() for keys in _DESCRIPTIONS)


def _of_path(path: str | os.PathLike[str]) -> Clip:
    if isinstance(path, str) and _URL.match(path) and not os.path.exists(path):
        return UnreadableClip(
            f"{path!r} is an address, not a file; download it, or pass its bytes: urllib.request.urlopen(url).read()"
        )
    return PathClip(path)


def _of_mapping(value: Mapping[Any, Any]) -> Clip:
    if "array" in value and is_rate(value.get("sampling_rate")):
        return as_clip((value["array"], value["sampling_rate"]))
    if is_hugging_face_clip(value) and "array" not in value:
        return as_clip(value["path"] if value["bytes"] is None else value["bytes"])
    return UnreadableClip(
        f"the clip is a {type(value).__name__} of {', '.join(map(repr, value))}; pass the one value that is the clip, "
        "or a pair (waveform, rate)"
    )


def _of_list(value: list[Any]) -> Clip:
    if value and isinstance(value[0], (str, os.PathLike)):
        return UnreadableClip("the clip is a list; a segment is a tuple: pass (path, offset, duration)")
    if len(value) == 2 and _has_an_axis(value[0]) and not _has_an_axis(value[1]):
        return UnreadableClip("the clip is a list [waveform, rate]; a pair is a tuple: pass (waveform, rate)")
    return WaveformClip(value)


def _has_an_axis(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or bool(getattr(value, "ndim", 0))
