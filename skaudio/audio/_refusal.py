"""Why a content cannot be read, in words that say what the file is: libsndfile's own often do not."""

from __future__ import annotations

import re

from skaudio.audio._content import Content
from skaudio.audio._formats import wav_encoding, what_it_is_instead

_STARTS = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "RF64",
    b"riff": "W64",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"dns.": "AU",
    b"caff": "CAF",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"Crea": "VOC",
    b"NIST": "NIST SPHERE",
}
_VAGUE = (  # of libsndfile's sentences
    *("not recognised", "regular file", "SF_INFO", "Unspecified internal error", "file is malformed"),
    "unknown error in",
)
_KNOWN_WAV_ENCODINGS = (1, 2, 3, 6, 7, 0x11, 0x31, 0x38, 0x40)  # the encodings of WAV that libsndfile knows
_SHOWN = 16  # bytes


def refusal(content: Content, said: str) -> str:
    """Return why a content is refused.

    Parameters
    ----------
    content : Content
        Without the tags in front of it.
    said : str
        libsndfile's own words.
    """
    known = what_it_is_instead(content)
    if known:
        return known
    head = content.read(0, 512)
    kind = _STARTS.get(head[:4])
    said = re.sub(r"^Error( in [\w/ ]+ file)? ?[.:,] ", "", said).rstrip(".")
    if kind is not None:
        number = wav_encoding(head) if head[:4] == b"RIFF" and head[12:16] == b"fmt " else None
        if number is not None and number not in _KNOWN_WAV_ENCODINGS:
            return f"it is WAV in an encoding that is not read here, number 0x{number:04X}"
        if "unimplemented" in said or "unsupported" in said:
            return f"it is {kind} in an encoding that is not read here"
        return f"it starts as {kind} does, and is damaged" + ("" if any(v in said for v in _VAGUE) else f": {said}")
    if "regular file" in said:  # libsndfile's word for MPEG audio that it cannot read
        return "it starts as MPEG audio does, and holds no frames that can be decoded"
    if not any(vague in said for vague in _VAGUE):
        return said
    if _is_text(head):
        return f"it is text, not sound: it starts with {head[: 2 * _SHOWN].decode(errors='ignore')!r}"
    return f"it is in no sound format that is known here; it starts with the bytes {head[:_SHOWN].hex(' ')}"


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are text in UTF-8, apart from a character that is cut at the end."""
    try:
        text = head.decode(errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return all(each.isprintable() or each.isspace() for each in text)
