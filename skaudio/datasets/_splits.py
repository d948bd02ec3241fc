"""Tables of training, validation and test clips, as one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from skaudio.datasets._reading import check_columns, check_complete, frame_of, read_table
from skaudio.exceptions import DatasetError


def join_tables(tables: Any, columns: list[str], text: list[str], path_column: str, root: Any) -> pd.DataFrame:
    """Return several tables as one, with paths that need no folder and a column ``split`` of the tables' names."""
    if not isinstance(tables, Mapping):
        named: dict[str, Any] = {}
        for each in tables:
            if not isinstance(each, (str, os.PathLike)):
                raise TypeError(
                    f"a list of tables is of paths, and holds a {type(each).__name__}; pass {{name: frame}}"
                )
            name = os.path.splitext(os.path.basename(each))[0]
            if name in named:
                raise DatasetError(
                    f"two of the tables are called {name!r}; pass {{name: table}}, with names of your own"
                )
            named[name] = each
        tables = named
    if not tables:
        raise DatasetError("there are no tables; at least one is expected")
    parts = []
    for name, each in tables.items():
        is_path = isinstance(each, (str, os.PathLike))
        part = read_table(os.fspath(each), columns, text=text) if is_path else frame_of(each)
        if part is None:
            raise TypeError(f"{name!r} is a {type(each).__name__}, and a path or a frame is expected")
        check_columns(part, columns, repr(name))
        check_complete(part, columns, repr(name))
        folder = os.path.dirname(os.fspath(each)) if is_path else os.curdir
        folder = os.fspath(folder if root is None else root)
        paths = [
            os.path.join(folder, path) if isinstance(path, (str, os.PathLike)) else path for path in part[path_column]
        ]
        parts.append(part.assign(**{path_column: paths, "split": str(name)}))
    return pd.concat(parts, ignore_index=True)


def refuse_overlap(table: pd.DataFrame, path: str, segments: Any) -> None:
    """Raise DatasetError where one clip stands in two of the tables that were joined."""
    seen: dict[Any, str] = {}
    for file, split, part in zip(table[path], table["split"], segments or [None] * len(table)):
        other = seen.setdefault((os.path.normpath(file), part), split)
        if other != split:
            raise DatasetError(
                f"{file!r} stands in the tables {other!r} and {split!r}; what is trained on says nothing as a test"
            )
