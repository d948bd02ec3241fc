"""Label tracks of Audacity: lines of start, end and label, without a header, beside the sound of the same name."""

from __future__ import annotations

import os

import pandas as pd

from skaudio.datasets._sounds import ENDINGS
from skaudio.exceptions import DatasetError

AUDACITY_COLUMNS = {
    "path_column": "path",
    "label_column": "label",
    "offset_column": "start",
    "end_column": "end",
}


def read_audacity_labels(path: str) -> pd.DataFrame | None:
    """Return the labels of a track as a table, or None where the file is no track of labels.

    Raises
    ------
    DatasetError
        If the sound it belongs to is not beside it.
    """
    if not path.lower().endswith(".txt"):
        return None
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        lines = [line.rstrip("\r\n").split("\t") for line in file if line.strip()]
    lines = [line for line in lines if line[0] != "\\"]  # the frequencies of the label above
    if not lines or not all(len(line) == 3 and _is_number(line[0]) and _is_number(line[1]) for line in lines):
        return None
    stem = os.path.splitext(path)[0]
    sounds = [stem + ending for ending in ENDINGS if os.path.isfile(stem + ending)]
    if not sounds:
        raise DatasetError(
            f"{path!r} is a label track of Audacity, and the sound it belongs to is not beside it: "
            f"{os.path.basename(stem)}.wav, or another ending, is expected"
        )
    rows = [(os.path.abspath(sounds[0]), float(start), float(end), label) for start, end, label in lines]
    table = pd.DataFrame(rows, columns=["path", "start", "end", "label"])
    # A label of a moment has no end of its own.
    return table.assign(end=table["end"].where(table["end"] > table["start"]))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
