"""The steps of scikit-learn that are a line of arithmetic, in a graph of any kind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from skaudio.exceptions import ExportError
from skaudio.export._graph import Graph

_SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, SimpleImputer)
_CLASSIFIERS = (LogisticRegression, LinearDiscriminantAnalysis)


def apply_scaler(graph: Graph, name: str, step: Any, x: Any, n_features: int) -> Any:
    """Return what a scaler makes of rows.

    Raises
    ------
    ExportError
        If it is none of those that are known here.
    """
    imputes_numbers = isinstance(step, SimpleImputer) and not _is_nan(step.missing_values)
    if type(step) not in _SCALERS or getattr(step, "clip", False) or imputes_numbers:
        raise _refusal(name, step)
    # A scaler is a straight line for each feature, which its values at 0 and at 1 determine. An imputer changes no
    # numbers, and features of a graph are never missing.
    nothing, ones = step.transform(np.zeros((1, n_features))), step.transform(np.ones((1, n_features)))
    if nothing.shape != (1, n_features):
        raise _refusal(name, step)
    factor, shift = np.float32(ones - nothing), np.float32(nothing)
    return x * graph.constant(factor) + graph.constant(shift)


def linear_probabilities(graph: Graph, name: str, classifier: Any, x: Any) -> Any:
    """Return the probabilities of a linear classifier.

    Raises
    ------
    ExportError
        If it is none of those that are known here.
    """
    if type(classifier) not in _CLASSIFIERS:
        raise _refusal(name, classifier)
    weights, shift = classifier.coef_.T.astype(np.float32), classifier.intercept_.astype(np.float32)
    if len(classifier.classes_) == 2:  # one line, which tells the second class from none
        weights, shift = np.hstack([0 * weights, weights]), np.append(np.float32(0), shift)
    return graph.softmax(graph.matmul(x, graph.constant(weights)) + graph.constant(shift))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _refusal(name: str, step: Any) -> ExportError:
    known = ", ".join(kind.__name__ for kind in (*_SCALERS, *_CLASSIFIERS))
    return ExportError(
        f"step {name!r}, {type(step).__name__}, cannot be exported to TFLite; {known} and the networks of this package "
        "can, and to_onnx knows others"
    )
