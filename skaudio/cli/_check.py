"""``skaudio check``: what is wrong with which file, and which are the same."""

from __future__ import annotations

from skaudio.cli._advice import advise
from skaudio.cli._data import Source
from skaudio.cli._progress import progress
from skaudio.cli._report import console, print_json, print_table
from skaudio.cli._settings import Setup
from skaudio.inspection import check_clips


def check_dataset(data: Source, setup: Setup, *, nearly: bool, threads: int | None, as_json: bool) -> int:
    """Print the problems and return the exit status: 1 if there are any."""
    features = setup.features_and_classifier()["features"]
    clips, dataset = data.clips()
    problems = check_clips(
        clips,
        None if dataset is None else dataset.target,
        folds=None if dataset is None else dataset.folds,
        duplicates="fingerprint" if nearly else "samples",
        sample_rate=getattr(features, "sample_rate", 22050),
        n_fft=getattr(features, "n_fft", 2048),
        n_jobs=threads,
        verbose=progress(),
    )
    advice = advise(problems.attrs["sample_rates"], features)
    n_bad = problems.index.nunique()
    if as_json:
        rows = problems.to_dict("records")
        print_json({"data": str(data), "n_clips": len(clips), "problems": rows, "advice": advice})
        return int(n_bad > 0)
    if n_bad:
        rows = problems[["path", "problem", "detail"]].to_numpy().tolist()
        print_table("", ["file", "problem", "detail"], rows)
    console.print(f"{len(clips)} files: {n_bad} with problems, {len(clips) - n_bad} without")
    for each in advice:
        console.print(each, soft_wrap=True)
    return int(n_bad > 0)
