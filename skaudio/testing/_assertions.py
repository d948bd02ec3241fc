"""What the checks assert: the same bits, an error, a check that names itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def assert_same(found: Any, expected: Any, what: str) -> None:
    """Assert equal shape, dtype and bits."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: the shape is {found.shape}, and {expected.shape} is expected"
    assert found.dtype == expected.dtype, f"{what}: the dtype is {found.dtype}, and {expected.dtype} is expected"
    if found.tobytes() == expected.tobytes() or (found.dtype == object and found.tolist() == expected.tolist()):
        return
    numeric = np.issubdtype(found.dtype, np.number)
    raise AssertionError(
        f"{what}: the bits differ by up to {np.abs(found - expected).max()}" if numeric else f"{what}: values differ"
    )


def assert_raises(errors: Any, call: Callable[[], Any], what: str) -> BaseException:
    """Assert that the call raises one of the errors, and return it."""
    try:
        call()
    except errors as error:
        return error
    raise AssertionError(f"{what} is accepted")


@contextmanager
def name_failed_check(estimator: Any, check: Any) -> Iterator[None]:
    """Put the names of the estimator and the check before the message of an AssertionError that is raised inside."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{type(estimator).__name__} fails {check.__name__[1:]}: {error}") from error
