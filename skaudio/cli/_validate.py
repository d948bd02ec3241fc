"""Each clip predicted by a model that was trained on the other folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from skaudio.cli._progress import line


def predict_folds(pipeline: Any, X: Any, y: np.ndarray, folds: np.ndarray, *, n_jobs: int | None) -> np.ndarray:
    """Return the class of each row of `X`, by a clone of `pipeline` that was fitted to the other folds.

    As scikit-learn's ``cross_val_predict`` does, and tells how far it is.
    """
    predicted = np.empty_like(y)
    names = np.unique(folds)
    tasks = (delayed(_predict)(clone(pipeline), X, y, folds == name) for name in names)
    n_right = n_done = 0
    with line(len(names), "folds") as shown:
        for test, labels in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks):
            predicted[test] = labels
            n_right, n_done = n_right + int((labels == y[test]).sum()), n_done + len(labels)
            shown.set_postfix_str(f"accuracy {n_right / n_done:.3f}", refresh=False)
            shown.update()
    return predicted


def _predict(pipeline: Any, X: Any, y: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return test, pipeline.fit(X[~test], y[~test]).predict(X[test])
