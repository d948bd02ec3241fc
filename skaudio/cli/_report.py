"""What several commands print: headings, tables, numbers by fold, and JSON."""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from skaudio._shown import escape_unsafe
from skaudio.cli._streams import ReaderGoneError
from skaudio.exceptions import AudioReadError
from skaudio.model_selection import accuracy_interval


class _Console(Console):
    """A console that writes control characters of names and other foreign text as codes, so that they do nothing."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(escape_unsafe(each) if isinstance(each, str) else each for each in objects), **options)

    def on_broken_pipe(self) -> None:
        raise ReaderGoneError


# Names of files are shown as they are, whatever brackets and colons they hold.
console = _Console(highlight=False, markup=False, emoji=False)
if not console.is_terminal:
    console.width = 1000  # a program or a file reads it: no line is folded


def print_heading(text: str) -> None:
    """Print a heading."""
    if console.is_terminal:
        console.rule(text)
    else:
        console.print(f"\n{text}\n")


def print_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Print a table, numbers to the right; without lines where it is piped or the terminal is narrow."""
    style: dict[str, Any] = {} if console.is_terminal and console.width >= _NARROW else {"box": None, "pad_edge": False}
    table = Table(**style)
    for i, column in enumerate(columns):
        numbers = i > 0 and all(_is_number(row[i]) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(escape_unsafe, row))
    if title:  # not the table's own, which is folded to its width
        console.print(title, style="bold")
    console.print(table)
    console.print()


def _is_number(cell: Any) -> bool:
    return not str(cell) or str(cell).lstrip("-").replace(".", "", 1).rstrip("%").isdigit()


def print_folds(title: str, names: list[Any], n_test: list[int], scores: np.ndarray, scoring: str = "accuracy") -> None:
    """Print the score of each fold, their mean and standard deviation; of those that have one."""
    rows = [[name, n, "" if score != score else f"{score:.3f}"] for name, n, score in zip(names, n_test, scores)]
    print_table(title, ["fold", "clips", scoring], rows)
    there = scores[~np.isnan(scores)]
    console.print(f"mean {there.mean():.3f}, sd {there.std():.3f} over {len(there)} folds\n")


def print_classes(title: str, by_class: dict[str, dict[str, float]]) -> None:
    """Print scikit-learn's report on each class."""
    rows = [
        [name, *(f"{values[key]:.3f}" for key in ("precision", "recall", "f1-score")), int(values["support"])]
        for name, values in by_class.items()
    ]
    print_table(title, ["class", "precision", "recall", "F1", "clips"], rows)


def describe_accuracy(right: np.ndarray, groups: Any) -> tuple[str, dict[str, Any]]:
    """Return a sentence on an accuracy, its interval and what that rests on; and the same for JSON."""
    low, high = accuracy_interval(right, groups)
    n_groups = None if groups is None else len(np.unique(groups))
    over = f"Wilson's over {len(right)} clips" if groups is None else f"by bootstrap over {n_groups} groups"
    text = f"accuracy {right.mean():.3f} on {len(right)} clips, 95 % interval {low:.3f} to {high:.3f} ({over})"
    if n_groups is not None and n_groups < _FEW:
        text += f"\nOf {n_groups} groups such an interval is too narrow: more groups would tell more."
    elif high - low > _WIDE:
        text += f"\nThat is a wide interval: more {'clips' if groups is None else 'groups'} would tell more."
    return text, {"accuracy": right.mean(), "interval": [low, high], "n_groups": n_groups}


_NARROW = 60  # columns
_WIDE = 0.2  # of an interval of accuracy
_FEW = 10  # groups
FAILED = 3
"""The exit status where the work is done, but for some clips that cannot be read."""


def failures_of(failures: list[AudioReadError]) -> list[dict[str, Any]]:
    """Return the clips that cannot be read, as they stand in JSON."""
    return [{"path": failure.path, "error": failure.reason} for failure in failures]


def tell_failures(failures: list[AudioReadError]) -> int:
    """Print the clips that cannot be read to stderr, and return the exit status."""
    for failure in failures:
        complain(f"cannot read {failure.path!r}: {failure.reason}")
    return FAILED if failures else 0


def complain(message: str) -> None:
    """Print one line on what the user can put right, to stderr."""
    print("skaudio: error: " + escape_unsafe(in_cli_words(" ".join(message.split()))), file=sys.stderr)


_IN_PYTHON = (
    (r"\b(path|label|fold|group|offset|duration|end)_column(=\w+)?", r"--column \1=NAME"),
    (r"\bmissing='drop'", "--missing drop"),
    (r"\bpattern=(?=')", "--pattern "),
    (r"\bhop=", "--hop "),
    (r"\bwindow=", "--window "),
)


def in_cli_words(message: str) -> str:
    """Return a message with the options of the command in place of the parameters of Python."""
    for written, option in _IN_PYTHON:
        message = re.sub(written, option, message)
    return message


def print_json(result: dict[str, Any]) -> None:
    """Print `result` as JSON, numpy's numbers included; NaN and infinity, which JSON does not have, as null."""
    try:
        print(to_json(result), flush=True)
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def to_json(value: Any) -> str:
    """Return a value as JSON."""
    return json.dumps(_plain(value), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)
