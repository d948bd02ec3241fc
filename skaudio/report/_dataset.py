"""`dataset_report`: what a dataset consists of and what is wrong with it, as one HTML file."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit

from skaudio._shown import escape_unsafe
from skaudio.exceptions import LeakageWarning
from skaudio.inspection import check_clips, describe_clips
from skaudio.model_selection import check_leakage
from skaudio.report._page import Html, bar, bars, heading, link, page, paragraph, table
from skaudio.report._players import SECONDS, player

_MAX_PLAYERS = 40  # clips with a problem that get a player, at most
_MAX_CLASSES = 60  # classes that get a line, at most
_SPLITS = 10


def dataset_report(
    dataset: Any, *, name: str = "Dataset", duplicates: bool = False, n_jobs: int | None = None, verbose: int = 0
) -> str:
    """Return a page that shows a dataset before any model is trained on it.

    It has the classes, each with a clip to hear; folds; lengths, rates and formats; which clips share a recording with
    another fold, and what a random split would do; and each clip that is broken, silent, clipped, cut or a copy.

    Parameters
    ----------
    dataset : Bunch
        As a loader of `skaudio.datasets` gives it.
    name : str, default="Dataset"
        The heading of the page.
    duplicates : bool, default=False
        Whether clips are looked for that are nearly the same sound or overlap, as `find_duplicates` does by
        fingerprint. Clips of equal samples are found in any case.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores.
    verbose : int, default=0
        1 shows progress bars on stderr.

    Returns
    -------
    str
        HTML that needs no other file and no network.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds
    >>> from skaudio.report import dataset_report
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = dataset_report(make_urban_sounds(folder, n_per_class=2), name="Synthetic sounds")
    >>> page.count("<audio") >= 10  # one of each class
    True
    """
    clips = describe_clips(dataset.data, n_jobs=n_jobs, verbose=verbose)
    problems = check_clips(
        dataset.data,
        dataset.target,
        folds=dataset.folds,
        duplicates="fingerprint" if duplicates else "samples",
        n_jobs=n_jobs,
        verbose=verbose,
    )
    parts = [
        *_summary(dataset, clips, problems),
        *_problems(dataset, problems),
        *_leakage(dataset),
        *_classes(dataset, clips),
        *_lengths_and_formats(clips),
    ]
    return page(escape_unsafe(name), parts)


def _summary(dataset: Any, clips: pd.DataFrame, problems: pd.DataFrame) -> list[str]:
    n_clips, n_bad = len(dataset.data), problems.index.nunique()
    groups = "unknown" if dataset.groups is None else str(len(set(map(str, dataset.groups))))
    folds = "none of its own" if dataset.folds is None else str(len(np.unique(dataset.folds)))
    rows = [
        ["clips", str(n_clips)],
        ["classes", str(len(dataset.target_names))],
        ["folds", folds],
        ["recordings, or other groups", groups],
        ["length of all", f"{clips['seconds'].sum() / 3600:.2f} h"],
        ["clips with a problem", str(n_bad)],
    ]
    return [table(["", ""], rows)]


def _problems(dataset: Any, problems: pd.DataFrame) -> list[str]:
    parts = [heading("What is wrong")]
    if problems.empty:
        return [*parts, paragraph("Nothing: every clip can be read, none is silent, clipped, cut or a copy.")]
    counts = problems["problem"].value_counts()
    parts.append(table(["problem", "clips"], [[kind, int(n)] for kind, n in counts.items()]))
    first = problems.iloc[:_MAX_PLAYERS]
    rows = [
        [
            _clip_name(dataset, position),
            kind,
            escape_unsafe(detail),
            "" if kind == "unreadable" else player(dataset.data[position]),
        ]
        for position, kind, detail in zip(first.index, first["problem"], first["detail"])
    ]
    csv = problems.to_csv(index=False).encode("utf-8", "surrogateescape")
    note = f"The first {len(first)} of {len(problems)}. " if len(first) < len(problems) else ""
    return [
        *parts,
        paragraph(f"{note}{SECONDS:g} s are heard at most.", note=True),
        table(["clip", "problem", "detail", ""], rows),
        link(csv, "text/csv", "problems.csv"),
    ]


def _leakage(dataset: Any) -> list[str]:
    parts = [heading("Do folds share recordings?")]
    if dataset.groups is None:
        text = (
            "It cannot be told: the dataset does not say which clips come from one recording. If several do, scores "
            "over random folds are too high. Name the recordings in a column or in the file names, or let "
            "groups='infer' find clips that overlap."
        )
        return [*parts, paragraph(text)]
    splitters = {"random, 80 to 20": ShuffleSplit(_SPLITS, test_size=0.2, random_state=0)}
    if dataset.cv is not None:
        splitters = {"the folds of dataset.cv": dataset.cv, **splitters}
    rows = []
    for name, splitter in splitters.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeakageWarning)
            found = check_leakage(splitter, dataset.data, dataset.target, dataset.groups)
        share = found["n_shared"].sum() / max(1, found["n_test"].sum())
        rows.append([name, f"{100 * share:.1f} %", bar(share)])
    note = "The share of the test clips whose recording, or other group, is in training too. It should be near 0."
    return [*parts, paragraph(note, note=True), table(["split", "shared", ""], rows)]


def _classes(dataset: Any, clips: pd.DataFrame) -> list[str]:
    target = np.asarray(dataset.target)
    counts = pd.Series(target).value_counts()
    names = list(dataset.target_names)[:_MAX_CLASSES]
    rows = []
    for name in names:
        own = np.flatnonzero(target == name)
        groups = "" if dataset.groups is None else len({str(dataset.groups[k]) for k in own})
        seconds = float(clips["seconds"].iloc[own].median())
        readable = own[clips["seconds"].iloc[own].notna().to_numpy()]
        heard = player(dataset.data[readable[0]]) if len(readable) else "none can be read"
        rows.append(
            [escape_unsafe(str(name)), int(counts[name]), bar(counts[name] / counts.max()), groups, seconds, heard]
        )
    parts = [heading("Classes"), table(["class", "clips", "", "groups", "median s", "one of them"], rows)]
    if len(names) < len(dataset.target_names):
        parts.append(paragraph(f"and {len(dataset.target_names) - len(names)} more classes", note=True))
    if dataset.folds is not None:
        by_fold = pd.crosstab(pd.Series(target), pd.Series(np.asarray(dataset.folds))).loc[names]
        columns = ["class", *(f"fold {fold}" for fold in by_fold.columns)]
        lines = [[escape_unsafe(str(name)), *map(int, row)] for name, row in zip(by_fold.index, by_fold.to_numpy())]
        parts += [heading("Clips by class and fold"), table(columns, lines)]
    return parts


def _lengths_and_formats(clips: pd.DataFrame) -> list[str]:
    clips = clips.dropna(subset="seconds")
    if clips.empty:
        return []
    counts, edges = np.histogram(clips["seconds"], bins=24)
    labels = [f"{low:.2f} to {high:.2f} s: {n}" for n, low, high in zip(counts, edges, edges[1:])]
    lengths = (
        f"{clips['seconds'].min():.2f} to {clips['seconds'].max():.2f} s, median {clips['seconds'].median():.2f} s"
    )
    kinds = {
        "rate, Hz": clips["sample_rate"].astype(int),
        "channels": clips["channels"].astype(int),
        "encoding": clips["format"].astype(str) + " " + clips["subtype"].astype(str),
    }
    tables = [
        table([title, "clips"], [[str(value), int(n)] for value, n in values.value_counts().items()])
        for title, values in kinds.items()
    ]
    side_by_side = Html('<div class="beside">' + "".join(tables) + "</div>")
    return [
        heading("Lengths"),
        paragraph(lengths),
        bars(counts.tolist(), labels),
        heading("Rates and formats"),
        side_by_side,
    ]


def _clip_name(dataset: Any, position: int) -> str:
    clip = dataset.data[position]
    if isinstance(clip, tuple):
        path, offset, duration = clip
        end = "" if duration is None else f" to {offset + duration:g}"
        return escape_unsafe(f"{path}, from {offset:g}{end} s")
    return escape_unsafe(str(clip))
