"""What the rows of an ``X`` can be recognised by: paths in any column of any container, an index, labels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skaudio.clips import is_segment


def columns_of(X: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the name and the items of each column that may hold paths, and of a pandas index that may.

    A single column without a name is called by an empty string. Numeric columns of frames and arrays are left out.
    """
    native = nw.from_native(X, pass_through=True, allow_series=True)
    if isinstance(native, nw.DataFrame):
        for name in native.columns:
            if not native.get_column(name).dtype.is_numeric():
                yield str(name), native.get_column(name).to_list()
    elif isinstance(native, nw.Series):
        if not native.dtype.is_numeric():
            yield "", native.to_list()
    elif isinstance(X, np.ndarray):
        if X.dtype.kind in "OUTS" and X.ndim <= 2:
            columns = X.reshape(len(X), -1).T
            for k, column in enumerate(columns):
                yield str(k) if len(columns) > 1 else "", list(column)
    elif isinstance(X, (list, tuple, pd.Index)):
        rows = [tuple(row) if isinstance(row, list) else (row,) for row in X]
        widths = {len(row) for row in rows}
        for k in range(widths.pop() if len(widths) == 1 else 0):
            yield str(k) if len(rows[0]) > 1 else "", [row[k] for row in rows]
    if isinstance(X, (pd.DataFrame, pd.Series)) and X.index.dtype.kind in "OUT":
        yield "the index", list(X.index)


def identity_of(item: Any) -> Any:
    """Return what a path or a segment is compared by; None for what is neither."""
    if isinstance(item, (str, os.PathLike)):
        return os.fspath(item)
    if is_segment(item):
        return (os.fspath(item[0]), *item[1:])
    return None


def file_of(identity: Any) -> Any:
    """Return the path in what `identity_of` gives: that of a segment, or the path itself."""
    return identity[0] if isinstance(identity, tuple) else identity


def n_rows_of(X: Any) -> int:
    """Return how many rows `X` has."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def order_of(X: Any, n_clips: int) -> np.ndarray:
    """Return the positions in a dataset that rows are taken for: those in their index, else all of them in order."""
    index = getattr(X, "index", None)
    if isinstance(index, pd.Index) and index.dtype.kind in "iu" and index.is_unique:
        order = index.to_numpy()
        if len(order) and order.min() >= 0 and order.max() < n_clips:
            return order
    return np.arange(n_clips)


def labels_agree(labels: np.ndarray, y: Any) -> bool:
    """Tell whether `y` holds `labels` row by row, either unchanged or each class replaced by a value of its own."""
    if y is None:
        return False
    y = np.asarray(y)
    if y.shape != labels.shape:
        return False
    if set(y.tolist()) <= set(labels.tolist()):
        return bool((y == labels).all())
    return bool((pd.factorize(y)[0] == pd.factorize(labels)[0]).all())


def refuse_text(X: Any, remedy: str) -> None:
    """Raise ValueError where `X` holds text."""
    for name, items in columns_of(X):
        text = next((item for item in items if identity_of(item) is not None), None)
        if text is not None:
            where = f" in column {name!r}" if name else ""
            raise ValueError(f"X holds text{where}, such as {text!r}, and {remedy}")
