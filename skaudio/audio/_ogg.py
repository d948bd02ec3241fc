"""Ogg streams one after another in a file, as stations and joined files have them; libsndfile reads the first one."""

from __future__ import annotations

from skaudio.audio._content import Content

_PAGE = b"OggS\x00"
_BEGINS = 2  # the bit of the first page of a stream
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
