"""What a random split would have promised: the accuracy, and the clips whose recording is on both sides."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch

from skaudio.cli._report import print_table
from skaudio.cli._validate import predict_folds
from skaudio.exceptions import LeakageWarning
from skaudio.model_selection import PredefinedFolds, check_leakage


def random_split(pipeline: Any, X: Any, dataset: Bunch, *, seed: int, n_jobs: int | None) -> dict[str, float]:
    """Return the accuracy over random folds, as many as the dataset has, and how much leaks with either.

    ``leaked`` is the share of test clips whose group is in training, too, with the random folds; ``leaked_own`` is the
    share with the dataset's own folds.
    """
    largest = int(np.unique(dataset.target, return_counts=True)[1].max())
    n_folds = max(2, min(len(dataset.cv.get_fold_names()), largest))
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    folds = np.empty(len(dataset.target), int)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for k, (_, test) in enumerate(splitter.split(folds, dataset.target)):
            folds[test] = k
    shares = predict_folds(pipeline, X, dataset.target, folds, n_jobs=n_jobs)
    right = np.unique(dataset.target)[shares.argmax(axis=1)] == dataset.target
    return {
        "accuracy": float(np.mean([right[folds == k].mean() for k in range(n_folds)])),
        "leaked": leaked_share(PredefinedFolds(folds, by_position=True), dataset),
        "leaked_own": leaked_share(dataset.cv, dataset),
    }


def leaked_share(cv: Any, dataset: Bunch) -> float:
    """Return the share of test clips whose group is in training too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeakageWarning)  # the table says it
        table = check_leakage(cv, dataset.data, dataset.target, dataset.groups)
    return float(table["n_shared"].sum() / table["n_test"].sum())


def print_inflation(accuracy: float, found: dict[str, float]) -> None:
    """Print the folds beside the random split."""
    rows = [
        ["these folds", f"{found['leaked_own']:.1%}", f"{accuracy:.3f}"],
        ["a random split", f"{found['leaked']:.1%}", f"{found['accuracy']:.3f}"],
    ]
    print_table(
        "What a random split would promise (leaked: test clips whose group is in training too)",
        ["split", "leaked", "accuracy"],
        rows,
    )
