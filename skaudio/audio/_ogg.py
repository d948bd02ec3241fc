"""Ogg streams one after another in a file, as stations and joined files have them; libsndfile reads the first one.

FLAC in Ogg is taken out of its pages, since libsndfile refuses what most programs write: a stream whose first page
does not tell how long it is (RFC 9639, section 10.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from skaudio.audio._content import Content
from skaudio.audio._formats import after_tags

_PAGE = b"OggS\x00"
_BEGINS, _ENDS = 2, 4  # the bits of the first and the last page of a stream
_SERIAL_AT = 14
_AFTER_SHORT_PAGE = 28  # where the body of a page begins that holds one short packet
_FLAC = b"\x7fFLAC\x01"
_FLAC_AT = 9  # bytes of the first packet, before what stands at the start of a FLAC file
_BLOCK = 1 << 24  # bytes that are looked through at a time


def ogg_streams(content: Content) -> list[Content]:
    """Return the links of a chain of streams; none where the content is no Ogg.

    Streams that begin together, at one place, are of one link: sound and its video, or its subtitles.
    """
    if content.read(0, 5) != _PAGE:
        return []
    starts = [0]
    head = _after_first_pages(content, 0)
    for begin in range(0, content.size, _BLOCK):
        window = content.read(begin, _BLOCK + 5)
        at = window.find(_PAGE, max(0, head - begin))
        while at >= 0:
            position = begin + at
            begins = len(window) > at + 5 and window[at + 5] & _BEGINS
            if position >= head and begins and _is_page(content, position):
                starts.append(position)
                head = _after_first_pages(content, position)
            at = window.find(_PAGE, at + 1)
    return [content.part(start, end) for start, end in zip(starts, [*starts[1:], content.size])]


def flac_in_ogg(content: Content) -> list[tuple[Content, str]]:
    """Return the FLAC streams of a chain as FLAC files have them, each with what is to be said of its pages.

    Raises
    ------
    ValueError
        If something else stands among the pages, or a link is of another encoding.
    """
    if content.read(_AFTER_SHORT_PAGE, len(_FLAC)) != _FLAC:
        return []
    streams = []
    for link in ogg_streams(content):
        if link.read(_AFTER_SHORT_PAGE, len(_FLAC)) != _FLAC:
            raise ValueError("it is Ogg streams joined, of FLAC and of another encoding; split it")
        serial = link.read(_SERIAL_AT, 4)
        pages = [(flags, body) for number, flags, body in _pages(link) if number == serial]
        native = b"".join(body for _, body in pages)[_FLAC_AT:]
        said = "" if pages[-1][0] & _ENDS else "its last page is missing"
        streams.append((Content(native, len(native)), said))
    return streams


def _pages(content: Content) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield the stream, the flags and the body of each page."""
    position = 0
    while position < content.size:
        header = content.read(position, 27)
        size = _size_of_page(content, position)
        body = position + 27 + header[26] if len(header) == 27 else content.size
        if header[:5] != _PAGE or len(header) < 27 or position + size > content.size:
            raise ValueError(f"its Ogg pages end at byte {position} of {content.size}; it is cut, or damaged there")
        yield header[_SERIAL_AT : _SERIAL_AT + 4], header[5], content.read(body, position + size - body)
        position = after_tags(content, position + size)


def _after_first_pages(content: Content, position: int) -> int:
    """Return where the pages end that begin streams, from a position on."""
    while True:
        header = content.read(position, 27)
        if len(header) < 27 or header[:5] != _PAGE or not header[5] & _BEGINS:
            return position
        position += _size_of_page(content, position)


def _is_page(content: Content, position: int) -> bool:
    """Tell whether another page, or the end, comes where a page ends: the mark may stand in the sound by chance."""
    after = position + _size_of_page(content, position)
    return after == content.size or content.read(after, 5) == _PAGE


def _size_of_page(content: Content, position: int) -> int:
    n_segments = content.read(position + 26, 1)[:1]
    table = content.read(position + 27, n_segments[0]) if n_segments else b""
    return 27 + len(table) + sum(table)
