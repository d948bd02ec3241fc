"""What all loaders share: reading a table of clips, and making a Bunch of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skaudio.exceptions import DatasetError, warn_user
from skaudio.model_selection import PredefinedFolds


def read_table(path: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read a CSV table that must have `columns`.

    Raises
    ------
    DatasetError
        If it cannot be read, is empty, lacks a column or has a row without a value in one.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise DatasetError(f"{path!r} cannot be read as a CSV table: {error}") from error
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise DatasetError(
            f"{path!r} has no column {lacking[0]!r}; its columns are {', '.join(map(str, table.columns))}"
        )
    if table.empty:
        raise DatasetError(f"{path!r} lists no clips")
    check_complete(table, columns, path)
    return table


def check_complete(table: pd.DataFrame, columns: Sequence[str], source: str) -> None:
    """Raise DatasetError where a row of `table` has no value in one of `columns`."""
    for column in columns:
        rows = np.flatnonzero(table[column].isna())
        if len(rows):
            raise DatasetError(f"{source!r} has no value in column {column!r} for {len(rows)} rows, first row {rows[0]}")


def make_dataset(
    table: pd.DataFrame, *, label: str, fold: str, group: str, source: str, missing: str, description: str
) -> Bunch:
    """Return the Bunch of a table whose column ``path`` names the files, the columns named here the rest.

    Raises
    ------
    DatasetError
        If files are missing and `missing` is ``"raise"``, or all of them are.
    """
    if missing not in ("raise", "drop"):
        raise ValueError(f"missing={missing!r} must be 'raise' or 'drop'")
    present = np.asarray([os.path.isfile(path) for path in table["path"]])
    n_missing = int((~present).sum())
    if n_missing:
        found = (
            f"{n_missing} of {len(table)} files that {source!r} lists are missing, "
            f"the first {table['path'][~present].iloc[0]!r}"
        )
        if missing == "raise" or not present.any():
            remedy = "" if not present.any() else f"; missing='drop' keeps the other {present.sum()}"
            raise DatasetError(found + remedy)
        warn_user(f"{found}; {present.sum()} are kept")
        table = table[present].reset_index(drop=True)
    data = table["path"].to_numpy(object)
    target = table[label].to_numpy(str)
    folds = table[fold].to_numpy()
    return Bunch(
        data=data,
        target=target,
        target_names=np.unique(target),
        folds=folds,
        groups=table[group].to_numpy(),
        metadata=table,
        cv=PredefinedFolds(folds, clips=data),
        DESCR=description,
    )


def folder_of(root: Any) -> str:
    """Return `root` as text, or raise DatasetError where it is no folder."""
    root = os.fspath(root)
    if not os.path.isdir(root):
        raise DatasetError(f"there is no folder {root!r}; the root of an unpacked dataset is expected")
    return root
