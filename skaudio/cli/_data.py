"""The data a command is given: a dataset of any layout, a table whose columns are named, or plain files."""

from __future__ import annotations

import mimetypes
import os
import warnings
from pathlib import Path
from typing import Any

from sklearn.utils import Bunch

from skaudio.datasets import load_dataset, recognise_layout
from skaudio.exceptions import DatasetError, LeakageWarning


def load(data: Path, *, missing: str, columns: list[str] | None, folds: bool = True) -> Bunch:
    """Load the dataset; `columns` are ``role=name`` pairs, `folds` tells whether it is going to be split."""
    with warnings.catch_warnings():
        if not folds:
            warnings.simplefilter("ignore", LeakageWarning)
        try:
            dataset = load_dataset(data, missing=missing, **_columns(columns or []))
        except DatasetError as error:
            raise DatasetError(str(error).replace("missing='drop'", "--missing drop")) from error
    if folds and dataset.cv is None:
        raise DatasetError(f"{str(data)!r}: {dataset.DESCR.splitlines()[-1]}")
    return dataset


def clips_of(data: Path, *, missing: str, columns: list[str] | None) -> list[Any]:
    """Return the clips of a dataset; of a folder without a table all files that may be sound."""
    if not data.exists():
        raise DatasetError(f"there is no file or folder {str(data)!r}")
    if recognise_layout(data) != "folder":
        return list(load(data, missing=missing, columns=columns, folds=False).data)
    files = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(data)
        for name in names
        if not name.startswith(".") and _may_be_sound(name)
    ]
    if not files:
        raise DatasetError(f"there are no sound files in {str(data)!r}")
    return sorted(files)


def _may_be_sound(name: str) -> bool:
    kind, _ = mimetypes.guess_type(name)
    return kind is None or kind.startswith(("audio/", "video/"))


def _columns(pairs: list[str]) -> dict[str, str]:
    roles = ("path", "label", "fold", "group", "offset", "duration", "end")
    columns = {}
    for pair in pairs:
        role, _, name = pair.partition("=")
        if role not in roles or not name:
            raise ValueError(f"--column {pair!r} is not of the form ROLE=NAME, with a role of {', '.join(roles)}")
        columns[f"{role}_column"] = name
    return columns
