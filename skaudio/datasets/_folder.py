"""`load_audio_folder`: sounds sorted into a folder for each class."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio.datasets._bunch import folder_of, make_dataset
from skaudio.exceptions import DatasetError, warn_user

# What people save sound in, decoded here or not: a clip that cannot be read is named, one that is skipped is lost.
_SUFFIXES = (
    *(".wav", ".wave", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".flac", ".ogg", ".oga"),
    *(".opus", ".mp3", ".m4a", ".mp4", ".aac", ".wma", ".webm"),
)
_FOLD = re.compile(r"fold[ _-]?(\d+)", re.IGNORECASE)

_DESCRIPTION = """The sounds below {root!r}: the class of a clip is the name of its folder."""


def load_audio_folder(root: Any) -> Bunch:
    """Load a folder that holds a folder of sounds for each class.

    Parameters
    ----------
    root : str or PathLike
        ``root/dog/bark.wav`` is a clip of the class ``dog``, and so is what lies deeper below ``root/dog``. Where
        folders are called ``fold1``, ``fold2`` and so on, either right below `root` or right below each class, they
        are the folds. Hidden files and files without a sound file's ending are skipped.

    Returns
    -------
    Bunch
        ``data`` (paths, in natural order: ``2.wav`` before ``10.wav``), ``target`` (class names), ``target_names``,
        ``folds`` (or None), ``groups`` (None: a folder does not say which clips are of one recording), ``metadata``,
        ``cv`` and ``DESCR``. Without folds, ``cv`` holds up to five that are stratified by class, and a
        `LeakageWarning` says what that cannot know.

    Raises
    ------
    DatasetError
        If there is no such folder, no sounds are in it, or they do not lie in folders of classes.

    Examples
    --------
    >>> from skaudio.datasets import load_audio_folder
    >>> dataset = load_audio_folder("sounds")  # doctest: +SKIP
    """
    root = folder_of(root)
    rows, without = [], []
    top = _folders(root)
    folds_on_top = bool(top) and all(_FOLD.fullmatch(name) for name in top)
    for name in top:
        inner = _folders(os.path.join(root, name))
        folds_inside = bool(inner) and all(_FOLD.fullmatch(name) for name in inner)
        # The folders of clips below this one, each with its class and fold.
        parts: list[tuple[str, str, int | None]]
        if folds_on_top:
            parts = [(os.path.join(name, label), label, _fold_number(name)) for label in inner]
        elif folds_inside:
            parts = [(os.path.join(name, fold), name, _fold_number(fold)) for fold in inner]
        else:
            parts = [(name, name, None)]
        for folder, label, fold in parts:
            paths = list(sound_files(os.path.join(root, folder)))
            rows += [(path, label, fold) for path in paths]
            if not paths:
                without.append(folder)
    if not rows:
        found = "its sounds lie in no folder of a class" if any(sound_files(root)) else "there are no sound files in it"
        raise DatasetError(f"{root!r} is no folder of classes: {found}; root/CLASS/SOUND.wav is expected")
    if without:
        warn_user(f"{len(without)} folders of {root!r} hold no sound files and are no classes: {', '.join(without)}")
    table = pd.DataFrame(rows, columns=["path", "label", "fold"])
    n_folds = table["fold"].notna().sum()
    if 0 < n_folds < len(table):
        lost = table["path"][table["fold"].isna()].iloc[0]
        raise DatasetError(
            f"some classes of {root!r} have folders of folds and others have not: {lost!r} is in no fold"
        )
    return make_dataset(
        table.astype({"fold": int}) if n_folds else table.drop(columns="fold"),
        label="label",
        fold="fold" if n_folds else None,
        source=root,
        missing="raise",
        description=_DESCRIPTION.format(root=root),
    )


def sound_files(folder: str) -> Iterator[str]:
    """Yield the sound files below `folder` in natural order; hidden ones and other endings are skipped."""
    for name in sorted(os.listdir(folder), key=natural_order):
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if os.path.isdir(path):
            yield from sound_files(path)
        elif os.path.splitext(name)[1].lower() in _SUFFIXES:
            yield path


def natural_order(name: str) -> list[Any]:
    """Return a sort key that takes digits for numbers: ``2.wav`` before ``10.wav``."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)] + [name]


def _folders(path: str) -> list[str]:
    names = [name for name in os.listdir(path) if not name.startswith(".") and os.path.isdir(os.path.join(path, name))]
    return sorted(names, key=natural_order)


def _fold_number(name: str) -> int:
    match = _FOLD.fullmatch(name)
    assert match is not None  # the caller saw to it
    return int(match[1])
