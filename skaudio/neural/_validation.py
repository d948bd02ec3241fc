"""What a fit trains and validates on: codes of labels, validation data given or split off, weights of classes."""

from __future__ import annotations

from fractions import Fraction
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


def encoded(estimator: Any, y: np.ndarray, continued: bool) -> np.ndarray:
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
    train, held_out = _split(codes, fraction, groups, seed)
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


def _split(codes: np.ndarray, fraction: float, groups: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        if groups is None:
            train, held_out = train_test_split(
                np.arange(len(codes)), test_size=fraction, stratify=codes, random_state=seed
            )
            return train, held_out
        check_consistent_length(codes, groups)
        n_held_out, n_folds = _share(fraction)
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        tests = [test for _, test in splitter.split(codes, codes, groups)]
        held_out = np.sort(np.concatenate(tests[:n_held_out]))
        return np.setdiff1d(np.arange(len(codes)), held_out), held_out
    except ValueError as error:
        raise ValueError(
            f"validation_fraction={fraction} of {len(codes)} rows cannot be split off by class: {error}"
        ) from error


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
