"""Each clip predicted by a model that was trained on the other folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from skaudio.cli._progress import progress_line


def predict_folds(pipeline: Any, X: Any, y: np.ndarray, folds: np.ndarray, *, n_jobs: int | None) -> np.ndarray:
    """Return the probabilities of the classes of `y`, in order, for each row of `X`.

    The rows of each fold are predicted by a clone that is fitted to the other folds, as in scikit-learn's
    ``cross_val_predict``; a line shows the progress.
    """
    classes = np.unique(y)
    shares = np.zeros((len(y), len(classes)))
    names = np.unique(folds)
    tasks = (delayed(_predict)(clone(pipeline), X, y, folds == name) for name in names)
    n_right = n_done = 0
    with progress_line(len(names), "folds") as shown:
        for test, known, found in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks):
            # A class that no other fold has is known to none of its models.
            shares[np.ix_(test, np.searchsorted(classes, known))] = found
            n_right += int((known[found.argmax(axis=1)] == y[test]).sum())
            n_done += int(test.sum())
            shown.set_postfix_str(f"accuracy {n_right / n_done:.3f}", refresh=False)
            shown.update()
    return shares


def _predict(pipeline: Any, X: Any, y: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pipeline.fit(X[~test], y[~test])
    return test, pipeline.classes_, pipeline.predict_proba(X[test])
