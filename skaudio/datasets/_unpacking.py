"""Archives unpacked within limits: what a download holds is not trusted to be what it should."""

from __future__ import annotations

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from skaudio.exceptions import DatasetError

MOST_FILES = 100_000
MOST_BYTES = 50_000_000_000  # unpacked; UrbanSound8K has 6.6 GB
_UNIX = 3  # the system of a zip's member whose attributes tell what kind of file it is


def unpack(path: str, folder: str, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
    """Unpack an archive, zip or tar, of files and folders alone.

    Parameters
    ----------
    path : str
        The archive.
    folder : str
        Where to put what is in it.
    most_files, most_bytes : int
        How many members it may have, and how large they may be together.

    Raises
    ------
    DatasetError
        If it holds more, a link, a device, or a member whose place is outside of the folder, or is cut or damaged.
    """
    n_files = n_bytes = 0
    try:
        for name, size, is_plain, extract in _members(path, folder):
            n_files, n_bytes = n_files + 1, n_bytes + size
            if not is_plain:
                raise DatasetError(f"{path!r} holds {name!r}, a link or a device; files and folders are expected")
            if n_files > most_files or n_bytes > most_bytes:
                most = f"{most_files} files, or {most_bytes / 1e9:g} GB"
                raise DatasetError(f"{path!r} holds more than {most}; it is not what it should be")
            extract()
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise DatasetError(f"{path!r} cannot be unpacked: {error}") from error


def _members(path: str, folder: str) -> Iterator[tuple[str, int, bool, Callable[[], object]]]:
    """Yield of each member its name, its size, whether it is a file or a folder, and how to unpack it."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            for info in zipped.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
                if info.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", info.filename):
                    raise DatasetError(f"{path!r} holds {info.filename!r}, which is outside of its folder")
                # No more than this size is unpacked, whatever follows.
                is_plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
                yield info.filename, info.file_size, is_plain, partial(zipped.extract, info, folder)
    else:
        with tarfile.open(path) as tarred:
            for member in tarred:
                extract = partial(tarred.extract, member, folder, filter="data")
                yield member.name, member.size, member.isreg() or member.isdir(), extract
