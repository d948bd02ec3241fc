"""The file of annotations: a CSV that only grows, and may end within a line where a machine stopped."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from skaudio.exceptions import DatasetError

try:
    import fcntl
except ModuleNotFoundError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

VERDICTS = ("positive", "negative", "unsure", "withdrawn")
"""What can be said of a sound and a class; the last takes back what was said before."""

COLUMNS = ("at", "who", "path", "start", "end", "label", "verdict")


def append_lines(path: str, lines: Sequence[Sequence[str]]) -> None:
    """Add lines to the file, all of them or none; they are on the disk when this returns.

    Raises
    ------
    DatasetError
        If the file is no such log.
    OSError
        If it cannot be written: it is then as it was.
    """
    with _locked(path) as file:
        whole, rest = _parts(path, file.read())
        head = [] if whole else [COLUMNS]
        end = b"\n" if rest and _is_line(rest) else b""
        if rest and not end:
            rest = b""
        file.seek(len(whole) + len(rest))
        try:
            file.truncate()
            file.write(end + _as_csv([*head, *lines]))
            file.flush()
            os.fsync(file.fileno())
        except OSError:  # a full disk
            with suppress(OSError):
                file.seek(len(whole) + len(rest))
                file.truncate()
            raise


def read_lines(path: str) -> list[list[str]]:
    """Return the lines of the file behind its heading, none where there is no file.

    Raises
    ------
    DatasetError
        If the file is no such log.
    """
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        whole, rest = _parts(path, file.read())
    lines = _from_csv(whole + (rest if rest and _is_line(rest) else b""))[1:]
    for number, line in enumerate(lines, start=2):
        if not _is_annotation(line):
            raise DatasetError(f"{path!r}: row {number} is no annotation: {','.join(line)!r}")
    return lines


@contextmanager
def _locked(path: str) -> Iterator[Any]:
    """Open the file to read and write, while no other process does."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o644), "r+b") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _parts(path: str, content: bytes) -> tuple[bytes, bytes]:
    """Return the file up to its last whole line, and the line after it that was being written."""
    head = _as_csv([COLUMNS])
    if head.startswith(content):  # empty, or stopped within its first line
        return b"", b""
    end = content.rfind(b"\n") + 1
    while end and content.count(b'"', 0, end) % 2:  # the line ends within a name
        end = content.rfind(b"\n", 0, end - 1) + 1
    first = next(iter(_from_csv(content[:end])), [])
    if tuple(first) != COLUMNS:
        first = first or _from_csv(content[:200])[0]
        raise DatasetError(
            f"{path!r} is no log of annotations: its columns are {', '.join(first)[:200]}, and "
            f"{', '.join(COLUMNS)} are expected"
        )
    return content[:end], content[end:]


def _as_csv(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _from_csv(content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8", "surrogateescape"), newline="")))
    except csv.Error as error:
        return [[f"{error}"]]


def _is_annotation(line: list[str]) -> bool:
    if len(line) != len(COLUMNS) or line[-1] not in VERDICTS:
        return False
    try:
        for name in ("start", "end"):
            float(line[COLUMNS.index(name)] or 0)
    except ValueError:
        return False
    return True


def _is_line(content: bytes) -> bool:
    """Tell whether text without a line break is a whole annotation: editors may leave the last line so."""
    lines = _from_csv(content)
    return content.count(b'"') % 2 == 0 and len(lines) == 1 and _is_annotation(lines[0])
