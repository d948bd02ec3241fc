"""``skaudio predict``: the classes of sound files, or of windows along them, by a saved pipeline."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from skaudio.cli._quiet import quiet_start
from skaudio.cli._report import console, failures_of, print_json, print_table, tell_failures
from skaudio.datasets import find_sounds
from skaudio.inspection import describe_clips
from skaudio.pipeline import predict_readable

_SLIVER = 0.05  # of a window; less than this at a file's end is no window of its own


def predict_files(
    model: Path, files: list[Path], *, top: int, window: float | None, hop: float | None, as_json: bool
) -> int:
    """Load the model, print the most probable classes of each file, or of each window of it, and what failed."""
    if hop is not None and window is None:
        raise ValueError("--hop needs --window: it is the step from one window to the next")
    if not as_json:
        console.print("A .joblib file can run code when it is loaded: use only models you trust.", style="dim")
    pipeline = load_model(model)
    paths = files_of(files)
    clips: list[Any] = list(paths)
    if window is not None:
        clips = windows(paths, window, window if hop is None else hop)
    try:
        probabilities, failures = predict_readable(pipeline, clips, method="predict_proba")
    except TypeError:  # another estimator that takes clips, such as an ensemble of pipelines
        probabilities, failures = pipeline.predict_proba(clips), []
    unread = {failure.position for failure in failures}
    predictions = []
    for position, (clip, row) in enumerate(zip(clips, probabilities)):
        if position in unread:
            continue
        best = np.argsort(-row, kind="stable")[:top]
        classes = [{"class": str(pipeline.classes_[k]), "probability": round(float(row[k]), 6)} for k in best]
        if window is None:
            predictions.append({"file": clip, "classes": classes})
        else:
            path, start, length = clip
            predictions.append({"file": path, "start": start, "end": round(start + length, 6), "classes": classes})
    if as_json:
        print_json({"predictions": predictions, "failures": failures_of(failures)})
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


def files_of(given: list[Path]) -> list[str]:
    """Return the files that a command is given: by name, folder or pattern, or by ``-`` on standard input."""
    files: list[str] = []
    for item in map(str, given):
        if item == "-":
            files += [line for line in sys.stdin.read().splitlines() if line.strip()]
        elif os.path.isdir(item):
            found = find_sounds(item)
            if not found:
                raise ValueError(f"there are no sound files in {item!r}")
            files += found
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


def windows(paths: list[str], window: float, hop: float) -> list[tuple[str, float, float]]:
    """Return segments of `window` seconds, `hop` apart; the last one ends where its file does."""
    lengths = describe_clips(paths)["seconds"]
    segments = []
    for path, seconds in zip(paths, lengths):
        if not seconds > 0:  # to be read, and to fail, like any other
            segments.append((path, 0.0, window))
            continue
        last = max(0.0, seconds - window)
        starts = np.arange(0, last + 1e-6, hop).tolist()
        if last - starts[-1] > _SLIVER * window:
            starts.append(last)
        segments += [(path, round(float(start), 6), min(window, seconds)) for start in starts]
    return segments


def _print_timeline(predictions: list[dict[str, Any]]) -> None:
    rows = []
    for i, each in enumerate(predictions):
        new = i == 0 or predictions[i - 1]["file"] != each["file"]
        named = ", ".join(f"{c['class']} {c['probability']:.3f}" for c in each["classes"])
        rows.append([each["file"] if new else "", f"{each['start']:.2f}", f"{each['end']:.2f}", named])
    print_table("", ["file", "from, s", "to, s", "classes"], rows)


def load_model(path: Path) -> Any:
    """Load a pipeline that ``skaudio train`` or joblib saved."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {str(path)!r}")
    try:
        with quiet_start():
            model = joblib.load(path)
    except ImportError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{str(path)!r} is not a model saved by joblib: {reason}") from error
    if not hasattr(model, "predict_proba"):
        raise ValueError(f"{str(path)!r} holds a {type(model).__name__}, which gives no probabilities of classes")
    return model
