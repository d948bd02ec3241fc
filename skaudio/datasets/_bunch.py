"""What all loaders share: a Bunch is made of a table of clips."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import Bunch

from skaudio._labels import warn_of_look_alikes
from skaudio.datasets._dataset import AudioDataset
from skaudio.datasets._grouping import Grouping
from skaudio.datasets._missing import why_missing
from skaudio.datasets._repeats import count_repeats
from skaudio.exceptions import DatasetError, LeakageWarning, warn_user
from skaudio.model_selection import PredefinedFolds

_MAX_FOLDS = 5  # of a dataset that brings none of its own

_NO_GROUPS = (
    "it has neither folds nor groups, so its {n} folds are stratified by class{shared}. Where several clips are "
    "cut from one recording, training and test share recordings and the scores are too high; put the recordings in a "
    "column of a table and name it as the groups, or have clips that overlap found: groups='infer', or --groups infer"
)


def make_dataset(
    table: pd.DataFrame,
    paths: Sequence[str],
    *,
    label: str,
    fold: str | None = None,
    group: str | None = None,
    infer: Grouping | None = None,
    segments: Sequence[tuple[float, float | None]] | None = None,
    source: str,
    missing: str,
    description: str,
    listed: Sequence[str] | None = None,
    folder: str = "",
) -> Bunch:
    """Make the Bunch of a table: its rows are the files `paths`, and `label`, `fold` and `group` name columns.

    `listed` are the paths as the table has them, relative to `folder`. `infer` makes groups where no column has them.

    Raises
    ------
    DatasetError
        If the table has no rows, files are missing and `missing` is ``"raise"``, or all files are missing. If `infer`
        and `group` are both given.
    """
    if missing not in ("raise", "drop"):
        raise ValueError(f"missing={missing!r} must be 'raise' or 'drop'")
    if table.empty:
        raise DatasetError(f"{source} lists no clips")
    if infer is not None and group is not None:
        raise DatasetError(f"groups='infer': {source} tells the groups, in {group!r}; leave groups out")
    n_listed = len(table)
    table, data = _keep_present_files(table, paths, segments, source, missing, listed, folder)
    n_missing = n_listed - len(table)
    n_repeated = count_repeats(data.tolist(), None if fold is None else table[fold], source)
    if n_repeated:
        warn_user(f"{n_repeated} of the {len(data)} rows of {source} repeat a clip of a row above; all are kept")
    target = table[label].to_numpy(str)
    warn_of_look_alikes(np.unique(target).tolist())
    groups = None if group is None else table[group].to_numpy()
    if infer is not None:
        groups = infer(data)
        description += (
            f"\nIts groups are inferred: {_n_shared(groups)} of {len(data)} clips are copies of others, overlap with "
            "them or are parts of one file."
        )
    folds = None if fold is None else table[fold].to_numpy()
    cv, remark = _make_cv(data, target, folds, groups)
    if remark:
        description = f"{description}\n{remark[0].upper()}{remark[1:]}."
    dataset = AudioDataset(
        data=data,
        target=target,
        target_names=np.unique(target),
        folds=folds,
        groups=groups,
        metadata=table.assign(path=[clip[0] if isinstance(clip, tuple) else clip for clip in data]),
        cv=cv,
    )
    dataset.metadata.attrs["n_missing"] = n_missing
    return _described(dataset, description)


def _described(dataset: Bunch, description: str) -> Bunch:
    """Set ``DESCR``: what the dataset is, and how much of it is loaded."""
    dataset.DESCR = f"{description}\n\n{dataset}"
    return dataset


def select_clips(dataset: Bunch, rows: Any, remark: str = "") -> Bunch:
    """Return the dataset of some of a dataset's clips, with their own labels, folds and groups.

    Parameters
    ----------
    dataset : Bunch
        As a loader gives it.
    rows : array-like of int or bool
        Positions, or which clips to take.
    remark : str, default=""
        A sentence for ``DESCR`` on what is left out, without its full stop.

    Returns
    -------
    Bunch
        With the same fields; ``target_names`` are those of the clips that are there, and ``cv`` their folds.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds, select_clips
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(folder, n_per_class=2)
    >>> two = select_clips(dataset, (dataset.target == "dog_bark") | (dataset.target == "siren"))
    >>> len(two.data), two.target_names.tolist()
    (4, ['dog_bark', 'siren'])
    """
    rows = np.arange(len(dataset.data))[rows]
    fields = {name: dataset[name][rows] for name in ("data", "target")}
    fields |= {name: None if dataset[name] is None else np.asarray(dataset[name])[rows] for name in ("folds", "groups")}
    cv = dataset.cv
    if isinstance(cv, PredefinedFolds):
        folds = np.asarray(cv.folds)[rows]
        cv = PredefinedFolds(folds, clips=fields["data"], labels=fields["target"], by_position=cv.by_position)
    description = dataset.DESCR.rpartition("\n\n")[0]
    if remark:
        description = f"{description}\n{remark[0].upper()}{remark[1:]}."
    chosen = AudioDataset(
        **fields,
        target_names=np.unique(fields["target"]),
        metadata=dataset.metadata.iloc[rows].reset_index(drop=True),
        cv=cv,
    )
    chosen.metadata.attrs["n_missing"] = dataset.metadata.attrs.get("n_missing", 0)
    return _described(chosen, description)


def folder_of(root: Any) -> str:
    """Return `root` as text, or raise DatasetError where it is no folder."""
    root = os.fspath(root)
    if not os.path.isdir(root):
        raise DatasetError(f"there is no folder {root!r}; the root of an unpacked dataset is expected")
    return root


def _keep_present_files(
    table: pd.DataFrame,
    paths: Sequence[str],
    segments: Any,
    source: str,
    missing: str,
    listed: Sequence[str] | None,
    folder: str,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the rows whose files are there, and their clips: paths, or segments, in a 1-D array of objects."""
    clips = np.empty(len(paths), object)
    for i, path in enumerate(paths):
        clips[i] = path if segments is None else (path, *segments[i])
    present = np.asarray([os.path.isfile(path) for path in paths])
    n_missing = int((~present).sum())
    if not n_missing:
        return table, clips
    found = (
        f"{n_missing} of {len(table)} files that {source!r} lists are missing, "
        f"the first {paths[int(np.argmin(present))]!r}"
    )
    if missing == "raise" or not present.any():
        why = "" if listed is None else why_missing(listed[int(np.argmin(present))], folder)
        found += f" ({why})" if why else ""
        remedy = "" if not present.any() else f"; missing='drop' keeps the other {present.sum()}"
        raise DatasetError(found + remedy)
    warn_user(f"{found}; {present.sum()} are kept")
    return table[present].reset_index(drop=True), clips[present]


def _n_shared(groups: np.ndarray) -> int:
    """Return how many clips are not alone in their group."""
    counts = np.bincount(groups)
    return int(counts[counts > 1].sum())


def _has_class_of_several(recordings: np.ndarray, target: np.ndarray) -> bool:
    """Tell whether the clips of some class are of several recordings."""
    return any(len(np.unique(recordings[target == name])) > 1 for name in np.unique(target))


def _make_cv(data: np.ndarray, target: np.ndarray, folds: Any, groups: Any) -> tuple[PredefinedFolds | None, str]:
    """Return the cross-validation of a dataset, and what must be said of it."""
    if folds is not None:
        return PredefinedFolds(folds, clips=data, labels=target), ""
    files = [clip[0] if isinstance(clip, tuple) else clip for clip in data]
    recordings = pd.factorize(np.asarray(files, object) if groups is None else groups)[0]
    if groups is None and not _has_class_of_several(
        recordings, target
    ):  # one file a class: split by its segments instead
        recordings = pd.factorize(data)[0]
    n_recordings = [len(np.unique(recordings[target == name])) for name in np.unique(target)]
    if not _has_class_of_several(recordings, target):
        return None, "it has no folds, and no class has clips of two sources, so there is nothing to cross-validate on"
    n = int(np.clip(min(n_recordings), 2, _MAX_FOLDS))
    folds = np.empty(len(target), int)
    splitter = StratifiedGroupKFold(n, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for number, (_, test) in enumerate(splitter.split(np.zeros(len(target)), target, recordings), start=1):
            folds[test] = number
    cv = PredefinedFolds(folds, clips=data, labels=target)
    if groups is not None:
        return cv, f"it has no folds of its own; cv holds {n} that are stratified by class and keep each group together"
    shared = " and keep each file together" if recordings.max() + 1 < len(target) else " alone"
    remark = _NO_GROUPS.format(n=n, shared=shared)
    warn_user(remark, LeakageWarning)
    return cv, remark
