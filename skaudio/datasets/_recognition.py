"""`load_dataset`: the loader a path asks for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sklearn.utils import Bunch

from skaudio._docstrings import fill_docstring
from skaudio.datasets._audacity import AUDACITY_COLUMNS, read_audacity_labels
from skaudio.datasets._bunch import folder_of
from skaudio.datasets._esc50 import ESC50_TABLE, load_esc50
from skaudio.datasets._folder import NoClassesError, load_audio_folder
from skaudio.datasets._grouping import GROUPING
from skaudio.datasets._reading import TABLE_ENDINGS, columns_of, read_table
from skaudio.datasets._sounds import is_sound
from skaudio.datasets._table import load_audio_table, segments_of
from skaudio.datasets._urbansound8k import URBANSOUND8K_TABLES, load_urbansound8k
from skaudio.exceptions import DatasetError

# Names that columns of tables commonly have, the first that is there is taken.
_COLUMN_NAMES = {
    "path_column": (
        *("path", "file", "filename", "file_name", "filepath", "file_path", "slice_file_name", "audio"),
        *("audio_filepath", "audio_path"),
        *("begin path", "begin file"),  # Raven's
    ),
    "label_column": ("label", "class", "class_name", "category", "target", "event_label", "annotation", "species"),
    "fold_column": ("fold",),
    "group_column": ("group", "fsID", "src_file", "recording", "source"),
    "offset_column": ("offset",),
    "duration_column": ("duration",),
    "end_column": (),
}
# Pairs of columns, for where a clip starts and where it ends. Beside an onset, a column "offset" is the end.
_TIMES = (
    *(("onset", "offset"), ("start", "end"), ("begin", "end"), ("start_time", "end_time"), ("begin_time", "end_time")),
    *(("begin time (s)", "end time (s)"), ("start (s)", "end (s)")),
)


@fill_docstring(grouping=GROUPING)
def load_dataset(
    path: Any,
    *,
    missing: str = "raise",
    pattern: str | None = None,
    groups: str | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    **columns: str,
) -> Bunch:
    """Load a dataset of any layout that is recognised: UrbanSound8K's, ESC-50's, a folder a class, or a table.

    Parameters
    ----------
    path : str or PathLike
        The dataset's folder, or a table of clips (``.csv``, ``.tsv``, ``.jsonl``, ``.parquet``).
    missing : {"raise", "drop"}, default="raise"
        What to do where files of its table are missing: raise, or keep the rest with a warning that counts.
    pattern : str or None, default=None
        For a folder, what the names of its files tell, as in `load_audio_folder`: ``"{label}_{group}_{n}"``.
    {grouping}
    **columns : str
        For a table, its columns as in `load_audio_table`: ``path_column="clip"`` and so on. Columns of common names
        (``path`` or ``filename``, ``label`` or ``class``, ``fold``, ``group``, ``offset`` with ``duration``, ``start``
        or ``onset`` with an end or a ``duration``, Raven's ``Begin Time (s)``) are found without, whatever their
        capitals. Audacity's labels, a ``.txt`` of times and labels, belong to the sound of the same name beside it.

    Returns
    -------
    Bunch
        As from the dataset's own loader.

    Raises
    ------
    DatasetError
        If there is no such folder or table, its layout is not known, it is not as its loader expects, or groups are to
        be inferred in a dataset that tells its groups.

    Examples
    --------
    >>> from skaudio.datasets import load_dataset
    >>> dataset = load_dataset("UrbanSound8K")  # doctest: +SKIP
    """
    if missing not in ("raise", "drop"):
        raise ValueError(f"missing={missing!r} must be 'raise' or 'drop'")
    grouped: dict[str, Any] = {"groups": groups, "n_jobs": n_jobs, "verbose": verbose}
    if not os.path.exists(path):
        raise DatasetError(f"there is no folder or table {os.fspath(path)!r}")
    layout = recognise_layout(path)
    if layout == "table" and is_sound(path):
        raise DatasetError(
            f"{os.fspath(path)!r} is a sound file; a dataset's folder, a folder of sounds for each class or a table is "
            "expected (one file can be checked, and classified by a trained model)"
        )
    if pattern is not None:
        if layout == "table":
            raise DatasetError(
                f"{os.fspath(path)!r} is a table, which has columns: pattern is for the names in a folder"
            )
        return load_audio_folder(path, pattern=pattern, **grouped)
    if layout == "table":
        labels = read_audacity_labels(os.fspath(path))
        if labels is not None:
            return load_audio_table(labels, missing=missing, **_joined(grouped, AUDACITY_COLUMNS, columns))
        found = _find_columns(path, columns)
        return load_audio_table(path, missing=missing, **_joined(grouped, found))
    path = folder_of(path)
    if columns:
        raise DatasetError(f"{path!r} is a folder, which has no columns: {', '.join(columns)} is for tables")
    if groups is not None and layout != "folder":
        raise DatasetError(f"groups='infer': {path!r} tells which clips are of one recording; leave groups out")
    if layout == "urbansound8k":
        return load_urbansound8k(path, missing=missing)
    if layout == "esc50":
        return load_esc50(path, missing=missing)
    try:
        return load_audio_folder(path, **grouped)
    except NoClassesError as error:
        raise DatasetError(
            f"the layout of {path!r} is not known: neither {URBANSOUND8K_TABLES[0]} (UrbanSound8K) nor {ESC50_TABLE} "
            f"(ESC-50) is in it, nor a folder of sounds for each class; {error}"
        ) from error


def _joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of them in one; a later one counts."""
    return {name: value for part in parts for name, value in part.items()}


def clips_of_table(path: Any, **columns: str) -> list[Any]:
    """List the clips that a table names, labelled or not, whether or not their files are there.

    Parameters
    ----------
    path : str or PathLike
        As for `load_dataset`.
    **columns : str
        As for `load_dataset`; of a table without labels, ``path_column`` and those of times.

    Returns
    -------
    list of str or of segments
        Paths that start from the table's folder, or ``(path, offset, duration)`` where the table has times.

    Raises
    ------
    DatasetError
        If it cannot be read, no column is one of paths, or a row has no path.
    """
    source = os.fspath(path)
    labels = read_audacity_labels(source)
    if labels is not None:
        return list(load_audio_table(labels, **_joined(AUDACITY_COLUMNS, columns)).data)
    found = _find_columns(source, columns, needed=("path_column",))
    table = read_table(source, [found["path_column"]], text=[found["path_column"]])
    folder = os.path.dirname(source)
    files = [os.path.join(folder, name) for name in table[found["path_column"]]]
    offset, duration, end = (found.get(f"{role}_column") for role in ("offset", "duration", "end"))
    segments = segments_of(table, offset, duration, end, source)
    return files if segments is None else [(file, *times) for file, times in zip(files, segments)]


def is_table(path: Any) -> bool:
    """Tell whether a file's name ends as tables' do."""
    return os.fspath(path).lower().endswith((*TABLE_ENDINGS, ".json", ".txt"))


def recognise_layout(path: Any) -> str:
    """Tell what `path` looks like: ``"table"``, ``"urbansound8k"``, ``"esc50"``, or ``"folder"`` of whatever it is."""
    if os.path.isfile(path):
        return "table"
    if any(os.path.isfile(os.path.join(path, name)) for name in URBANSOUND8K_TABLES):
        return "urbansound8k"
    return "esc50" if os.path.isfile(os.path.join(path, ESC50_TABLE)) else "folder"


def _find_columns(
    path: Any, given: dict[str, str], needed: tuple[str, ...] = ("path_column", "label_column")
) -> dict[str, str]:
    """Return the columns of a table that hold what a dataset needs."""
    unknown = [name for name in given if name not in _COLUMN_NAMES]
    if unknown:
        raise TypeError(f"load_dataset has no parameter {unknown[0]!r}; it takes {', '.join(_COLUMN_NAMES)}")
    path = os.fspath(path)
    columns = columns_of(path)
    found = dict(given)
    spelled = {column.casefold().strip(): column for column in reversed(columns)}
    for parameter, names in _COLUMN_NAMES.items():
        name = next((name for name in names if name.casefold() in spelled), None)
        if name is not None:
            found.setdefault(parameter, spelled[name.casefold()])
    _find_times(found, given, spelled)
    if "offset_column" not in found:  # a duration alone is most often just what is known of the file
        found.pop("duration_column", None)
    absent = [name for name in found.values() if name not in columns]
    if absent:
        raise DatasetError(f"{path!r} has no column {absent[0]!r}; it has {', '.join(columns)}")
    for parameter in needed:
        if parameter not in found:
            raise DatasetError(
                f"no column of {path!r} is called {' or '.join(map(repr, _COLUMN_NAMES[parameter]))}; "
                f"name the one that is meant by {parameter}; it has {', '.join(columns)}"
            )
    return found


def _find_times(found: dict[str, str], given: dict[str, str], spelled: dict[str, str]) -> None:
    """Add the columns of starts and ends to those that were found."""
    if {"offset_column", "duration_column", "end_column"} & set(given):
        return
    if found.get("path_column", "").casefold() == "slice_file_name":
        return  # UrbanSound8K's start and end mean the recording that the slice was cut from
    for start, end in _TIMES:
        if start in spelled and (end in spelled or "duration" in spelled):
            found["offset_column"] = spelled[start]
            if end in spelled:
                found["end_column"] = spelled[end]
                found.pop("duration_column", None)
            return
