"""`compare`: several estimators on the same folds, and how certain their differences are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import check_cv, cross_validate
from tqdm.auto import tqdm

from skaudio.model_selection._rows import n_rows_of


def compare(
    estimators: Any,
    X: Any,
    y: Any,
    *,
    cv: Any,
    groups: Any = None,
    scoring: Any = None,
    reference: str | None = None,
    level: float = 0.95,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Cross-validate several estimators on the same splits, and tell how certain their differences are.

    Parameters
    ----------
    estimators : dict of str to estimator, or list of (str, estimator)
        Two or more, by name; they are cloned for each fit. Pipelines with a `cache` extract each clip once for all.
    X : clips or array-like
        What they are fitted to.
    y : array-like of shape (n_clips,)
        Labels.
    cv : splitter, int or iterable of (train, test)
        The splits, such as ``dataset.cv``; drawn once, and the same for all.
    groups : array-like of shape (n_clips,) or None, default=None
        For a splitter by groups.
    scoring : str, callable or None, default=None
        As in ``cross_validate``; None is the estimator's own, accuracy.
    reference : str or None, default=None
        The estimator that the others are compared to; None is the one of the highest mean.
    level : float, default=0.95
        The share of such intervals that hold the true difference.
    n_jobs : int or None, default=None
        Splits that are fitted at once.
    verbose : int, default=0
        1 shows on stderr how many estimators are done.

    Returns
    -------
    DataFrame
        A row an estimator, the highest mean first: ``mean`` and ``sd`` of its scores over the splits; its
        ``difference`` from the reference, with the interval ``low`` to ``high`` of the corrected resampled t-test (NaN
        for the reference itself); ``fit_seconds`` and ``score_seconds``, the means of a split. ``attrs["scores"]``
        holds the scores by name.

    Raises
    ------
    ValueError
        If there are fewer than two estimators or splits, names repeat, or `reference` is none of them.

    Notes
    -----
    The splits share training data, so the plain t-test of their differences is too sure. Nadeau and Bengio ("Inference
    for the generalization error", Machine Learning 52, 2003) add the ratio of test to training clips: the variance of a
    mean difference over ``k`` splits is ``(1 / k + n_test / n_train)`` times that of the differences. An interval that
    holds 0 says that these splits do not tell the two apart.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skaudio.model_selection import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> table = compare({"bayes": GaussianNB(), "majority": DummyClassifier()}, X, y, cv=5)
    >>> table[["mean", "difference"]].round(2)
              mean  difference
    bayes     0.95        0.00
    majority  0.33       -0.62
    """
    named = list(estimators.items()) if isinstance(estimators, Mapping) else list(estimators)
    names = [name for name, _ in named]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"estimators holds {names}; two or more of different names are needed")
    if reference is not None and reference not in names:
        raise ValueError(f"reference={reference!r} is none of the estimators {', '.join(map(repr, names))}")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must be between 0 and 1")
    splits = list(check_cv(cv, y, classifier=True).split(X, y, groups))
    if len(splits) < 2:
        raise ValueError(f"cv gives {len(splits)} splits of {n_rows_of(X)} clips; two or more are needed")
    found = {
        name: cross_validate(clone(each), X, y, cv=splits, scoring=scoring, n_jobs=n_jobs, error_score="raise")
        for name, each in tqdm(named, unit="estimator", disable=not verbose)
    }
    scores = {name: result["test_score"] for name, result in found.items()}
    means = {name: each.mean() for name, each in scores.items()}
    reference = max(means, key=means.__getitem__) if reference is None else reference
    rows = []
    for name in names:
        difference = scores[name] - scores[reference]
        low, high = (np.nan, np.nan) if name == reference else _difference_interval(difference, splits, level)
        rows.append(
            {
                "mean": means[name],
                "sd": scores[name].std(),
                "difference": difference.mean(),
                "low": low,
                "high": high,
                "fit_seconds": found[name]["fit_time"].mean(),
                "score_seconds": found[name]["score_time"].mean(),
            }
        )
    table = pd.DataFrame(rows, index=names).sort_values("mean", ascending=False, kind="stable")
    table.attrs["scores"] = {name: each.tolist() for name, each in scores.items()}
    return table


def _difference_interval(differences: np.ndarray, splits: Sequence[Any], level: float) -> tuple[float, float]:
    """Return the interval of the corrected resampled t-test."""
    import scipy.stats

    k = len(splits)
    ratio = np.mean([len(test) / len(train) for train, test in splits])
    error = np.sqrt((1 / k + ratio) * differences.var(ddof=1))
    half = scipy.stats.t.ppf((1 + level) / 2, k - 1) * error
    return float(differences.mean() - half), float(differences.mean() + half)
