"""``--scoring``: any of scikit-learn's scores of classes, of predictions that were made by folds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names

from skaudio.exceptions import warn_user


class Predictions(ClassifierMixin, BaseEstimator):
    """Finished predictions as an estimator, which scorers need; its ``X`` holds positions of predictions.

    Parameters
    ----------
    classes : ndarray of str
        The classes.
    shares : ndarray of shape (n_clips, n_classes)
        Their probabilities.
    """

    def __init__(self, classes: np.ndarray, shares: np.ndarray) -> None:
        self.classes = classes
        self.shares = shares
        self.classes_ = classes

    def fit(self, X: Any, y: Any = None) -> Predictions:
        """Do nothing."""
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of rows."""
        return self.shares[X]

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable classes of rows."""
        return self.classes[self.shares[X].argmax(axis=1)]


def find_scorer(name: str, classes: np.ndarray) -> Any:
    """Return scikit-learn's scorer of a name, tried on the classes.

    Raises
    ------
    ValueError
        If there is none, or it does not score such classes.
    """
    if name not in get_scorer_names():
        raise ValueError(
            f"--scoring {name!r} is unknown; scikit-learn's names are expected, such as accuracy, balanced_accuracy, "
            "f1_macro, neg_log_loss or roc_auc_ovr"
        )
    scorer = get_scorer(name)
    n = len(classes)
    evenly = Predictions(classes, np.full((2 * n, n), 1 / n))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(evenly, np.arange(2 * n), np.tile(classes, 2))
    except (ValueError, TypeError) as error:
        raise ValueError(f"--scoring {name!r} does not score {n} classes by name: {error}") from error
    return scorer


def fold_scores(scorer: Any, predictions: Predictions, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the score of each fold; NaN, with a warning, where a fold has none.

    Raises
    ------
    ValueError
        If no fold has one.
    """
    scores: list[float] = []
    reason: Exception | None = None
    for name in np.unique(folds):
        rows = np.flatnonzero(folds == name)
        try:
            scores.append(float(scorer(predictions, rows, y[rows])))
        except ValueError as error:
            reason = error
            warn_user(f"fold {name} has no such score: {error}")
            scores.append(np.nan)
    if np.isnan(scores).all():
        raise ValueError(f"no fold has such a score: {reason}")
    return np.asarray(scores)
