"""Sound files and their bytes, opened: by the first decoder that knows what they are.

A path and the bytes of its file are read alike: what a file is, its content tells, and its name does not.

Whoever wants to know which clips are decoded can listen: each one raises Python's audit event ``skaudio.decode`` with
its path, or None where it comes from memory (``sys.addaudithook``).
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from skaudio.audio._av import open_container
from skaudio.audio._content import Content
from skaudio.audio._flac import flac_streams
from skaudio.audio._formats import after_tags, container_of, is_bare_gsm, what_it_is_instead
from skaudio.audio._joined import JoinedSound
from skaudio.audio._libsndfile import DecodedSound, open_with_libsndfile
from skaudio.audio._mpeg import MAX_JUNK, MpegSound, mpeg_streams
from skaudio.audio._ogg import flac_in_ogg, ogg_streams
from skaudio.audio._refusal import refusal
from skaudio.audio._sound import Sound
from skaudio.audio._wav import parse_plain_wav, wav_streams

_SMALL = 1 << 20  # bytes


@contextmanager
def open_path(path: str | os.PathLike[str]) -> Iterator[Sound]:
    """Open a file by its descriptor.

    A name tells the decoder nothing it can trust: libsndfile takes any content named ``.au`` or ``.vox`` for samples
    without a header, soundfile cannot encode names that are not UTF-8.
    """
    sys.audit("skaudio.decode", path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ValueError(f"it is {kind}, not a sound file")
        content = Content(descriptor, status.st_size)
        with ExitStack() as stack:
            yield _plain_wav(content) or _decoded(content, stack)
    finally:
        os.close(descriptor)


@contextmanager
def open_bytes(content: bytes) -> Iterator[Sound]:
    """Open the content of a file."""
    sys.audit("skaudio.decode", None)
    held = Content(content, len(content))
    with ExitStack() as stack:
        yield parse_plain_wav(held) or _decoded(held, stack)


def _plain_wav(content: Content) -> Sound | None:
    # A small file at once: each call of the system lets go of Python's lock, which other threads are waiting for.
    if content.size <= _SMALL:
        content = Content(content.read(0, content.size), content.size)
    return parse_plain_wav(content)


def _decoded(content: Content, stack: ExitStack) -> Sound:
    """Open a content by whatever decoder reads it; `stack` closes it again."""
    import soundfile

    streams = mpeg_streams(content)
    if streams:
        return MpegSound(content, streams)
    # Other sounds than MPEG's have their tags elsewhere, and decoders lose the bytes of one in front.
    whole, content = content, content.part(after_tags(content, 0), content.size)
    form: dict[str, Any] = {}
    if is_bare_gsm(content):
        form = {"format": "RAW", "subtype": "GSM610", "samplerate": 8000, "channels": 1}
    several = _streams(content)
    if several:
        return JoinedSound(several)
    try:
        file = open_with_libsndfile(content.file(), **form)
    except soundfile.LibsndfileError as error:
        container = container_of(content)
        if container is not None:
            return stack.enter_context(open_container(content, container))
        if not what_it_is_instead(content):
            streams = mpeg_streams(whole, max_junk=MAX_JUNK)
            if streams:
                return MpegSound(whole, streams)
        if whole.size and not content.size:
            raise ValueError("it holds a tag (ID3, APE), and no sound after it") from error
        raise ValueError(refusal(content, error.error_string)) from error
    return DecodedSound(stack.enter_context(file))


def _streams(content: Content) -> list[tuple[Content, str]]:
    """Return the streams of a content that the decoder would not read to its end by itself; else none."""
    in_pages = flac_in_ogg(content)
    if in_pages:
        parts = [(flac_streams(native) or [(native, "")], said) for native, said in in_pages]
        return [(part, said or other) for several, said in parts for part, other in several]
    streams = flac_streams(content) or [(part, "") for part in ogg_streams(content) or wav_streams(content)]
    return streams if len(streams) > 1 or any(said for _, said in streams) else []
