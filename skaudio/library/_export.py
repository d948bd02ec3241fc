"""A selection of sounds leaves the library: as a table, as a playlist, or as copies of the files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd

from skaudio._writing import check_output, replacing

_COLUMNS = [
    *(
        "path",
        "start",
        "end",
        "seconds",
        "sample_rate",
        "tags",
        "label",
        "weak_label",
        "category",
        "predicted",
        "probability",
    ),
    "recording",
]
_PLAYLISTS = (".m3u", ".m3u8")


def export_sounds(table: pd.DataFrame, path: str | os.PathLike[str]) -> int:
    """Write sounds of the catalogue: ``.csv`` a table, ``.m3u`` a playlist, anything without an ending copies.

    Returns
    -------
    int
        How many rows, entries or files were written.

    Raises
    ------
    ValueError
        If the name has another ending.
    OSError
        If something cannot be written, or a file to copy is not there.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".csv":
        return _csv(table, path)
    if ending in _PLAYLISTS:
        return _playlist(table, path)
    if ending and not path.is_dir():
        raise ValueError(
            f"{str(path)!r} ends in {ending!r}; .csv for a table, .m3u for a playlist, or a folder for copies is "
            "expected"
        )
    return _copies(table, path)


def _csv(table: pd.DataFrame, path: Path) -> int:
    check_output(path)
    table = table.assign(tags=table["tags"].map("; ".join))[_COLUMNS]
    with replacing(path) as name, open(name, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        table.to_csv(file, index=False)
    return len(table)


def _playlist(table: pd.DataFrame, path: Path) -> int:
    check_output(path)
    lines = ["#EXTM3U"]
    for entry in table["path"]:
        if "\n" in entry or "\r" in entry:
            raise ValueError(f"a playlist cannot hold the name {entry!r}, which has a line's end in it")
    for _, row in table.iterrows():
        name = os.path.basename(row["path"]).replace("\n", " ")
        lines.append(f"#EXTINF:{max(1, round(row['seconds']))},{name}")
        if row["is_part"]:
            lines += [f"#EXTVLCOPT:start-time={row['start']:g}", f"#EXTVLCOPT:stop-time={row['end']:g}"]
        lines.append(row["path"])
    with replacing(path) as name, open(name, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(lines) + "\n")
    return len(table)


def _copies(table: pd.DataFrame, folder: Path) -> int:
    """Copy each file once, under its own name; a name that is taken by another gets a number."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file; a folder to copy to is expected")
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for path in dict.fromkeys(table["path"]):
        stem, ending = os.path.splitext(os.path.basename(path))
        target, number = folder / (stem + ending), 1
        while target.exists():
            number += 1
            target = folder / f"{stem} ({number}){ending}"
        with replacing(target) as name:
            shutil.copy2(path, name)
        written += 1
    return written
