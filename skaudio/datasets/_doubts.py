"""Folders whose classes would be a guess: the parent of a dataset, several datasets, tables beside the sounds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np

from skaudio.datasets._esc50 import ESC50_TABLE
from skaudio.datasets._reading import TABLE_ENDINGS, read_first_rows
from skaudio.datasets._urbansound8k import URBANSOUND8K_TABLES
from skaudio.exceptions import DatasetError

_KNOWN_TABLES = (*URBANSOUND8K_TABLES, ESC50_TABLE)
_TOP = "pattern='{label}/{rest:.+}'"
_SECOND = "pattern='{dataset}/{label}/{rest:.+}'"
_BOTH = "pattern='{label}/{group}/{rest:.+}'"


def refuse_doubtful_folders(
    root: str, paths: Sequence[str], labels: Sequence[str], below: Sequence[Sequence[str]], *, folds: bool
) -> None:
    """Raise DatasetError where it is doubtful that the folders below `root` are the classes.

    Parameters
    ----------
    root : str
        The folder.
    paths : sequence of str
        The sounds below it.
    labels : sequence of str
        For each sound the folder that would be its class.
    below : sequence of sequences of str
        For each sound the folders between the folder of its class and the sound.
    folds : bool
        Whether folders of folds were found; then it is clear which of the other folders are the classes.
    """
    classes = sorted(set(labels))
    for folder in (root, *(os.path.join(root, name) for name in classes)):
        known = next((table for table in _KNOWN_TABLES if os.path.isfile(os.path.join(folder, table))), None)
        if known is not None:
            raise DatasetError(
                f"{folder!r} is a dataset of its own, with the table {known!r}: load {folder!r}. To take the folders "
                f"of {root!r} as classes all the same, say so by {_TOP}"
            )
    _refuse_a_table(root, paths, labels)
    if len(classes) == 1:
        raise DatasetError(_one_class(root, paths, classes[0], below))
    subfolders: dict[str, set[str]] = {}
    for label, folders in zip(labels, below):
        subfolders.setdefault(label, set()).add(folders[0] if folders else "")
    if folds or any("" in names for names in subfolders.values()):
        return
    _refuse_equal_folders(root, subfolders)
    if all(len(names) > 1 for names in subfolders.values()):
        first = classes[0]
        raise DatasetError(
            f"each of the folders {_first_names(classes)} of {root!r} holds folders of its own, as {first!r} holds "
            f"{_first_names(sorted(subfolders[first]))}: which of them are the classes is not to be told. Say so by "
            f"{_TOP} (the first ones), {_SECOND} (the second ones), or {_BOTH} (the first ones, and each second one a "
            "group of clips that belong together, such as a speaker's)"
        )


def _one_class(root: str, paths: Sequence[str], label: str, below: Sequence[Sequence[str]]) -> str:
    inner = sorted({folders[0] for folders in below if folders})
    folder = os.path.join(root, label)
    if inner:
        meant = f"were the folders {_first_names(inner)} meant? Then load {folder!r}"
    else:
        name = os.path.splitext(os.path.basename(paths[0]))[0]
        meant = (
            f"if the names of the files tell the classes, as {name!r} may, say how by a pattern, such as "
            "pattern='{label}_{group}_{n}'; if a table does, load the table"
        )
    return (
        f"all {len(paths)} sounds of {root!r} lie in one folder, {label!r}, which would be the only class: {meant}. "
        f"To have that one class, say so by {_TOP}"
    )


def _refuse_equal_folders(root: str, subfolders: dict[str, set[str]]) -> None:
    """Raise DatasetError where folders of the same names lie below each of the topmost ones, as in a split."""
    first, *others = subfolders.values()
    if others and len(first) > 1 and all(other == first for other in others):
        raise DatasetError(
            f"{root!r}: below each of the folders {', '.join(sorted(subfolders))} lie folders of the same names, "
            f"{', '.join(sorted(first))}. If those are the classes, and the others parts of a split, call the others "
            "fold1, fold2 and so on; if it is the other way round, list the clips in a table for load_audio_table"
        )


def _refuse_a_table(root: str, paths: Sequence[str], labels: Sequence[str]) -> None:
    """Raise DatasetError where a table lists the sounds, and has no column that says of them what the folders do."""
    known = {name: label for path, label in zip(paths, labels) for name in _names_of(path)}
    for table in _tables(root):
        try:
            rows = read_first_rows(table)
        except DatasetError:
            continue  # whatever it is, no command is going to read it
        for column in rows:
            listed = [known.get(os.path.basename(str(value).replace("\\", "/"))) for value in rows[column]]
            found = [label for label in listed if label is not None]
            if not found or len(found) < len(rows) / 2:
                continue
            same = np.asarray([label is not None for label in listed])
            if any((rows.loc[same, other].astype(str) == found).all() for other in rows if other != column):
                break  # of this table: it agrees with the folders
            raise DatasetError(
                f"{table!r} lists the sounds of {root!r} in its column {column!r}, and says something else of them "
                f"than the names of their folders. Load that table; or, if the folders are the classes, say so by "
                f"{_TOP}"
            )


def _tables(root: str) -> Iterator[str]:
    """Yield the tables in a folder and in those right below it."""
    for folder in (root, *sorted(entry.path for entry in os.scandir(root) if entry.is_dir() and entry.name[0] != ".")):
        for name in sorted(os.listdir(folder)):
            if name.lower().endswith(TABLE_ENDINGS) and not name.startswith("."):
                yield os.path.join(folder, name)


def _names_of(path: str) -> Iterator[str]:
    """Yield what a table may call a file; a number alone may be anything."""
    name = os.path.basename(path)
    yield name
    stem = os.path.splitext(name)[0]
    if not stem.isdecimal():
        yield stem


def _first_names(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
