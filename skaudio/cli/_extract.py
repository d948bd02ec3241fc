"""``skaudio extract``: the features of a dataset as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from skaudio.audio import path_of
from skaudio.cli._data import load
from skaudio.cli._output import beside, check_output
from skaudio.cli._report import console
from skaudio.cli._settings import pipeline_of

_ENDINGS = (".csv", ".parquet")


def run(data: Path, output: Path, settings: list[str] | None, *, missing: str, columns: list[str] | None) -> None:
    """Write one row a clip: its path, features, label, and its fold and group where the dataset has them."""
    if output.suffix not in _ENDINGS:
        raise ValueError(f"{str(output)!r} must end in {' or '.join(_ENDINGS)}, the formats that are written")
    if output.suffix == ".parquet":
        _need_pyarrow()
    check_output(output)
    features = pipeline_of(settings, seed=0, verbose=1)["features"].set_output(transform="pandas")
    dataset = load(data, missing=missing, columns=columns, folds=False)
    table = features.fit_transform(dataset.data)
    # Names that no feature has: a statistic's name ends each of those.
    table.insert(0, "path", [path_of(clip) for clip in dataset.data])
    first: Any = dataset.data[0]
    if isinstance(first, tuple):
        table.insert(1, "offset", [clip[1] for clip in dataset.data])
        table.insert(2, "duration", [clip[2] for clip in dataset.data])
    more = {"label": dataset.target, "fold": dataset.folds, "group": dataset.groups}
    table = table.assign(**{name: values for name, values in more.items() if values is not None})
    with beside(output) as name:
        _write(table, name)
    console.print(f"{output}: {len(table)} clips, {features.get_feature_names_out().size} features each")


def _write(table: pd.DataFrame, name: str) -> None:
    if name.endswith(".parquet"):
        table.to_parquet(name, index=False)
    else:
        table.to_csv(name, index=False)


def _need_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError("a .parquet file needs the package pyarrow: pip install pyarrow; .csv needs none") from error
