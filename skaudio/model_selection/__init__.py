"""Folds that come with a dataset, a check that recordings do not leak across them, and scores compared on them."""

from skaudio.model_selection._compare import compare
from skaudio.model_selection._interval import accuracy_interval
from skaudio.model_selection._leakage import check_leakage
from skaudio.model_selection._predefined import PredefinedFolds

__all__ = ["accuracy_interval", "PredefinedFolds", "check_leakage", "compare"]
