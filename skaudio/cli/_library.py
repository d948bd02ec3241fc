"""``skaudio library``: a library of sounds, from the terminal."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skaudio._writing import check_output
from skaudio.cli._output import new_axes, save_figure
from skaudio.cli._progress import progress
from skaudio.cli._quiet import quiet_start
from skaudio.cli._report import FAILED, complain, console, print_json, print_table
from skaudio.cli._settings import Setup
from skaudio.datasets import is_sound
from skaudio.exceptions import LibraryError, warn_user
from skaudio.library import SoundLibrary

_NUMBERS = ("seconds", "start", "end", "sample_rate", "probability")
_SHOWN = ("id", "path", "start", "end", "seconds", "recording", "category", "label", "predicted", "tags")


def update_library(
    path: Path,
    folders: Sequence[Path],
    setup: Setup | None,
    *,
    window: float | None = None,
    pattern: str | None = None,
    again: bool = False,
    threads: int | None = -1,
    as_json: bool,
) -> int:
    """Bring a library up to date, and return the exit status: 3 where files cannot be read."""
    if folders:
        for folder in folders:  # before an empty library is made
            if not folder.is_dir():
                raise LibraryError(f"{str(folder)!r}: there is no such folder")
        is_new = not path.exists()
        features = None if setup is None else setup.features_and_classifier()["features"]
        library = SoundLibrary(path, features=features, window=window)
    else:
        is_new = False
        library = open_library(path)
    try:
        report = library.update(*folders, pattern=pattern, again=again, n_jobs=threads, verbose=progress())
    except (ValueError, OSError):
        if is_new and not library.info()["files"]:  # nothing has come of it
            os.remove(path)
        raise
    failures = report.failures
    if as_json:
        counts = {name: value for name, value in vars(report).items() if name.startswith("n_")}
        tables = {"failures": failures.to_dict("records"), "doubts": report.doubts.to_dict("records")}
        print_json({"library": library.path, **counts, **tables})
    else:
        console.print(
            f"{path}: {report.n_added} added, {report.n_changed} changed, {report.n_moved} moved, "
            f"{report.n_forgotten} forgotten, {report.n_unchanged} unchanged",
            soft_wrap=True,
        )
    for name, doubt in zip(report.doubts["path"], report.doubts["doubt"]):
        warn_user(f"{name!r} is not as its header has it: {doubt}")
    for name, error in zip(failures["path"], failures["error"]):
        complain(f"cannot read {name!r}: {error}")
    return FAILED if len(failures) or report.missing else 0


def forget_folder(path: Path, folder: Path, *, as_json: bool) -> None:
    """Let go of a folder."""
    library = open_library(path)
    n = library.forget(folder)
    if as_json:
        print_json({"library": library.path, "folder": str(folder), "n_forgotten": n})
    else:
        console.print(f"{folder}: {n} files forgotten", soft_wrap=True)


def open_library(path: Path) -> SoundLibrary:
    """Open a library that must be there.

    Raises
    ------
    LibraryError
        If there is none.
    """
    if not path.is_file():
        raise LibraryError(f"there is no library {str(path)!r}; skaudio library add FOLDER makes one")
    return SoundLibrary(path)


def search_library(
    path: Path,
    items: Sequence[str],
    k: int,
    unlike: Sequence[Path],
    *,
    offset: float,
    duration: float | None,
    tags: list[str] | None,
    where: list[str] | None,
    weights: list[str] | None,
    per_recording: int | None,
    as_json: bool,
) -> None:
    """Print what a search finds."""
    library = open_library(path)
    files = [item for item in items if os.path.exists(item)]
    words = [item for item in items if not os.path.exists(item)]
    for word in words:
        if is_sound(word) or os.sep in word:
            raise LibraryError(f"there is no file {word!r}; words to look for have no folders and no endings")
    clips: list[Any] = [(file, offset, duration) if offset or duration is not None else file for file in files]
    if not clips and (offset or duration is not None or weights or unlike):
        raise LibraryError("--offset, --duration, --weight and --unlike are for a search by files, and none is named")
    chosen: dict[str, Any] = {"tags": tags, "where": _conditions(where), "per_recording": per_recording}
    if words:
        if weights or unlike:
            raise LibraryError("--weight and --unlike are for a search by files alone, without words")
        found = library.search_text(" ".join(words), k, clip=clips or None, **chosen)
    else:
        found = library.search(
            clips, k, unlike=[str(each) for each in unlike] or None, weights=_numbers(weights), **chosen
        )
    score = "score" if words else "similarity"
    if as_json:
        columns = [*_SHOWN, *(name for name in ("similarity", "score", "by_words") if name in found)]
        print_json({"library": library.path, "results": _records(found, columns)})
        return
    rows = [
        [row["id"], f"{row[score]:.3f}", _place(row), _class_of(row), ", ".join(row["tags"])]
        for _, row in found.iterrows()
    ]
    if rows:
        print_table("", ["id", score, "file", "class", "tags"], rows)
    else:
        console.print("nothing is found")


def tag_sounds(path: Path, tag: str, sounds: Sequence[str], *, remove: bool, as_json: bool) -> None:
    """Give sounds a tag, or take it away."""
    library = open_library(path)
    n = library.tag(_named(sounds), tag, remove=remove)
    if as_json:
        print_json({"library": library.path, "tag": tag, "n_changed": n})
    else:
        console.print(f"{tag}: {'taken from' if remove else 'given to'} {n} sounds", soft_wrap=True)


def list_duplicates(path: Path, by: str, threshold: float | None, *, threads: int | None, as_json: bool) -> None:
    """Print the sounds that are there more than once."""
    library = open_library(path)
    found = library.duplicates(by=by, threshold=threshold, n_jobs=threads)
    if as_json:
        print_json({"library": library.path, "duplicates": _records(found, ["group", "id", "path", "start", "end"])})
        return
    if len(found):
        print_table(
            "", ["group", "id", "file"], [[row["group"], row["id"], _place(row)] for _, row in found.iterrows()]
        )
    console.print(f"{len(found)} sounds in {found['group'].nunique()} groups")


def draw_map(path: Path, method: str, output: Path, *, as_json: bool) -> None:
    """Write a map of all sounds."""
    check_output(output)
    if output.suffix not in (".png", ".csv"):
        raise ValueError(f"{str(output)!r} must end in .png or .csv, which says what is written")
    library = open_library(path)
    sounds = library.sounds
    with quiet_start():  # UMAP starts TensorFlow where that is installed
        found = library.map(method=method)
    places = found.merge(sounds[["id", "path", "start", "end", "label", "weak_label"]], on="id")
    if output.suffix == ".csv":
        places.to_csv(output, index=False, errors="surrogateescape")
    else:
        classes = places["label"].where(places["label"].notna(), places["weak_label"]).fillna("")
        axes = new_axes(width=8, height=7)
        for name, part in places.groupby(classes):
            axes.scatter(part["x"], part["y"], s=12, alpha=0.7, label=name or None)
        if 1 < classes.nunique() <= 20:
            axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        axes.set(xticks=[], yticks=[], title=f"{len(places)} sounds")
        save_figure(axes.figure, output)
    if as_json:
        print_json({"library": library.path, "output": str(output), "n_sounds": len(places)})
    else:
        console.print(f"{output}: {len(places)} sounds", soft_wrap=True)


def export_library(
    path: Path, output: Path, sounds: Sequence[str], *, tags: list[str] | None, where: list[str] | None, as_json: bool
) -> None:
    """Write sounds to a table or a playlist, or copy their files."""
    library = open_library(path)
    chosen = library.select(tags=tags, where=_conditions(where), sounds=_named(sounds) if sounds else None)
    n = library.export(output, chosen)
    if as_json:
        print_json({"library": library.path, "output": str(output), "n_written": n})
    else:
        console.print(f"{output}: {n} written", soft_wrap=True)


def serve_page(path: Path, port: int, *, browser: bool) -> None:
    """Serve a library's page until it is interrupted."""
    from skaudio.library.page import serve_library

    library = open_library(path)

    def ready(address: str) -> None:
        console.print(f"{path}: {address}", soft_wrap=True)
        console.print("Ctrl-C ends it. The address is for this machine alone, and for whoever knows it.")
        sys.stdout.flush()
        if browser:
            webbrowser.open(address)

    serve_library(library, port=port, ready=ready)


def show_library(path: Path, *, as_json: bool) -> None:
    """Print what a library holds."""
    library = open_library(path)
    found = library.info()
    if as_json:
        failures = library.unreadable.to_dict("records")
        print_json({**found, "features": json.loads(found["features"]), "failures": failures})
        return
    console.print(
        f"{found['path']}: {found['sounds']} sounds in {found['files']} files, {found['seconds'] / 3600:.2f} h, "
        f"{found['bytes'] / 1e6:.1f} MB",
        soft_wrap=True,
    )
    console.print(f"{found['unreadable']} files cannot be read (--json lists them), {found['gone']} are gone")
    console.print(f"{found['tags']} tags, {found['labels']} labels")
    for folder in found["folders"]:
        console.print(folder, soft_wrap=True)


def _named(sounds: Sequence[str]) -> list[Any]:
    """Return ids as numbers, and the names of files as they are."""
    return [int(each) if each.isdecimal() and not os.path.exists(each) else each for each in sounds]


def _conditions(where: list[str] | None) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for pair in where or []:
        name, equals, value = pair.partition("=")
        if not equals or not value:
            raise ValueError(f"--where {pair!r} is not of the form NAME=VALUE, as label=dog or seconds=0:5")
        conditions[name] = _limits(value, pair) if name in _NUMBERS else value
    return conditions


def _limits(value: str, pair: str) -> Any:
    try:
        if ":" not in value:
            return float(value)
        least, most = value.split(":")
        return (float(least) if least else None, float(most) if most else None)
    except ValueError:
        raise ValueError(f"--where {pair!r} has no number, or LEAST:MOST, as seconds=0:5") from None


def _numbers(weights: list[str] | None) -> dict[str, float] | None:
    found = {}
    for pair in weights or []:
        name, _, value = pair.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise ValueError(f"--weight {pair!r} is not of the form PART=NUMBER, as chroma=0") from None
    return found or None


def _class_of(row: pd.Series) -> str:
    """Return what a sound is: as somebody said, or as a classifier guesses."""
    if row["label"]:
        return str(row["label"])
    return f"{row['predicted']}? ({row['probability']:.0%})" if row["predicted"] else ""


def _place(row: pd.Series) -> str:
    return f"{row['path']} [{row['start']:g} to {row['end']:g} s]" if row["is_part"] else str(row["path"])


def _records(table: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    return [{**row, "tags": list(row["tags"])} if "tags" in row else row for row in table[columns].to_dict("records")]
