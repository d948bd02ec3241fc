"""`load_audio_folder`: sounds sorted into a folder for each class."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skaudio._docstrings import fill_docstring
from skaudio.datasets._bunch import folder_of, make_dataset
from skaudio.datasets._doubts import refuse_doubtful_folders
from skaudio.datasets._grouping import GROUPING, Grouping, make_grouping
from skaudio.datasets._pattern import fields_of
from skaudio.datasets._repeats import refuse_two_labels
from skaudio.datasets._sounds import natural_order, pandas_text_as_python, sound_files
from skaudio.exceptions import DatasetError, warn_user

_FOLD = re.compile(r"fold[ _-]?(\d+)", re.IGNORECASE)
# Names that the parts of a split have, and the folds that they are taken as.
_SPLITS = {
    **dict.fromkeys(("train", "training"), 1),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), 2),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "holdout"), 3),
}

_DESCRIPTION = """The sounds below {root!r}: the class of a clip is the name of its folder, or stands in its own."""


class NoClassesError(DatasetError):
    """A folder that holds no folder of a class."""


@fill_docstring(grouping=GROUPING)
def load_audio_folder(
    root: Any,
    *,
    pattern: str | None = None,
    groups: str | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Bunch:
    """Load a folder that holds a folder of sounds for each class, or sounds whose names tell what they are.

    Parameters
    ----------
    root : str or PathLike
        ``root/dog/bark.wav`` is a clip of the class ``dog``, and so is what lies deeper below ``root/dog``. Where
        folders are called ``fold1``, ``fold2`` and so on, either right below `root` or right below each class, they
        are the folds; so are ``train``, ``val`` and ``test`` (1, 2 and 3), with a warning. Hidden files and files
        without a sound file's ending are skipped.
    pattern : str or None, default=None
        What the names tell, as ``"{label}_{group}_{n}"`` of ``7_jackson_32.wav``: the fields ``label``, ``group`` and
        ``fold`` are those of the dataset, and all are columns of ``metadata``. A field holds none of the characters
        beside it, so that a name can be read in one way only; ``"{label:.+}"`` gives it a regular expression of its
        own. The pattern must match the whole name without its ending or, with a slash in it, the path below `root`.
        Without a label in it, the folders are the classes.
    {grouping}

    Returns
    -------
    Bunch
        ``data`` (paths, in natural order: ``2.wav`` before ``10.wav``), ``target`` (class names), ``target_names``,
        ``folds`` (or None), ``groups`` (None unless the pattern has them, or they are inferred: a folder does not say
        which clips are of one recording), ``metadata``, ``cv`` and ``DESCR``. Without folds, ``cv`` holds up to five,
        stratified by class, that keep each group together; without groups too, a `LeakageWarning` says that training
        and test may share recordings.

    Raises
    ------
    DatasetError
        If there is no such folder, no sounds are in it, or they do not lie in folders of classes. If it is not
        clear which folders are the classes: all sounds lie in one, folders hold several folders each, a dataset of its
        own lies below, or a table lists the sounds and says something else of them; a pattern such as
        ``"{label}/{rest:.+}"`` says that the topmost folders are. If names do not match the pattern; some are listed.
        If links put one file under two labels. If the pattern has groups, and they are to be inferred, too.
    ValueError
        If `pattern` is no pattern, or `groups` neither None nor ``"infer"``.

    Examples
    --------
    >>> from skaudio.datasets import load_audio_folder
    >>> dataset = load_audio_folder("sounds")  # doctest: +SKIP
    >>> dataset = load_audio_folder("digits", pattern="{label}_{group}_{n}")  # doctest: +SKIP
    >>> dataset = load_audio_folder("sounds", groups="infer", n_jobs=-1)  # doctest: +SKIP
    """
    infer = make_grouping(groups, n_jobs, verbose)
    root = folder_of(root)
    paths = list(sound_files(root))
    with pandas_text_as_python(paths):
        return _load(root, paths, pattern, infer)


def _load(root: str, paths: list[str], pattern: str | None, infer: Grouping | None) -> Bunch:
    if pattern is None:
        return _by_folders(root, paths, None, infer)
    if not paths:
        raise DatasetError(f"there are no sound files in {root!r}")
    fields = fields_of(pattern, root, paths)
    if "label" not in fields:
        return _by_folders(root, paths, fields, infer)
    return _dataset(fields.assign(path=paths), root, infer)


def _by_folders(root: str, paths: list[str], fields: pd.DataFrame | None, infer: Grouping | None) -> Bunch:
    """Make a dataset whose classes are folders; `fields` are what the names tell beside them."""
    parts = [os.path.relpath(path, root).split(os.sep)[:-1] for path in paths]
    if not any(parts):
        remedy = ", or a pattern of what the names tell, such as pattern='{label}_{group}_{n}'" if paths else ""
        found = "its sounds lie in no folder of a class" if paths else "there are no sound files in it"
        raise NoClassesError(f"{root!r} is no folder of classes: {found}; root/CLASS/SOUND.wav is expected{remedy}")
    numbers = [_fold_numbers({folders[level] for folders in parts if len(folders) > level}) for level in (0, 1)]
    on_top = [bool(folders) and folders[0] in numbers[0] for folders in parts]
    rows, below = [], []
    for path, folders in zip(paths, parts):
        fold = None
        if all(on_top):
            fold, folders = numbers[0][folders[0]], folders[1:]
        elif len(folders) > 1 and not any(on_top):
            fold = numbers[1].get(folders[1])
        if not folders:
            raise DatasetError(f"{root!r}: {path!r} lies in no folder of a class; root/CLASS/SOUND.wav is expected")
        rows.append((path, folders[0], fold))
        below.append(folders[1:])
    table = pd.DataFrame(rows, columns=["path", "label", "fold"])
    in_fold = np.asarray(on_top) | table["fold"].notna().to_numpy()
    n_folds = int(in_fold.sum())
    if 0 < n_folds < len(table):
        lost = paths[int(np.argmin(in_fold))]
        raise DatasetError(f"some clips of {root!r} lie in folders of folds and others do not: {lost!r} is in no fold")
    if not all(on_top):
        refuse_doubtful_folders(root, paths, table["label"].tolist(), below, folds=n_folds > 0)
    splits = sorted(name for name in numbers[0 if any(on_top) else 1] if name.casefold() in _SPLITS)
    if splits:
        where = "the folders below them" if any(on_top) else "the folders above them"
        warn_user(f"{root!r}: the folders {', '.join(splits)} are taken as folds, and {where} as classes")
    empty = [os.path.relpath(folder, root) for folder in _folders_without_sounds(root, paths, 2 if n_folds else 1)]
    if empty:
        warn_user(f"{len(empty)} folders of {root!r} hold no sound files and are no classes: {', '.join(empty)}")
    table = table.astype({"fold": int}) if n_folds else table.drop(columns="fold")
    if fields is not None:
        if n_folds and "fold" in fields:
            raise DatasetError(f"{root!r} has folders of folds, and the pattern finds folds in names; which is meant?")
        table = pd.concat([table, fields.drop(columns=["path"], errors="ignore")], axis=1)
    return _dataset(table, root, infer)


def _dataset(table: pd.DataFrame, root: str, infer: Grouping | None) -> Bunch:
    refuse_two_labels(table["path"].tolist(), table["label"].tolist())
    if "fold" in table and table["fold"].astype(str).str.isdecimal().all():
        table = table.astype({"fold": int})
    return make_dataset(
        table,
        table["path"].tolist(),
        label="label",
        fold="fold" if "fold" in table else None,
        group="group" if "group" in table else None,
        infer=infer,
        source=root,
        missing="raise",
        description=_DESCRIPTION.format(root=root),
    )


def _folders_without_sounds(root: str, paths: Sequence[str], depth: int) -> Iterator[str]:
    """Yield the topmost folders, down to `depth`, that none of `paths` lies in."""
    for name in sorted(os.listdir(root), key=natural_order):
        folder = os.path.join(root, name)
        if not name.startswith(".") and os.path.isdir(folder):
            inside = [path for path in paths if path.startswith(folder + os.sep)]
            if not inside:
                yield folder
            elif depth > 1:
                yield from _folders_without_sounds(folder, inside, depth - 1)


def _fold_numbers(names: set[str]) -> dict[str, int]:
    """Return the folds among the names of folders; a split counts as one where at least two of its parts are there."""
    matches = {name: _FOLD.fullmatch(name) for name in names}
    folds = {name: int(match[1]) for name, match in matches.items() if match is not None}
    splits = {name: _SPLITS[name.casefold()] for name in names if name.casefold() in _SPLITS}
    return folds or (splits if len(set(splits.values())) > 1 else {})
