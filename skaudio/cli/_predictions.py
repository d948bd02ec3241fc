"""Predictions as files: tables, JSON, and the labels of Audacity and Raven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from skaudio._writing import check_output, replacing
from skaudio.cli._csv import csv_of, write_text
from skaudio.cli._report import to_json
from skaudio.windows import merge_windows

_RAVEN = ".selections.txt"


def check_predictions(output: Path, paths: list[Any], *, windows: bool) -> None:
    """Raise, before the work, where predictions for the files `paths` could not be written to `output`."""
    check_output(output)
    if output.suffix in (".csv", ".json"):
        return
    if output.suffix != ".txt":
        raise ValueError(f"{str(output)!r} must end in .csv, .json, .txt (Audacity) or {_RAVEN} (Raven)")
    if not windows:
        raise ValueError(f"{str(output)!r} is for labels along a recording: they need --window")
    if len(paths) > 1 and not output.name.endswith(_RAVEN):
        raise ValueError(
            f"{str(output)!r} is a label track of Audacity, which belongs to one recording, and there are "
            f"{len(paths)}; write .csv, or {_RAVEN}"
        )


def write_predictions(table: pd.DataFrame, output: Path, names: list[str], threshold: float, safe_csv: bool) -> None:
    """Write the predictions in the form that the ending of `output` says.

    Labels are of windows whose best class has `threshold` at least, and neighbours of one class are one.
    """
    if output.name.endswith(_RAVEN):
        text = _raven(merge_windows(table, threshold=threshold))
    elif output.suffix == ".txt":
        text = _audacity(merge_windows(table, threshold=threshold))
    else:
        best = table[names].to_numpy().argmax(axis=1)
        whole = table.drop(columns="recording", errors="ignore")
        at = len(whole.columns) - len(names)
        whole.insert(at, "predicted", [names[k] for k in best])
        whole = whole.rename(columns={name: f"p_{name}" for name in names})
        text = csv_of(whole, safe=safe_csv) if output.suffix == ".csv" else to_json(whole.to_dict("records"))
    with replacing(output) as name:
        write_text(name, text)


def _audacity(labels: pd.DataFrame) -> str:
    """Return a label track; it says nothing of the file it belongs to."""
    rows = zip(labels["start"], labels["end"], labels["label"])
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows)


def _raven(labels: pd.DataFrame) -> str:
    """Return a selection table."""
    table = pd.DataFrame(
        {
            "Selection": range(1, len(labels) + 1),
            "View": "Waveform 1",
            "Channel": 1,
            "Begin Time (s)": labels["start"].map("{:.6f}".format),
            "End Time (s)": labels["end"].map("{:.6f}".format),
            "Begin Path": labels["path"],
            "Annotation": labels["label"],
            "Probability": labels["probability"].map("{:.3f}".format),
        }
    )
    return table.to_csv(sep="\t", index=False)
