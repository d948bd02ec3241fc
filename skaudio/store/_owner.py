"""Owners of claims: an owner counts as alive as long as it holds the lock on its file."""

from __future__ import annotations

import os
import re
from contextlib import suppress

try:
    import fcntl
except ModuleNotFoundError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

HAS_FLOCK = fcntl is not None
OWNERS_SUFFIX = "-owners"
"""What the name of the folder beside a store ends in."""
_OWNER = re.compile(r"\d+-[0-9a-f]{16}")


class Owner:
    """A name that counts as alive as long as this process holds the lock on its file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        while True:
            self.name = f"{os.getpid()}-{os.urandom(8).hex()}"
            self._path = os.path.join(folder, self.name)
            _make(folder)
            try:
                _remove_dead_owners(folder)
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            except FileNotFoundError:  # the last of the others took the folder away
                continue
            # flock and not lockf: its locks belong to the open file, so threads of one process are told apart.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if os.fstat(self._descriptor).st_nlink:  # nobody swept it away before it was locked
                _descriptors.add(self._descriptor)
                return
            os.close(self._descriptor)

    def release(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        _descriptors.discard(self._descriptor)
        with suppress(OSError):  # closed by a fork
            os.close(self._descriptor)
        with suppress(OSError):  # others are at work
            os.rmdir(self._folder)


_descriptors: set[int] = set()  # of the owners in this process


def _forget_owners() -> None:
    """Let a forked child not keep its parent's claims alive."""
    while _descriptors:
        os.close(_descriptors.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_owners)


def is_alive(folder: str, owner: str) -> bool:
    """Tell whether an owner holds its lock; an owner whose file this process may not open counts as gone.

    A clip may be extracted twice then, which is better than waiting for ever.
    """
    try:
        descriptor = os.open(os.path.join(folder, owner), os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _make(folder: str) -> None:
    """Make the folder of owners, with the store's rights, so that whoever may write the store may claim in it."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        return
    with suppress(OSError):
        mode = os.stat(folder.removesuffix(OWNERS_SUFFIX)).st_mode & 0o666
        os.chmod(folder, mode | (mode & 0o444) >> 2)


def _remove_dead_owners(folder: str) -> None:
    """Remove the files of owners that were killed."""
    for name in os.listdir(folder):
        if _OWNER.fullmatch(name) and not is_alive(folder, name):
            with suppress(FileNotFoundError, PermissionError):
                os.unlink(os.path.join(folder, name))
