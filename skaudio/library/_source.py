"""Sounds of a library as a dataset, such as everything else here takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError

_COLUMNS = {"labels": "label", "label": "label", "weak_label": "weak_label", "category": "category"}
_COLUMNS["predicted"] = "predicted"


def dataset_of(table: pd.DataFrame, labels: Any, library: str) -> Bunch:
    """Return the sounds that have a class, as `load_audio_table` does."""
    if isinstance(labels, Mapping):
        classes = table["id"].map(dict(labels))
    elif isinstance(labels, str) and labels in _COLUMNS:
        classes = table[_COLUMNS[labels]]
    else:
        raise ValueError(f"labels={labels!r} is unknown; one of {', '.join(map(repr, _COLUMNS))}, or classes by id")
    chosen = table.assign(label=classes.astype(object))[classes.notna().to_numpy()].reset_index(drop=True)
    if not len(chosen):
        raise DatasetError(f"no sound of {library!r} has a class by labels={labels!r}")
    columns: dict[str, Any] = {"path_column": "path", "label_column": "label", "group_column": "recording"}
    if chosen["is_part"].any():
        columns |= {"offset_column": "start", "end_column": "end"}
        chosen["end"] = chosen["end"].where(chosen["is_part"])  # a whole file runs to its end
    kept = ["id", "path", "label", "recording", "start", "end", "seconds", "category", "weak_label"]
    return load_audio_table(chosen[kept], **columns)
