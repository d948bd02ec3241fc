"""What a fit trains and validates on: codes of labels, validation data given or split off, weights of classes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, train_test_split
from sklearn.utils import check_consistent_length, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from skaudio._labels import warn_of_look_alikes
from skaudio.exceptions import warn_user

_RECIPE = """X_val must be rows of numbers like X, and it is not. Through a Pipeline, X_val passes its steps like X so:
    sklearn.set_config(enable_metadata_routing=True)
    classifier.set_fit_request(X_val=True, y_val=True)
    Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X_val, y_val=y_val)"""


def encode_labels(estimator: Any, y: np.ndarray, continued: bool) -> np.ndarray:
    """Return the labels as codes, positions in `classes_`, which is set unless an earlier fit is continued."""
    check_classification_targets(y)
    if not continued:
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(f"y has one class, {classes.tolist()[0]!r}; at least two are needed")
        warn_of_look_alikes(classes.tolist())
        estimator.classes_ = classes
    unknown = np.setdiff1d(y, estimator.classes_)
    if len(unknown):
        raise ValueError(f"y holds the class {unknown.tolist()[0]!r}, which the network of the first fit does not know")
    return np.searchsorted(estimator.classes_, y)


def validation_data(
    estimator: Any,
    X: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray | None,
    X_val: Any,
    y_val: Any,
    groups: Any,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[np.ndarray, ...] | None]:
    """Return the training rows, codes and weights, and what Keras takes as validation data (None for none)."""
    fraction = estimator.validation_fraction
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val are given together or not at all")
    if X_val is not None:
        if fraction is not None:
            raise ValueError(f"validation_fraction={fraction} and X_val are two sources of validation data; give one")
        return X, codes, weights, _given(estimator, X_val, y_val)
    if fraction is None:
        return X, codes, weights, None
    splitter = ValidationSplit(float(fraction), random_state=seed) if isinstance(fraction, Real) else fraction
    train, held_out = next(iter(splitter.split(X, codes, groups)))
    if weights is None:
        return X[train], codes[train], None, (X[held_out], codes[held_out])
    return X[train], codes[train], weights[train], (X[held_out], codes[held_out], weights[held_out])


def _given(estimator: Any, X_val: Any, y_val: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        X_val = estimator._check_rows(X_val)
    except (ValueError, TypeError) as error:
        if np.asarray(X_val, dtype=object).ndim == 1 or "convert" in str(error):
            raise ValueError(_RECIPE) from error
        raise
    check_consistent_length(X_val, y_val)
    y_val = np.asarray(y_val)
    unknown = np.setdiff1d(y_val, estimator.classes_)
    if len(unknown):
        raise ValueError(f"y_val holds the class {unknown.tolist()[0]!r}, which y does not")
    return X_val, np.searchsorted(estimator.classes_, y_val)


class ValidationSplit:
    """A splitter that holds out a share of the rows once: stratified, and no group on both sides.

    Parameters
    ----------
    fraction : float
        The share, in (0, 1).
    random_state : int
        Seed of the choice.
    """

    def __init__(self, fraction: float, *, random_state: int) -> None:
        self.fraction = fraction
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return 1."""
        return 1

    def split(self, X: Any, y: Any, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows to train on and those held out.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Not looked at.
        y : array-like of shape (n_samples,)
            Labels.
        groups : array-like of shape (n_samples,), default=None
            Sources of the rows.

        Yields
        ------
        train, held_out : ndarray of int
            Positions.

        Raises
        ------
        ValueError
            If the rows cannot be split so.
        """
        n = len(y)
        try:
            if groups is None:
                train, held_out = train_test_split(
                    np.arange(n), test_size=self.fraction, stratify=y, random_state=self.random_state
                )
            else:
                check_consistent_length(y, groups)
                n_held_out, n_folds = _share(self.fraction)
                folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=self.random_state)
                tests = [test for _, test in folds.split(y, y, groups)]
                held_out = np.sort(np.concatenate(tests[:n_held_out]))
                train = np.setdiff1d(np.arange(n), held_out)
        except ValueError as error:
            raise ValueError(
                f"validation_fraction={self.fraction} of {n} rows cannot be split off by class: {error}"
            ) from error
        yield train, held_out


def _share(fraction: float) -> tuple[int, int]:
    """Return how many of how many folds are nearest to the fraction, of 20 folds at most unless more are needed."""
    share = Fraction(fraction).limit_denominator(20)
    if share == 0:
        return 1, round(1 / fraction)
    if share == 1:
        n_folds = round(1 / (1 - fraction))
        return n_folds - 1, n_folds
    return share.numerator, share.denominator


def class_weights(estimator: Any, codes: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
    """Return the weights of the training rows by `class_weight` too; as in Keras, validation knows nothing of it."""
    if estimator.class_weight is None:
        return weights
    by_class = estimator.class_weight
    if isinstance(by_class, dict):
        # scikit-learn's own look-up takes labels such as "007" for numbers.
        balance = np.asarray([by_class.get(label, 1.0) for label in estimator.classes_.tolist()], np.float32)[codes]
        unknown = [label for label in by_class if label not in estimator.classes_.tolist()]
        if unknown:  # no error: a fold may be without a class
            warn_user(
                f"class_weight weighs the class {unknown[0]!r}, which y does not hold; "
                f"the classes are {estimator.classes_.tolist()}"
            )
    else:
        balance = compute_sample_weight(by_class, codes).astype(np.float32)
    return balance if weights is None else weights * balance
