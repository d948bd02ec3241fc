"""Text of strangers, such as names of classes and files, made safe to show."""

from __future__ import annotations

import re

# Characters that move the cursor, change colours or turn the direction of writing; and halves of characters, by which
# Python stands for bytes that are no text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_unsafe(text: object) -> str:
    """Return text with an escape code for each character that a terminal would obey, or that no file can hold.

    Examples
    --------
    >>> escape_unsafe("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    return _UNSAFE.sub(_code, str(text))


def _code(match: re.Match[str]) -> str:
    number = ord(match[0])
    if 0xDC80 <= number <= 0xDCFF:  # a byte of a name that is no UTF-8
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
