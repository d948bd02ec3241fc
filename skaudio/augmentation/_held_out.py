"""No copy is ever held out: the splits that estimators inside make for themselves are of the originals alone."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import check_cv

from skaudio.neural import BaseNetworkClassifier, ValidationSplit

_MANY_ROWS = 10_000  # above which early_stopping="auto" of scikit-learn's gradient boosting is True


class OriginalsHeldOut:
    """A splitter of rows, the originals first and then their copies, that splits the originals by another splitter.

    Only originals are held out. The training rows are the originals that `splitter` trains on, and the copies that are
    made of these alone.

    Parameters
    ----------
    splitter : splitter
        Of the originals.
    X : list
        The originals.
    y, groups : ndarray
        Of all rows; `groups` may be None.
    sources : ndarray of shape (n_copies, 2)
        Positions of the originals that are in each copy.
    """

    def __init__(self, splitter: Any, X: list[Any], y: np.ndarray, groups: Any, sources: np.ndarray) -> None:
        self.splitter = splitter
        self._X = X
        self._codes = pd.factorize(y)[0]
        self._groups = groups
        self._sources = sources

    def __deepcopy__(self, memo: Any) -> OriginalsHeldOut:
        return self  # it is not changed, and a clone of its estimator needs no other

    def __repr__(self) -> str:
        return f"OriginalsHeldOut({self.splitter!r})"

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits."""
        n, groups = len(self._X), self._groups if groups is None else groups
        return int(self.splitter.get_n_splits(self._X, self._codes[:n], None if groups is None else groups[:n]))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows to train on, and those held out."""
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if n_rows != len(self._codes) or y is None or (pd.factorize(np.asarray(y))[0] != self._codes).any():
            raise ValueError(
                f"rows that came from copies are to be split, and which ones those are is not known: {n_rows} rows, "
                f"where {len(self._codes)} were made, or in another order. An ensemble inside of AugmentedClassifier "
                "that draws rows cannot have estimators that hold out some; put AugmentedClassifier inside of it"
            )
        n = len(self._X)
        groups = self._groups if groups is None else groups
        for train, held_out in self.splitter.split(self._X, np.asarray(y)[:n], None if groups is None else groups[:n]):
            apart = ~np.isin(np.arange(n), train)  # held out, or left out
            copies = np.flatnonzero(~apart[self._sources].any(axis=1))
            yield np.concatenate([train, n + copies]), held_out


def hold_out_originals(
    estimator: Any, X: list[Any], y: np.ndarray, groups: Any, sources: np.ndarray, *, include_original: bool, seed: int
) -> dict[str, Any]:
    """Give an estimator and those inside it splitters that hold out originals alone; return the replaced parameters.

    Raises
    ------
    ValueError
        If one of them holds rows out in a way that cannot be set.
    """
    before: dict[str, Any] = {}
    for prefix, inner in _estimators_in(estimator):
        own = inner.get_params(deep=False)
        name = type(inner).__name__
        splitter: Any = None
        parameter = ""
        if "cv" in own and not isinstance(own["cv"], str):  # "prefit" makes no splits
            parameter, splitter = "cv", check_cv(own["cv"], y, classifier=True)
        elif isinstance(inner, BaseNetworkClassifier):
            parameter, fraction = "validation_fraction", own["validation_fraction"]
            splitter = ValidationSplit(float(fraction), random_state=seed) if isinstance(fraction, Real) else fraction
        elif _stops_early(own, len(y)):
            raise ValueError(
                f"{name} of AugmentedClassifier holds rows out to stop early, and copies of them would be trained on; "
                "set early_stopping=False" + (", n_iter_no_change=None" if "n_iter_no_change" in own else "")
            )
        elif own.get("oob_score"):
            raise ValueError(
                f"{name} of AugmentedClassifier measures on rows whose copies it was trained on; set oob_score=False"
            )
        if splitter is None:
            continue
        if not include_original:
            raise ValueError(
                f"{name} holds out clips by {parameter}={own[parameter]!r}, which are never copies; with "
                "include_original=False there is nothing else"
            )
        before[prefix + parameter] = own[parameter]
        estimator.set_params(**{prefix + parameter: OriginalsHeldOut(splitter, X, y, groups, sources)})
    return before


def _estimators_in(estimator: Any) -> Iterator[tuple[str, Any]]:
    yield "", estimator
    for name, value in estimator.get_params(deep=True).items():
        if hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type):
            yield f"{name}__", value


def _stops_early(own: dict[str, Any], n_rows: int) -> bool:
    if "validation_fraction" not in own:
        return False
    early = own.get("early_stopping", own.get("n_iter_no_change") is not None)
    return early is True or (early == "auto" and n_rows > _MANY_ROWS)
