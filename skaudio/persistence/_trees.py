"""Trees of a loaded model: compiled code walks them and trusts their numbers, so they are checked before."""

from __future__ import annotations

from typing import Any

import numpy as np

from skaudio._estimators import estimators_in
from skaudio.exceptions import ModelFileError


def check_trees(estimator: Any) -> None:
    """Raise ModelFileError where a tree's branches lead nowhere, back, or ask for a feature that is not there."""
    for each in estimators_in(estimator):
        tree = vars(each).get("tree_")
        if tree is not None:
            if type(tree).__module__ != "sklearn.tree._tree":
                raise ModelFileError(
                    f"tree_ of {type(each).__name__} is a {type(tree).__name__}, and a Tree is expected"
                )
            inner = tree.children_left != -1
            _check_branches(tree.children_left, tree.children_right, tree.feature, inner, tree.n_features)
            expected = getattr(each, "n_features_in_", None)
            if tree.n_features != expected:
                raise ModelFileError(f"a tree of {tree.n_features} features is in an estimator of {expected}")
        for row in vars(each).get("_predictors", ()):
            for predictor in row:
                _check_predictor(predictor, each)


def _check_predictor(predictor: Any, owner: Any) -> None:
    """Check one tree of a HistGradientBoosting estimator."""
    nodes = vars(predictor).get("nodes")
    if not isinstance(nodes, np.ndarray) or nodes.ndim != 1 or nodes.dtype.names is None:
        raise ModelFileError("a tree of gradient boosting has no nodes")
    inner = nodes["is_leaf"] == 0
    _check_branches(nodes["left"], nodes["right"], nodes["feature_idx"], inner, getattr(owner, "n_features_in_", 0))
    categorical = inner & (nodes["is_categorical"] != 0)
    for name in ("binned_left_cat_bitsets", "raw_left_cat_bitsets"):
        bitsets = vars(predictor).get(name)
        if not isinstance(bitsets, np.ndarray) or (nodes["bitset_idx"][categorical] >= len(bitsets)).any():
            raise ModelFileError("a tree of gradient boosting asks for categories that it does not have")


def _check_branches(
    left: np.ndarray, right: np.ndarray, feature: np.ndarray, inner: np.ndarray, n_features: int
) -> None:
    nodes = np.arange(len(left))[inner]
    for children in (left[inner], right[inner]):
        # As scikit-learn numbers them, a child comes after its parent: so no walk is endless.
        if (children.astype(np.int64) <= nodes).any() or (children >= len(left)).any():
            raise ModelFileError("a branch of a tree leads nowhere, or back")
    if not len(left) or (feature[inner].astype(np.int64) < 0).any() or (feature[inner] >= n_features).any():
        raise ModelFileError("a tree asks for a feature that there is not")
