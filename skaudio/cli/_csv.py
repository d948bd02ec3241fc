"""Tables as CSV: any names, and where asked for, none that a spreadsheet would compute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(table: pd.DataFrame, *, safe: bool = False) -> str:
    """Return a table as CSV; with `safe`, text that begins a formula has an apostrophe before it."""
    if safe:
        table = table.rename(columns=_defused)
        for name in table.columns:
            if not pd.api.types.is_numeric_dtype(table[name]):
                table[name] = table[name].map(_defused)
    return str(table.to_csv(index=False))


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8; names that are not UTF-8 are written with their original bytes."""
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
