"""``skaudio evaluate``: the pipeline, cross-validated over a dataset's own folds."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import classification_report
from sklearn.utils import Bunch

from skaudio.cli._data import Source, readable
from skaudio.cli._inflation import print_inflation, random_split
from skaudio.cli._progress import progress
from skaudio.cli._quiet import import_keras_quietly, quiet_workers
from skaudio.cli._report import (
    console,
    describe_accuracy,
    failures_of,
    print_classes,
    print_folds,
    print_json,
    tell_failures,
)
from skaudio.cli._settings import Setup, own_store
from skaudio.cli._validate import predict_folds


def evaluate_dataset(
    data: Source,
    setup: Setup,
    *,
    n_jobs: int | None,
    as_json: bool,
    on_error: str,
    beside_random: bool,
) -> int:
    """Print accuracy by fold and a report by class."""
    pipeline = setup.pipeline(verbose=progress())
    dataset = data.load()
    if setup.needs_keras:
        import_keras_quietly()
    with own_store(pipeline, on_error):
        dataset, failures = readable(dataset, pipeline, on_error)
        # A clip's features depend on the clip alone, so they are extracted once; what learns is fitted in each fold.
        X = pipeline[:1].fit_transform(dataset.data, dataset.target)
    folds = dataset.cv.fold_of(dataset.data)
    with quiet_workers(networks=setup.needs_keras):
        predicted = predict_folds(pipeline[1:], X, dataset.target, folds, n_jobs=n_jobs)
        beside = None
        if beside_random and dataset.groups is not None:
            beside = random_split(pipeline[1:], X, dataset, seed=setup.seed, n_jobs=n_jobs)
    names = np.unique(folds)
    right = predicted == dataset.target
    scores = np.asarray([right[folds == name].mean() for name in names])
    counts = [int((folds == name).sum()) for name in names]
    words, interval = describe_accuracy(right, dataset.groups)
    report = classification_report(dataset.target, predicted, output_dict=True, zero_division=0)
    by_class = {name: report[name] for name in dataset.target_names}
    balanced = report["macro avg"]["recall"]
    majority = float((dataset.target[:, None] == dataset.target_names).mean(axis=0).max())
    if as_json:
        print_json(
            {
                "data": str(data),
                "n_clips": len(dataset.data),
                "folds": [{"fold": f, "n_test": n, "accuracy": s} for f, n, s in zip(names, counts, scores)],
                "mean_accuracy": scores.mean(),
                "sd_accuracy": scores.std(),
                **interval,
                "balanced_accuracy": balanced,
                "majority": majority,
                "random_split": beside,
                "classes": by_class,
                "failures": failures_of(failures),
                "seed": setup.seed,
            }
        )
        return tell_failures(failures)
    console.print(f"{data}: {len(dataset.data)} clips, {len(dataset.target_names)} classes")
    print_folds(f"Accuracy on {whose(dataset)}", list(names), counts, scores)
    console.print(words)
    console.print(
        f"balanced accuracy {balanced:.3f}; the most frequent class for every clip would give {majority:.3f}\n"
    )
    if beside is not None:
        print_inflation(scores.mean(), beside)
    print_classes("By class, each clip judged by the fold it was not trained in", by_class)
    return tell_failures(failures)


def whose(dataset: Bunch) -> str:
    """Say what the folds of a dataset are."""
    if dataset.folds is not None:
        return "the dataset's own folds"
    if dataset.groups is not None:
        return "folds by class that keep each group together; it has none of its own"
    return "folds by class; it has none of its own"
