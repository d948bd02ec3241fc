"""``skaudio extract``: the features of a dataset as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio._writing import check_output, replacing
from skaudio.cli._csv import csv_of, write_text
from skaudio.cli._data import Source, keep_readable, table_of
from skaudio.cli._progress import progress
from skaudio.cli._report import console, tell_failures
from skaudio.cli._settings import Setup, temporary_store

_ENDINGS = (".csv", ".parquet")


def extract_features(
    data: Source,
    output: Path,
    setup: Setup,
    *,
    part_rows: int | None,
    on_error: str,
    safe_csv: bool,
) -> int:
    """Write one row a clip: its path, features, label, and its fold and group where the dataset has them."""
    if output.suffix not in _ENDINGS:
        raise ValueError(f"{str(output)!r} must end in {' or '.join(_ENDINGS)}, the formats that are written")
    if output.suffix == ".parquet":
        _need_pyarrow()
    check_output(output)
    pipeline = setup.features_and_classifier(verbose=progress())
    dataset = data.load(folds=False)
    with temporary_store(pipeline, on_error):
        dataset, failures = keep_readable(dataset, pipeline, on_error)
        _write_all(pipeline[0].set_output(transform="pandas"), dataset, output, part_rows, safe_csv)
    return tell_failures(failures)


def _write_all(features: Any, dataset: Bunch, output: Path, part_rows: int | None, safe: bool) -> None:
    n = len(dataset.data)
    n_features = len(features.get_feature_names_out())
    if part_rows is None:
        with replacing(output) as name:
            _write(_table(features, dataset, slice(None)), name, safe)
        console.print(f"{output}: {n} clips, {n_features} features each")
        return
    starts = range(0, n, part_rows)
    for k, start in enumerate(starts):
        part = output.with_stem(f"{output.stem}-{k:05d}")
        with replacing(part) as name:
            _write(_table(features, dataset, slice(start, start + part_rows)), name, safe)
    console.print(
        f"{output.with_stem(output.stem + '-*')}: {n} clips in {len(starts)} parts, {n_features} features each"
    )


def _table(features: Any, dataset: Bunch, rows: slice) -> pd.DataFrame:
    clips = dataset.data[rows]
    # Names that no feature has: a statistic's name ends each of those.
    table = pd.concat([table_of(clips), features.fit_transform(clips)], axis=1)
    more = {"label": dataset.target, "fold": dataset.folds, "group": dataset.groups}
    return table.assign(**{name: values[rows] for name, values in more.items() if values is not None})


def _write(table: pd.DataFrame, name: str, safe: bool) -> None:
    if name.endswith(".parquet"):
        table.to_parquet(name, index=False)
    else:
        write_text(name, csv_of(table, safe=safe))


def _need_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError("a .parquet file needs the package pyarrow: pip install pyarrow; .csv needs none") from error
