"""The estimators inside of an estimator, wherever it keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator


def estimators_in(value: Any) -> Iterator[Any]:
    """Yield the estimators that a value holds, itself among them, each once."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        each = stack.pop()
        if id(each) in seen or isinstance(each, (str, bytes, int, float, type(None))):
            continue
        seen.add(id(each))
        if isinstance(each, BaseEstimator):
            yield each
        if isinstance(each, dict):
            stack += reversed(list(each.values()))
        elif isinstance(each, (list, tuple, set)):
            stack += reversed(list(each))
        elif isinstance(each, BaseEstimator) or type(each).__module__.startswith(("sklearn.", "skaudio.")):
            stack += reversed(list(getattr(each, "__dict__", {}).values()))
