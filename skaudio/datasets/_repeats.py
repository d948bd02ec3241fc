"""Clips that a list names more than once."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd

from skaudio.exceptions import DatasetError


def refuse_two_labels(paths: Sequence[str], labels: Sequence[str]) -> None:
    """Raise DatasetError where one file stands under two labels, by links."""
    seen: dict[tuple[int, int], tuple[str, str]] = {}
    for path, label in zip(paths, labels):
        try:
            status = os.stat(path)
        except OSError:
            continue  # a link to nowhere is a clip that cannot be read
        other, name = seen.setdefault((status.st_dev, status.st_ino), (path, label))
        if name != label:
            raise DatasetError(
                f"{other!r} and {path!r} are one file, under the labels {name!r} and {label!r}; a clip has one label"
            )


def count_repeats(clips: Sequence[object], folds: pd.Series | None, source: str) -> int:
    """Return how many rows repeat a clip of an earlier row; raise DatasetError where the two are in different folds."""
    first: dict[object, int] = {}
    for row, clip in enumerate(clips):
        at = first.setdefault(clip, row)
        if folds is not None and folds.iloc[at] != folds.iloc[row]:
            raise DatasetError(
                f"{source}: {clip!r} stands in rows {at} and {row}, in the folds {folds.iloc[at]} and "
                f"{folds.iloc[row]}; a clip is in one fold"
            )
    return len(clips) - len(first)
