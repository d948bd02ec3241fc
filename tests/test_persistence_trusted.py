"""What model files may hold: every estimator and augmentation of this package."""

import inspect

import pytest

from skaudio import augmentation, feature_extraction, neural
from skaudio.persistence import _trusted

CLASSES = [
    thing
    for module in (feature_extraction, neural, augmentation)
    for name, thing in inspect.getmembers(module, inspect.isclass)
    if name in module.__all__ and name != "Augmentation" and not name.startswith("Base")
    if hasattr(thing, "get_params") or issubclass(thing, augmentation.Augmentation)
]


@pytest.mark.parametrize("thing", CLASSES)
def test_what_is_ours_is_trusted(thing):
    assert f"{thing.__module__}.{thing.__qualname__}" in _trusted.OURS


def test_no_name_is_left_over():
    assert len(CLASSES) == len(_trusted.OURS)
