"""``skaudio explore``: what a dataset consists of, in numbers and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skaudio._shown import escape_unsafe
from skaudio.cli._advice import advise
from skaudio.cli._data import Source
from skaudio.cli._output import new_axes, save_figure
from skaudio.cli._progress import progress
from skaudio.cli._report import console, print_heading, print_json, print_table
from skaudio.cli._settings import Setup
from skaudio.exceptions import AudioReadError
from skaudio.inspection import describe_clips
from skaudio.plotting import ClassCountDisplay, MFCCDisplay

_MAX_EXAMPLES = 12


def explore_dataset(
    data: Source,
    setup: Setup,
    out: Path,
    *,
    threads: int | None,
    as_json: bool,
) -> None:
    """Print counts, forms and lengths, and draw class counts, lengths and an example of each class."""
    features = setup.features_and_classifier()["features"]
    dataset = data.load(folds=False)
    out.mkdir(parents=True, exist_ok=True)
    clips = describe_clips(dataset.data, n_jobs=threads, verbose=progress())
    figures = _draw(dataset, clips, out)
    readable = clips.dropna(subset="seconds")
    counts = pd.Series(dataset.target).value_counts().sort_index()
    by_fold = None if dataset.folds is None else pd.crosstab(dataset.target, dataset.folds)
    result: dict[str, Any] = {
        "data": str(data),
        "n_clips": len(dataset.data),
        "n_unreadable": len(clips) - len(readable),
        "n_recordings": None if dataset.groups is None else len(np.unique(dataset.groups)),
        "classes": counts.to_dict(),
        "folds": None if by_fold is None else {str(fold): int(n) for fold, n in by_fold.sum().items()},
        "sample_rates": _counts(readable["sample_rate"].astype(int)),
        "channels": _counts(readable["channels"].astype(int)),
        "subtypes": _counts(readable["subtype"]),
        "seconds": _lengths(readable["seconds"]),
        "advice": advise(readable["sample_rate"].astype(int).value_counts().to_dict(), features),
        "figures": [str(figure) for figure in figures],
    }
    if as_json:
        print_json(result)
        return
    _print(result, counts, by_fold)


def _print(result: dict[str, Any], counts: pd.Series, by_fold: pd.DataFrame | None) -> None:
    print_heading("Data")
    recordings = "" if result["n_recordings"] is None else f" of {result['n_recordings']} groups"
    folds = "no folds of its own" if by_fold is None else f"{by_fold.shape[1]} folds"
    console.print(f"{result['data']}: {result['n_clips']} clips{recordings}, {len(counts)} classes, {folds}")
    if result["n_unreadable"]:
        console.print(f"{result['n_unreadable']} clips cannot be read; `skaudio check` names them")
    if by_fold is None:
        print_table("Clips by class", ["class", "clips"], [[name, n] for name, n in counts.items()])
    else:
        rows = [[name, *row, sum(row)] for name, row in zip(by_fold.index, by_fold.to_numpy().tolist())]
        print_table("Clips by class and fold", ["class", *map(str, by_fold.columns), "all"], rows)
    for title, key, unit in (
        ("Sampling rates", "sample_rates", "Hz"),
        ("Channels", "channels", "channels"),
        ("Encodings", "subtypes", "encoding"),
    ):
        print_table(title, [unit, "clips"], [[name, n] for name, n in result[key].items()])
    lengths = result["seconds"]
    print_table("Lengths", ["", "s"], [[name, value] for name, value in lengths.items()])
    for each in result["advice"]:
        console.print(f"{each}\n", soft_wrap=True)
    console.print("Figures: " + ", ".join(result["figures"]))


def _lengths(seconds: pd.Series) -> dict[str, float]:
    if seconds.empty:
        return {}
    lengths = {"shortest": seconds.min(), "median": seconds.median(), "longest": seconds.max(), "total": seconds.sum()}
    return {name: round(float(value), 4) for name, value in lengths.items()}


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(name): int(n) for name, n in values.value_counts().items()}


def _draw(dataset: Bunch, clips: pd.DataFrame, out: Path) -> list[Path]:
    paths = [out / name for name in ("class_counts.png", "lengths.png", "examples.png")]
    n_classes = len(dataset.target_names)
    ax = new_axes(height=max(4.5, 0.25 * n_classes))
    save_figure(ClassCountDisplay.from_dataset(dataset, by_fold=dataset.folds is not None, ax=ax).figure_, paths[0])
    ax = new_axes()
    seconds = clips["seconds"].dropna()
    spread = seconds.max() - seconds.min() if len(seconds) else 0
    if spread < 0.01:  # one length: limits of a histogram's own would look like several
        ax.bar([seconds.median() if len(seconds) else 0], [len(seconds)], width=0.02, color="#0072B2")
        ax.set_xlim(0, None)
    else:
        ax.hist(seconds, bins=40, color="#0072B2")
    ax.set(xlabel="length in s", ylabel="clips", title="Lengths of the clips")
    ax.spines[["top", "right"]].set_visible(False)
    save_figure(ax.figure, paths[1])
    names = dataset.target_names[:_MAX_EXAMPLES]
    n_rows = -(-len(names) // 3)
    axes = np.atleast_1d(new_axes(n_rows, min(3, len(names)), width=12, height=3 * n_rows)).ravel()
    for ax, name in zip(axes, names):
        try:
            MFCCDisplay.from_clip(dataset.data[np.flatnonzero(dataset.target == name)[0]], kind="mel", ax=ax)
        except AudioReadError:
            ax.text(0.5, 0.5, "cannot be read", ha="center", transform=ax.transAxes)
        ax.set_title(escape_unsafe(name).replace("_", " "), parse_math=False)
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    if len(dataset.target_names) > len(names):
        axes[0].figure.suptitle(f"The first {len(names)} of {len(dataset.target_names)} classes")
    save_figure(axes[0].figure, paths[2])
    return paths
