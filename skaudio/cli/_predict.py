"""``skaudio predict``: the classes of sound files, or of windows along them, by a saved pipeline."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skaudio.cli._data import columns_of, table_of
from skaudio.cli._model import find_model, load_model
from skaudio.cli._predictions import check_predictions, write_predictions
from skaudio.cli._report import console, failures_of, print_json, print_table, tell_failures
from skaudio.clips import as_clip
from skaudio.datasets import clips_of_table, find_sounds, is_table
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError
from skaudio.pipeline import predict_readable
from skaudio.windows import merge_windows, predict_windows

_MAX_LINES = 40  # of a timeline on the terminal; a longer one is summed up


def predict_files(
    model: Path,
    files: list[Path],
    columns: list[str] | None,
    *,
    top: int,
    window: float | None,
    hop: float | None,
    output: Path | None,
    threshold: float,
    allow_pickle: bool,
    as_json: bool,
    safe_csv: bool,
) -> int:
    """Load the model, print or write the classes of each file, or of each window of it, and tell what failed."""
    if hop is not None and window is None:
        raise ValueError("--hop needs --window: it is the step from one window to the next")
    find_model(model, allow_pickle)
    clips = clips_of(files, columns)
    if window is not None and any(isinstance(clip, tuple) for clip in clips):
        raise ValueError("--window is for whole recordings, and the table lists parts of them")
    if output is not None:
        check_predictions(output, clips, windows=window is not None)
    if not any(os.path.exists(as_clip(clip).path or "") for clip in clips):  # no need of a model, then
        complaints = [AudioFileNotFoundError("there is no such file", as_clip(clip).path) for clip in clips]
        if as_json:
            print_json({"predictions": [], "failures": failures_of(list(complaints))})
        return tell_failures(list(complaints))
    pipeline = load_model(model, allow_pickle)
    table, failures = _by_file(pipeline, clips) if window is None else _by_window(pipeline, clips, window, hop)
    names = [str(name) for name in pipeline.classes_]
    table.columns = [*table.columns[: len(table.columns) - len(names)], *names]
    if output is not None:
        write_predictions(table, output, names, threshold, safe_csv)
    predictions = [_prediction_of(row, names, top) for row in table.to_dict("records")]
    if as_json:
        print_json({"predictions": predictions, "failures": failures_of(failures)})
    elif output is not None:
        n_files = table["path"].nunique()
        console.print(f"{output}: {len(table)} {'windows' if window else 'files'} of {n_files} files", soft_wrap=True)
    elif window is not None and len(predictions) > _MAX_LINES:
        _print_summary(table, threshold)
    elif window is not None:
        _print_timeline(predictions)
    elif predictions:
        rows = [
            [each["file"] if i == 0 else "", named["class"], f"{named['probability']:.3f}"]
            for each in predictions
            for i, named in enumerate(each["classes"])
        ]
        print_table("", ["file", "class", "probability"], rows)
    return tell_failures(failures)


def _by_file(pipeline: Any, clips: list[Any]) -> tuple[pd.DataFrame, list[AudioReadError]]:
    try:
        shares, failures = predict_readable(pipeline, clips, method="predict_proba")
    except TypeError:  # another estimator that takes clips, such as an ensemble of pipelines
        shares, failures = pipeline.predict_proba(clips), []
    rows = np.setdiff1d(np.arange(len(clips)), [failure.position for failure in failures])
    table = table_of([clips[row] for row in rows])
    return pd.concat([table, pd.DataFrame(np.asarray(shares[rows]), columns=pipeline.classes_)], axis=1), failures


def _by_window(
    pipeline: Any, paths: list[Any], window: float, hop: float | None
) -> tuple[pd.DataFrame, list[AudioReadError]]:
    parts, failures = [], []
    for position, path in enumerate(paths):
        try:
            part = predict_windows(pipeline, [path], window=window, hop=hop)
        except AudioReadError as error:
            failures.append(error)
        else:
            parts.append(part.assign(recording=position))
    empty = pd.DataFrame(columns=["recording", "path", "start", "end", *pipeline.classes_])
    return (pd.concat(parts, ignore_index=True) if parts else empty), failures


def _prediction_of(row: dict[Any, Any], names: list[str], top: int) -> dict[str, Any]:
    best = sorted(names, key=lambda name: -row[name])[:top]
    classes = [{"class": name, "probability": round(float(row[name]), 6)} for name in best]
    if "start" not in row:
        part = {name: row[name] for name in ("offset", "duration") if name in row}
        return {"file": row["path"], **part, "classes": classes}
    return {"file": row["path"], "start": round(row["start"], 6), "end": round(row["end"], 6), "classes": classes}


def clips_of(given: list[Path], columns: list[str] | None) -> list[Any]:
    """Return the clips that a command is given: files by name, folder, pattern or table, or by ``-`` on its input."""
    files: list[Any] = []
    for item in map(str, given):
        if item == "-":
            files += [line for line in sys.stdin.read().splitlines() if line.strip()]
        elif os.path.isdir(item):
            found = find_sounds(item)
            if not found:
                raise ValueError(f"there are no sound files in {item!r}")
            files += found
        elif os.path.isfile(item) and is_table(item):
            files += clips_of_table(item, **columns_of(columns or []))
        elif glob.has_magic(item) and not os.path.exists(item):
            found = sorted(path for path in glob.glob(item, recursive=True) if os.path.isfile(path))
            if not found:
                raise ValueError(f"no file matches {item!r}")
            files += found
        else:
            files.append(item)
    if not files:
        raise ValueError("there are no files to name: standard input has no paths, one a line")
    return files


def _print_summary(table: pd.DataFrame, threshold: float) -> None:
    """Print how long each class is heard in each file: an hour is thousands of windows."""
    merged = merge_windows(table, threshold=threshold)
    seconds = (merged["end"] - merged["start"]).groupby([merged["path"], merged["label"]]).sum()
    counts = merged.groupby(["path", "label"]).size()
    rows = []
    for path in merged["path"].unique():
        found = seconds[path].sort_values(ascending=False)
        for k, (label, length) in enumerate(found.items()):
            rows.append([path if k == 0 else "", label, f"{length:.1f}", int(counts[path, label])])
    print_table("", ["file", "class", "seconds", "times"], rows)
    console.print(
        f"{len(table)} windows; -o writes them: as .csv, .json, .txt for Audacity, or .selections.txt for Raven"
    )


def _print_timeline(predictions: list[dict[str, Any]]) -> None:
    rows = []
    for i, each in enumerate(predictions):
        new = i == 0 or predictions[i - 1]["file"] != each["file"]
        named = ", ".join(f"{c['class']} {c['probability']:.3f}" for c in each["classes"])
        rows.append([each["file"] if new else "", f"{each['start']:.2f}", f"{each['end']:.2f}", named])
    print_table("", ["file", "from, s", "to, s", "classes"], rows)
