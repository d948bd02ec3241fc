"""FLAC whose header tells another length than its frames, and FLAC files that were joined.

libsndfile stops after as many samples as the header tells. Recorders that were cut off, editors and joined files leave
another number there; the last frame of a stream tells the true one (RFC 9639).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from skaudio.audio._content import Content

_MARK = b"fLaC"
_INFO = (b"\x00\x00\x00\x22", b"\x80\x00\x00\x22")  # the header of the first block, which is of 34 bytes
_INFO_AT = 8  # bytes from the mark on
_TOTAL_AT = _INFO_AT + 13  # where the 36 bits of the number of samples begin, in the middle of a byte
_TAIL = 1 << 17  # bytes at the end in which the last frame begins: 4096 samples of 24 bits in 8 channels are 98,304
_MOST_TRIED = 16  # of what looks like a frame there
_BLOCK = 1 << 24  # bytes that are looked through at a time
_FIXED_SIZES = {1: 192, **{k: 576 << (k - 2) for k in range(2, 6)}, **{k: 256 << (k - 8) for k in range(8, 16)}}


def flac_streams(content: Content) -> list[tuple[Content, str]]:
    """Return the streams in a content, each with its true number of samples, and what is to be said of its header.

    There are none where the content is no FLAC.
    """
    if content.read(0, 4) != _MARK or content.read(4, 4) not in _INFO:
        return []
    starts = [0, *_later_marks(content)]
    streams = []
    for start, end in zip(starts, [*starts[1:], content.size]):
        part = content.part(start, end)
        found, total = _true_total(part), _total_of(part)
        if found is None or not total or found == total:
            streams.append((part, ""))
        else:
            said = f"its header tells of {total} samples, and {found} are there"
            streams.append((_with_total(part, found), said))
    return streams


def _later_marks(content: Content) -> Iterator[int]:
    """Yield where other streams begin."""
    for begin in range(0, content.size, _BLOCK):
        window = content.read(begin, _BLOCK + _INFO_AT - 1)
        at = window.find(_MARK, 0 if begin else 1)
        while at >= 0:
            if window[at + 4 : at + 8] in _INFO:
                yield begin + at
            at = window.find(_MARK, at + 1)


def _total_of(content: Content) -> int:
    """Return the number of samples that the header tells; 0 where it was not known."""
    return int.from_bytes(content.read(_TOTAL_AT, 5), "big") & ((1 << 36) - 1)


def _with_total(content: Content, total: int) -> Content:
    """Return the content with another number of samples in its header."""
    whole = bytearray(content.read(0, content.size))
    high = whole[_TOTAL_AT] & 0xF0
    whole[_TOTAL_AT : _TOTAL_AT + 5] = ((high << 32) | total).to_bytes(5, "big")
    return Content(bytes(whole), len(whole))


def _true_total(content: Content) -> int | None:
    """Return where the last frame ends, in samples; None where none is found that ends with the content."""
    total = _total_of(content)
    block_size = int.from_bytes(content.read(_INFO_AT + 2, 2), "big")  # of all frames, where they are of one size
    begin = max(_INFO_AT, content.size - _TAIL)
    tail = content.read(begin, _TAIL)
    end = len(tail) - (128 if tail[-128:-125] == b"TAG" else 0)
    at, n_tried = tail.rfind(b"\xff", 0, end), 0
    while at >= 0 and n_tried < _MOST_TRIED:
        stop = _end_of_frame(tail[at : at + 20], block_size)
        if stop is not None:
            # One that fits the header is believed at once; another one must be whole.
            if stop == total or _crc16(tail[at : end - 2]) == tail[end - 2 : end]:
                return stop
            n_tried += 1
        at = tail.rfind(b"\xff", 0, at)
    return None


def _end_of_frame(head: bytes, block_size: int) -> int | None:
    """Return the sample at which a frame ends, by the bytes that it starts with; None where they start none."""
    if len(head) < 6 or head[1] not in (0xF8, 0xF9) or head[3] & 1 or head[2] >> 4 == 0 or head[2] & 15 == 15:
        return None
    first, position = _coded_number(head, 4)
    if first is None:
        return None
    size_code, rate_code = head[2] >> 4, head[2] & 15
    n_size = {6: 1, 7: 2}.get(size_code, 0)
    size = _FIXED_SIZES.get(size_code) or 1 + int.from_bytes(head[position : position + n_size], "big")
    position += n_size + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if position >= len(head) or _crc8(head[:position]) != head[position]:
        return None
    return (first * block_size if head[1] == 0xF8 else first) + size


def _coded_number(head: bytes, position: int) -> tuple[int | None, int]:
    """Return a number coded as UTF-8 codes characters, and where it ends."""
    lead = head[position]
    if lead < 0x80:
        return lead, position + 1
    n_more = next((k for k in range(1, 7) if not lead & (0x40 >> k)), 0)
    rest = head[position + 1 : position + 1 + n_more]
    if lead < 0xC0 or lead == 0xFF or len(rest) < n_more or any(byte >> 6 != 2 for byte in rest):
        return None, position
    number = lead & (0x3F >> n_more)
    for byte in rest:
        number = number << 6 | byte & 0x3F
    return number, position + 1 + n_more


@cache
def _crc_table(polynomial: int, bits: int) -> list[int]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    table = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return table


def _crc8(data: bytes) -> int:
    table, value = _crc_table(0x07, 8), 0
    for byte in data:
        value = table[value ^ byte]
    return value


def _crc16(data: bytes) -> bytes:
    table, value = _crc_table(0x8005, 16), 0
    for byte in data:
        value = (value << 8 & 0xFF00) ^ table[value >> 8 ^ byte]
    return value.to_bytes(2, "big")
