"""The data a command is given: a dataset of any layout, a table whose columns are named, or plain files."""

from __future__ import annotations

import mimetypes
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.utils import Bunch

from skaudio.datasets import load_dataset, recognise_layout
from skaudio.exceptions import AudioReadError, DatasetError, LeakageWarning
from skaudio.inspection import drop_unreadable


@dataclass(frozen=True)
class Source:
    """The data a command is given.

    Parameters
    ----------
    path : Path
        A dataset's folder, a folder of sounds, or a table.
    missing : str
        ``"raise"`` or ``"drop"``: what to do where files of a table are missing.
    columns : list of str or None
        A table's columns, as ``role=name``.
    pattern : str or None
        What the names of a folder's files tell.
    """

    path: Path
    missing: str = "raise"
    columns: list[str] | None = None
    pattern: str | None = None

    def __str__(self) -> str:
        return str(self.path)

    def load(self, *, folds: bool = True) -> Bunch:
        """Load the dataset; `folds` tells whether it is going to be split."""
        with warnings.catch_warnings():
            if not folds:
                warnings.simplefilter("ignore", LeakageWarning)
            try:
                columns = _columns(self.columns or [])
                dataset = load_dataset(self.path, missing=self.missing, pattern=self.pattern, **columns)
            except DatasetError as error:
                words = str(error).replace("missing='drop'", "--missing drop").replace("pattern=", "--pattern ")
                raise DatasetError(words) from error
        if folds and dataset.cv is None:
            why = dataset.DESCR.rpartition("\n\n")[0].splitlines()[-1]  # above the counts
            raise DatasetError(f"{str(self)!r}: {why}")
        return dataset

    def clips(self) -> list[Any]:
        """Return the clips of a dataset; of a folder without a table all files that may be sound."""
        if not self.path.exists():
            raise DatasetError(f"there is no file or folder {str(self)!r}")
        if self.pattern is not None or recognise_layout(self.path) != "folder":
            return list(self.load(folds=False).data)
        files = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(self.path)
            for name in names
            if not name.startswith(".") and _may_be_sound(name)
        ]
        if not files:
            raise DatasetError(f"there are no sound files in {str(self)!r}")
        return sorted(files)


def readable(dataset: Bunch, pipeline: Any, on_error: str) -> tuple[Bunch, list[AudioReadError]]:
    """Return the dataset of the clips that the pipeline can read, and the failures; all of it to ``raise``."""
    if on_error == "raise":
        return dataset, []
    return drop_unreadable(dataset, pipeline[0])


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
