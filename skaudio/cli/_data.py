"""The data a command is given: a dataset of any layout, a table whose columns are named, or plain files."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio.cli._progress import progress
from skaudio.clips import as_clip
from skaudio.datasets import find_sounds, is_sound, load_dataset, recognise_layout
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
    groups : {"infer"} or None
        Whether groups are made of what sounds alike.
    """

    path: Path
    missing: str = "raise"
    columns: list[str] | None = None
    pattern: str | None = None
    groups: str | None = None

    def __str__(self) -> str:
        return str(self.path)

    def load(self, *, folds: bool = True) -> Bunch:
        """Load the dataset; `folds` tells whether it is going to be split."""
        with warnings.catch_warnings():
            if not folds:
                warnings.simplefilter("ignore", LeakageWarning)
            columns = columns_of(self.columns or [])
            dataset = load_dataset(
                self.path,
                missing=self.missing,
                pattern=self.pattern,
                groups=self.groups,
                n_jobs=-1,
                verbose=progress(),
                **columns,
            )
        _keep_any_text(dataset)
        if folds and dataset.cv is None:
            why = dataset.DESCR.rpartition("\n\n")[0].splitlines()[-1]  # above the counts
            raise DatasetError(f"{str(self)!r}: {why}")
        return dataset

    def clips(self) -> tuple[list[Any], Bunch | None]:
        """Return the clips of a dataset, and the dataset; of a folder without a table all files that may be sound.

        A sound file is a list of one.
        """
        if not self.path.exists():
            raise DatasetError(f"there is no file or folder {str(self)!r}")
        if self.path.is_file() and is_sound(self.path):
            return [str(self.path)], None
        if self.pattern is not None or recognise_layout(self.path) != "folder":
            dataset = self.load(folds=False)
            return list(dataset.data), dataset
        files = find_sounds(self.path, any_name=True)
        if not files:
            raise DatasetError(f"there are no sound files in {str(self)!r}")
        return self._as_dataset(files) or (files, None)

    def _as_dataset(self, files: list[str]) -> tuple[list[Any], Bunch] | None:
        """Return the same files in a dataset's order, where their folder is one of classes."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                dataset = self.load(folds=False)
        except DatasetError:
            return None
        return (list(dataset.data), dataset) if set(dataset.data) == set(files) else None


def _keep_any_text(dataset: Bunch) -> None:
    """Have pandas store text as Python's strings if a name is not UTF-8, which Arrow's strings cannot hold."""
    try:
        for name in (*dataset.target_names, *dataset.data):
            str(name[0] if isinstance(name, tuple) else name).encode()
    except UnicodeEncodeError:
        pd.set_option("mode.string_storage", "python")


def keep_readable(dataset: Bunch, pipeline: Any, on_error: str) -> tuple[Bunch, list[AudioReadError]]:
    """Return the dataset of the clips that the pipeline can read, and the failures; with ``"raise"`` all clips."""
    if on_error == "raise":
        return dataset, []
    return drop_unreadable(dataset, pipeline[0])


def table_of(clips: Any) -> pd.DataFrame:
    """Return a row a clip: its ``path`` and, where some are parts of files, their ``offset`` and ``duration``."""
    table = pd.DataFrame({"path": [as_clip(clip).path for clip in clips]}, dtype=object)
    if any(isinstance(clip, tuple) for clip in clips):
        parts = [clip if isinstance(clip, tuple) else (None, 0.0, None) for clip in clips]
        table = table.assign(offset=[part[1] for part in parts], duration=[part[2] for part in parts])
    return table


def columns_of(pairs: list[str]) -> dict[str, str]:
    """Return the columns of ``role=name`` pairs, as `load_dataset` takes them."""
    roles = ("path", "label", "fold", "group", "offset", "duration", "end")
    columns = {}
    for pair in pairs:
        role, _, name = pair.partition("=")
        if role not in roles or not name:
            raise ValueError(f"--column {pair!r} is not of the form ROLE=NAME, with a role of {', '.join(roles)}")
        columns[f"{role}_column"] = name
    return columns
