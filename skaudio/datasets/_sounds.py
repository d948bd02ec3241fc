"""Which files are sounds, by the endings of their names."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

ENDINGS = (
    *(".wav", ".wave", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".flac", ".ogg", ".oga"),
    *(".opus", ".mp3", ".mp2", ".m4a", ".m4b", ".mp4", ".3gp", ".aac", ".wma", ".webm", ".weba", ".mka", ".amr"),
    *(".gsm", ".ac3", ".eac3", ".ape", ".wv", ".tta", ".mpc", ".dsf"),
)
"""Endings of sound files, decoded here or not: an unreadable clip is reported, and a skipped one would go unnoticed."""


def find_sounds(root: Any, *, any_name: bool = False) -> list[str]:
    """List the files below a folder whose names end as sound files' do, decoded here or not.

    Parameters
    ----------
    root : str or PathLike
        The folder. Links to folders are followed. Hidden files and folders, whose names begin with a dot, are left out.
    any_name : bool, default=False
        Whether to list files with other endings as well, or none, unless the ending is known to be of something else:
        a text, a table, an image.

    Returns
    -------
    list of str
        Paths that begin with `root`, in natural order: ``2.wav`` before ``10.wav``.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import find_sounds, make_urban_sounds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(folder, n_per_class=2)
    ...     len(find_sounds(folder))
    20
    """
    return list(sound_files(os.fspath(root), _may_be_sound if any_name else is_sound))


def is_sound(path: Any) -> bool:
    """Tell whether a file's name ends as sound files' do."""
    return os.path.splitext(os.fspath(path))[1].lower() in ENDINGS


def _may_be_sound(name: str) -> bool:
    kind, _ = mimetypes.guess_type(name)
    return is_sound(name) or kind is None or kind.startswith(("audio/", "video/"))


def sound_files(
    folder: str, is_wanted: Callable[[str], bool] = is_sound, seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the sound files below `folder` in natural order; hidden ones and other endings are skipped."""
    seen = seen | {os.path.realpath(folder)}
    for name in sorted(os.listdir(folder), key=natural_order):
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if os.path.isdir(path):
            if os.path.realpath(path) not in seen:  # a link that leads back would never end
                yield from sound_files(path, is_wanted, seen)
        elif is_wanted(name):
            yield path


def natural_order(name: str) -> tuple[list[Any], str]:
    """Return a sort key that takes digits for numbers: ``2.wav`` before ``10.wav``."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


@contextmanager
def pandas_text_as_python(paths: Iterable[str]) -> Iterator[None]:
    """Make pandas keep text as Python strings where a path is no valid UTF-8, which Arrow's strings cannot hold."""
    try:
        for path in paths:
            path.encode()
    except UnicodeEncodeError:
        with pd.option_context("mode.string_storage", "python"):
            yield
    else:
        yield
