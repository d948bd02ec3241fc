"""Tables of clips, read from files of several kinds and from frames of other libraries."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skaudio.datasets._sounds import ENDINGS
from skaudio.exceptions import DatasetError

TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet")
"""Of files that are tables and nothing else."""

_GAPS = ("", "NA", "N/A", "n/a", "nan", "NaN", "null", "NULL", "None", "<NA>", "#N/A")  # in a table of numbers


def read_table(path: str, columns: Sequence[str], *, text: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table that must have `columns`, the columns `text` word for word.

    Raises
    ------
    DatasetError
        If it cannot be read, is empty, lacks a column or has a row without a value in one.
    """
    table = _read(path, text)
    check_columns(table, columns, repr(path))
    if table.empty:
        raise DatasetError(f"{path!r} lists no clips")
    check_complete(table, columns, repr(path))
    return table


def columns_of(path: str) -> list[str]:
    """Return the names of a table's columns.

    Raises
    ------
    DatasetError
        If it cannot be read, or has no row of names.
    """
    table = _read(path, ())
    _refuse_missing_header(table, repr(path))
    return [str(column) for column in table.columns]


def read_first_rows(path: str, n: int = 200) -> pd.DataFrame:
    """Return the first rows of a table, all of them text.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    ending = os.path.splitext(path)[1].lower()
    try:
        if ending in (".csv", ".tsv", ".tab"):
            return pd.read_csv(path, sep=_separator(path, ending), nrows=n, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path!r} cannot be read as a table: {error}") from error
    return _read(path, ()).head(n).astype(str)


def frame_of(table: Any) -> pd.DataFrame | None:
    """Return a frame of any library as one of pandas, numbered anew; None for what is no frame."""
    if isinstance(table, pd.DataFrame):
        return table.reset_index(drop=True)
    frame = nw.from_native(table, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    return pd.DataFrame({name: frame.get_column(name).to_list() for name in frame.columns})


def check_columns(table: pd.DataFrame, columns: Sequence[str], source: str) -> None:
    """Raise DatasetError where `table` lacks one of `columns`."""
    for column in columns:
        if column not in table.columns:
            _refuse_missing_header(table, source)
            raise DatasetError(f"{source} has no column {column!r}; it has {', '.join(map(str, table.columns))}")


def check_complete(table: pd.DataFrame, columns: Sequence[str], source: str) -> None:
    """Raise DatasetError where a row of `table` has no value in one of `columns`."""
    for column in columns:
        rows = np.flatnonzero(table[column].isna() | (table[column] == ""))
        if len(rows):
            raise DatasetError(f"{source} has no value in column {column!r} for {len(rows)} rows, first row {rows[0]}")


def _read(path: str, text: Sequence[str]) -> pd.DataFrame:
    ending = os.path.splitext(path)[1].lower()
    try:
        if ending == ".parquet":
            return pd.read_parquet(path)
        if ending in (".jsonl", ".ndjson", ".json"):
            return _read_json(path, ending, text)
        separator = _separator(path, ending)
        header = pd.read_csv(path, sep=separator, nrows=0).columns
        # In the columns `text`, even NA is a name; in the others it is a missing value.
        gaps = {column: list(_GAPS) for column in header if column not in text}
        dtype: Any = dict.fromkeys(text, str)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # fields that no column has a name for
            return pd.read_csv(path, sep=separator, dtype=dtype, keep_default_na=False, na_values=gaps, index_col=False)
    except pd.errors.ParserWarning as error:
        raise DatasetError(f"{path!r} has rows of more fields than its first line has names") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path!r} cannot be read as a table: it is not in UTF-8 ({error.reason})") from error
    except (OSError, ValueError, ImportError) as error:  # pandas' own errors are ValueErrors
        raise DatasetError(f"{path!r} cannot be read as a table: {error}") from error


def _separator(path: str, ending: str) -> str:
    """Return what separates the columns of a table, by its ending and its first line."""
    if ending in (".tsv", ".tab"):
        return "\t"
    with open(path, encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if ending == ".txt" and "\t" in first:
        return "\t"
    return next((each for each in (",", ";", "\t") if each in first), ",")


def _read_json(path: str, ending: str, text: Sequence[str]) -> pd.DataFrame:
    """Read an object a line, or a list of objects."""
    with open(path, encoding="utf-8-sig") as file:
        rows = json.load(file) if ending == ".json" else [json.loads(line) for line in file if line.strip()]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError('rows are expected, each an object such as {"path": "dog.wav", "label": "dog"}')
    table = pd.DataFrame(rows)
    for column in table.columns.intersection(text):
        if any(isinstance(value, (dict, list)) for value in table[column]):
            raise ValueError(f"column {column!r} holds objects or lists; a path, or a name, is expected")
        table[column] = [value if value is None or value != value else str(value) for value in table[column]]
    return table


def _refuse_missing_header(table: pd.DataFrame, source: str) -> None:
    """Raise DatasetError where the names of the columns are a row of clips."""
    names = [str(column) for column in table.columns]
    if any(name.lower().endswith(ENDINGS) for name in names):
        raise DatasetError(
            f"{source} has no row of names above its columns: it starts with {', '.join(names)}; put one there, "
            'such as path,label, or pass pd.read_csv(table, names=["path", "label", ...])'
        )
