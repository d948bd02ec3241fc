"""``skaudio evaluate``: the pipeline, cross-validated over a dataset's own folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import classification_report
from sklearn.utils import Bunch

from skaudio._version import __version__
from skaudio._writing import replacing
from skaudio.cli._csv import csv_of, write_text
from skaudio.cli._data import Source, keep_readable, table_of
from skaudio.cli._inflation import print_inflation, random_split
from skaudio.cli._output import check_folder
from skaudio.cli._processes import quiet_workers
from skaudio.cli._progress import progress
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import (
    console,
    describe_accuracy,
    failures_of,
    print_classes,
    print_folds,
    print_json,
    tell_failures,
)
from skaudio.cli._scoring import Predictions, find_scorer, fold_scores
from skaudio.cli._settings import Setup, temporary_store
from skaudio.cli._validate import predict_folds


def evaluate_dataset(
    data: Source,
    setup: Setup,
    *,
    scoring: str,
    out: Path | None,
    n_jobs: int | None,
    as_json: bool,
    on_error: str,
    with_random_split: bool,
    safe_csv: bool,
) -> int:
    """Print scores by fold and a report by class; write a report to listen to where asked to."""
    pipeline = setup.pipeline(verbose=progress())
    dataset = data.load()
    scorer = find_scorer(scoring, dataset.target_names)
    if out is not None:
        check_folder(out)
    if setup.needs_keras:
        import_keras_quietly()
    with temporary_store(pipeline, on_error):
        dataset, failures = keep_readable(dataset, pipeline, on_error)
        # A clip's features depend on the clip alone, so they are extracted once; what learns is fitted in each fold.
        X = pipeline[:1].fit_transform(dataset.data, dataset.target)
    folds = dataset.cv.fold_of(dataset.data)
    with quiet_workers(networks=setup.needs_keras):
        classes = np.unique(dataset.target)
        shares = predict_folds(pipeline[1:], X, dataset.target, folds, n_jobs=n_jobs)
        random = None
        if with_random_split and dataset.groups is not None:
            random = random_split(pipeline[1:], X, dataset, seed=setup.seed, n_jobs=n_jobs)
    predicted = classes[shares.argmax(axis=1)]
    names = np.unique(folds)
    right = predicted == dataset.target
    accuracies = np.asarray([right[folds == name].mean() for name in names])
    scores = fold_scores(scorer, Predictions(classes, shares), dataset.target, folds)
    counts = [int((folds == name).sum()) for name in names]
    words, interval = describe_accuracy(right, dataset.groups)
    report = classification_report(dataset.target, predicted, output_dict=True, zero_division=0)
    found = {
        "data": str(data),
        "n_clips": len(dataset.data),
        "n_groups": None if dataset.groups is None else len(np.unique(dataset.groups)),
        "protocol": f"Each clip is judged by a model that was trained on the other folds: {describe_folds(dataset)}.",
        "scoring": scoring,
        "folds": [
            {"fold": fold, "n_test": n, "accuracy": accuracy, "score": score}
            for fold, n, accuracy, score in zip(names, counts, accuracies, scores)
        ],
        "mean_accuracy": accuracies.mean(),
        "sd_accuracy": accuracies.std(),
        "mean_score": np.nanmean(scores),
        "sd_score": np.nanstd(scores),
        **interval,
        "balanced_accuracy": report["macro avg"]["recall"],
        "majority": float((dataset.target[:, None] == dataset.target_names).mean(axis=0).max()),
        "random_split": random,
        "classes": {name: report[name] for name in dataset.target_names},
        "failures": failures_of(failures),
        "seed": setup.seed,
        "version": __version__,
        "files": [],
    }
    balanced = (
        f"balanced accuracy {found['balanced_accuracy']:.3f}; the most frequent class for every clip would give "
        f"{found['majority']:.3f}"
    )
    if out is not None:
        table = _table(dataset, folds, predicted, shares, classes)
        found["files"] = _write(out, found, table, dataset, [*words.splitlines(), balanced], pipeline, safe_csv)
    if as_json:
        print_json(found)
        return tell_failures(failures)
    inferred = f", {found['n_groups']} groups by their sound" if data.groups is not None else ""
    console.print(f"{data}: {len(dataset.data)} clips, {len(dataset.target_names)} classes{inferred}")
    what = "Accuracy" if scoring == "accuracy" else scoring
    print_folds(f"{what} on {describe_folds(dataset)}", list(names), counts, scores, scoring)
    console.print(f"{words}\n{balanced}\n")
    if random is not None:
        print_inflation(accuracies.mean(), random)
    print_classes("By class, each clip judged by the fold it was not trained in", found["classes"])
    for path, said in zip(found["files"], ("what was found, to read, to listen to and to send", "a row a clip")):
        console.print(f"{path}: {said}", soft_wrap=True)
    return tell_failures(failures)


def describe_folds(dataset: Bunch) -> str:
    """Say what the folds of a dataset are."""
    if dataset.folds is not None:
        return "the dataset's own folds"
    if dataset.groups is not None:
        return "folds by class that keep each group together; it has none of its own"
    return "folds by class; it has none of its own"


def _table(
    dataset: Bunch, folds: np.ndarray, predicted: np.ndarray, shares: np.ndarray, classes: np.ndarray
) -> pd.DataFrame:
    """Return the predictions, a row a clip."""
    table = table_of(dataset.data).assign(label=dataset.target, predicted=predicted, fold=folds)
    return pd.concat([table, pd.DataFrame(shares, columns=[f"p_{name}" for name in classes])], axis=1)


def _write(
    out: Path,
    found: dict[str, Any],
    table: pd.DataFrame,
    dataset: Bunch,
    sentences: list[str],
    pipeline: Any,
    safe_csv: bool,
) -> list[str]:
    """Write the report and the predictions, and return their names."""
    from skaudio.report import evaluation_report

    out.mkdir(parents=True, exist_ok=True)
    csv = csv_of(table, safe=safe_csv)
    page = evaluation_report(found, table, dataset.data, sentences=sentences, pipeline=repr(pipeline), csv=csv)
    written = {out / "report.html": page, out / "predictions.csv": csv}
    for path, text in written.items():
        with replacing(path) as name:
            write_text(name, text)
    return [str(path) for path in written]
