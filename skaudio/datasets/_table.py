"""`load_audio_table`: clips listed in a table of the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skaudio._docstrings import fill_docstring
from skaudio.datasets._bunch import make_dataset
from skaudio.datasets._grouping import GROUPING, make_grouping
from skaudio.datasets._reading import check_columns, check_complete, frame_of, read_table
from skaudio.datasets._splits import join_tables, refuse_overlap
from skaudio.exceptions import DatasetError

_DESCRIPTION = """The clips that {source} lists: paths in its column {path!r}, classes in {label!r}."""


@fill_docstring(grouping=GROUPING)
def load_audio_table(
    table: Any,
    *,
    path_column: str,
    label_column: str,
    fold_column: str | None = None,
    group_column: str | None = None,
    offset_column: str | None = None,
    duration_column: str | None = None,
    end_column: str | None = None,
    root: Any = None,
    missing: str = "raise",
    groups: str | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Bunch:
    """Load the clips that a table lists, by columns of any name.

    Parameters
    ----------
    table : str, PathLike, frame, or list or dict of them
        A CSV file (of commas, semicolons or tabs; its first line names the columns), JSON lines (``.jsonl``, or a
        ``.json`` list of objects), ``.parquet`` where pyarrow is installed, or a frame of pandas, Polars or Arrow.
        Several of them, as ``["train.csv", "val.csv", "test.csv"]`` or ``{"train": frame, ...}``, are one dataset with
        a column ``split`` of their names, which ``fold_column="split"`` takes as folds.
    path_column : str
        Column of the files' paths.
    label_column : str
        Column of the class names.
    fold_column : str or None, default=None
        Column of the folds to cross-validate on.
    group_column : str or None, default=None
        Column of what the clips of one source have in common: the recording, the machine, the speaker.
    offset_column, duration_column, end_column : str or None, default=None
        Columns of where in its file each clip starts, and how long it is or where it ends, in seconds. With one of
        them, ``data`` holds ``(path, offset, duration)`` segments; those without a duration or an end run to the end
        of their file.
    root : str, PathLike or None, default=None
        Folder that relative paths start from; None is the table's own folder, for a frame the current one.
    missing : {"raise", "drop"}, default="raise"
        What to do where files of the table are missing: raise, or keep the rest with a warning that counts.
    {grouping}

    Returns
    -------
    Bunch
        ``data`` (paths, or segments), ``target`` (class names), ``target_names``, ``folds`` (or None), ``groups`` (or
        None), ``metadata`` (the table, with the full ``path``), ``cv`` and ``DESCR``. Without folds, ``cv`` holds up
        to five, stratified by class, that keep each group together; without groups too, a `LeakageWarning` says that
        training and test may share recordings.

    Raises
    ------
    DatasetError
        If the table or a file is missing or unreadable, a column is unknown, a row lacks a value, a clip ends before
        it starts, one file stands in rows of different labels without times that tell them apart, or one clip stands
        in several of the tables. If there is a `group_column`, and groups are to be inferred, too.

    Examples
    --------
    >>> import pandas as pd
    >>> from skaudio.datasets import load_audio_table
    >>> table = pd.DataFrame({"file": ["a.wav", "b.wav"], "sound": ["dog", "siren"], "day": [1, 2]})
    >>> dataset = load_audio_table(
    ...     table, path_column="file", label_column="sound", group_column="day"
    ... )  # doctest: +SKIP
    """
    infer = make_grouping(groups, n_jobs, verbose)
    wanted = [path_column, label_column, fold_column, group_column, offset_column]
    columns = [column for column in wanted if column is not None]
    if duration_column is not None and end_column is not None:
        raise ValueError("duration_column and end_column both say where a clip ends; give one")
    length_column = duration_column if end_column is None else end_column
    if isinstance(table, (list, tuple, Mapping)):
        text = [path_column, label_column]
        needed = [*(c for c in columns if c != "split"), *([] if length_column is None else [length_column])]
        table, root = join_tables(table, needed, text, path_column, root), ""
    frame = None if isinstance(table, (str, os.PathLike)) else frame_of(table)
    if frame is not None:
        source, folder, table = "the frame", os.curdir, frame
        check_columns(table, [*columns, *([] if length_column is None else [length_column])], source)
        check_complete(table, columns, source)
    else:
        source = os.fspath(table)
        folder = os.path.dirname(source)
        # As text: 007 is a name and not 7, and so is NA.
        table = read_table(source, columns, text=[path_column, label_column])
        check_columns(table, [] if length_column is None else [length_column], repr(source))
    if not table.columns.is_unique:
        raise DatasetError(f"{source} has several columns of one name: {', '.join(map(str, table.columns))}")
    folder = os.fspath(folder if root is None else root)
    odd = [path for path in table[path_column] if not isinstance(path, (str, os.PathLike))]
    if odd:
        raise DatasetError(f"{source} has {odd[0]!r} in column {path_column!r}, which is no path")
    for column in (offset_column, length_column):
        try:
            if column is not None:
                table = table.astype({column: float})
        except (ValueError, TypeError) as error:
            raise DatasetError(
                f"{source} has values in column {column!r} that are no numbers; seconds are expected"
            ) from error
    segments = segments_of(table, offset_column, duration_column, end_column, source)
    if root == "":
        refuse_overlap(table, path_column, segments)
    _refuse_contradictions(table, path_column, label_column, segments, source)
    return make_dataset(
        table,
        [os.path.join(folder, os.fspath(path)) for path in table[path_column]],
        label=label_column,
        fold=fold_column,
        group=group_column,
        infer=infer,
        segments=segments,
        source=source,
        missing=missing,
        listed=[os.fspath(path) for path in table[path_column]],
        folder=folder,
        description=_DESCRIPTION.format(source=source, path=path_column, label=label_column),
    )


def segments_of(
    table: pd.DataFrame, offset: str | None, duration: str | None, end: str | None, source: str
) -> list[tuple[float, float | None]] | None:
    """Return where each clip starts and how long it is, or None where the table says neither."""
    if offset is None and duration is None and end is None:
        return None
    starts = pd.Series(0.0, table.index) if offset is None else table[offset]
    lengths = pd.Series(np.nan, table.index) if duration is None else table[duration]
    if end is not None:
        lengths = table[end] - starts
    wrong = np.flatnonzero((lengths <= 0) | (starts < 0))
    if len(wrong):
        row = wrong[0]
        found = f"starts at {starts[row]:g} s and " + (
            f"ends at {table[end][row]:g} s" if end is not None else f"takes {lengths[row]:g} s"
        )
        raise DatasetError(f"{source}: the clip of row {row} {found}; it must end after it starts, at 0 or later")
    return [(start, None if np.isnan(length) else length) for start, length in zip(starts.tolist(), lengths.tolist())]


def _refuse_contradictions(table: pd.DataFrame, path: str, label: str, segments: Any, source: str) -> None:
    """Raise DatasetError where one clip has several labels."""
    seen: dict[Any, str] = {}
    for file, name, part in zip(table[path], table[label], segments or [None] * len(table)):
        other = seen.setdefault((os.path.normpath(file), part), name)
        if other != name:
            remedy = (
                "name the columns of its times: offset_column, and duration_column or end_column"
                if segments is None
                else "a clip has one label"
            )
            raise DatasetError(
                f"{source}: {file!r} stands in rows of different labels, {other!r} and {name!r}; {remedy}"
            )
