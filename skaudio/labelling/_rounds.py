"""A round of labelling: a classifier of what is labelled so far, and how good it is by folds of recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch, check_random_state

from skaudio.exceptions import DatasetError
from skaudio.feature_extraction import recipe_of
from skaudio.model_selection import accuracy_interval

_MOST_FOLDS = 5
_STEPS = (0.25, 0.5, 0.75, 1.0)  # of the labels that there are, in the learning curve


def targets(labels: pd.DataFrame) -> dict[int, str]:
    """Return the class of each sound, by what was said of it.

    If all positive labels are of one class, the sounds with a negative label of it get the class ``"not CLASS"``.

    Parameters
    ----------
    labels : DataFrame
        As `SoundLibrary.labels`.

    Returns
    -------
    dict
        Classes by the sounds' ids; sounds of which nothing sure was said are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from skaudio.labelling import targets
    >>> said = {"sound": [1, 2], "label": "dog", "verdict": ["positive", "negative"]}
    >>> targets(pd.DataFrame(said))
    {1: 'dog', 2: 'not dog'}
    """
    positive = labels[labels["verdict"] == "positive"]
    classes = dict(zip(positive["sound"].tolist(), positive["label"]))
    names = set(classes.values())
    if len(names) == 1:
        (name,) = names
        wrong = labels[(labels["verdict"] == "negative") & (labels["label"] == name)]
        classes |= dict.fromkeys(wrong["sound"].tolist(), f"not {name}")
    return classes


def fit_labels(library: Any, estimator: Any = None) -> Any:
    """Fit a classifier on the sounds of a library that have a label.

    Parameters
    ----------
    library : SoundLibrary
        The library.
    estimator : classifier, Pipeline or None, default=None
        Of which a clone is fitted on vectors; None is logistic regression on scaled vectors.

    Returns
    -------
    classifier
        Fitted, of rows. ``Pipeline([("features", library.features), ("classifier", classifier)])`` takes clips.

    Raises
    ------
    DatasetError
        If fewer than two classes are labelled.

    Examples
    --------
    >>> from skaudio.labelling import fit_labels
    >>> library.predict(fit_labels(library))  # doctest: +SKIP
    """
    library = snapshot_of(library)
    rows, y, _ = _labelled(library)
    return clone(row_classifier(estimator, library.features)).fit(rows, y)


def score_labels(library: Any, estimator: Any = None, *, random_state: Any = 0) -> Bunch:
    """Tell how good a classifier is on what is labelled, by folds that keep recordings together.

    Parameters
    ----------
    library : SoundLibrary
        The library.
    estimator : classifier, Pipeline or None, default=None
        As in `fit_labels`.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds, and of the parts of the learning curve.

    Returns
    -------
    Bunch
        ``accuracy``, ``interval`` (95 %, over recordings), ``n_labels``, ``n_recordings``, ``n_folds``, ``right`` (by
        sound), ``left_out`` (classes of which one recording alone is labelled, and that are not counted), and
        ``curve``: a frame of ``n_labels`` (that were trained on, in a fold's mean), ``accuracy``, ``low`` and ``high``.
        What was labelled because the classifier was unsure of it is harder than the rest, so that the accuracy on all
        sounds is higher as a rule.

    Raises
    ------
    DatasetError
        If fewer than two classes have sounds of two recordings: there is nothing to cross-validate on.
    """
    library = snapshot_of(library)
    rows, y, groups = _labelled(library)
    counts = pd.Series(groups).groupby(y).nunique()
    few = counts.index[counts < 2].tolist()
    if len(counts) - len(few) < 2:
        raise DatasetError(
            f"of {', '.join(map(repr, few))} only one recording is labelled; two recordings of two classes are needed "
            "for folds"
        )
    kept = ~np.isin(y, few)
    rows, y, groups = rows[kept], y[kept], groups[kept]
    n_folds = int(min(_MOST_FOLDS, counts.drop(few).min()))
    classifier = row_classifier(estimator, library.features)
    random = check_random_state(random_state)
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random.randint(1 << 30))
    splits = list(folds.split(rows, y, groups))
    right = cross_val_predict(clone(classifier), rows, y, cv=splits) == y
    curve = []
    for share in _STEPS:
        parts = [_part(train, y, share, random) for train, _ in splits]
        if any(len(np.unique(y[part])) < len(np.unique(y)) for part in parts):
            continue  # a class is missing in so few
        found = right if share == 1 else _right(classifier, rows, y, parts, splits)
        low, high = accuracy_interval(found, groups)
        curve.append((float(np.mean([len(part) for part in parts])), float(found.mean()), low, high))
    return Bunch(
        accuracy=float(right.mean()),
        interval=accuracy_interval(right, groups),
        n_labels=len(y),
        n_recordings=len(set(groups)),
        n_folds=n_folds,
        right=right,
        left_out=few,
        curve=pd.DataFrame(curve, columns=["n_labels", "accuracy", "low", "high"]),
    )


def snapshot_of(library: Any) -> Any:
    """Return a library's snapshot; return anything that has no snapshot, such as a snapshot itself, unchanged."""
    return library.snapshot() if hasattr(library, "snapshot") else library


def row_classifier(estimator: Any, features: Any) -> Any:
    """Return the classifier that takes rows: the estimator itself, or the steps of a pipeline after its features.

    Parameters
    ----------
    estimator : classifier, Pipeline, a search over one, or None
        None is logistic regression on scaled rows.
    features : transformer
        What makes the rows.

    Raises
    ------
    ValueError
        If a pipeline makes other rows, or gives no probabilities.
    """
    if estimator is None:
        # Scaled rows grow with their width, and what a weight costs must do so, too; chosen on ESC-10's folds.
        return make_pipeline(StandardScaler(), LogisticRegression(C=10 / _width(features), max_iter=5000))
    estimator = getattr(estimator, "best_estimator_", estimator)
    if isinstance(estimator, Pipeline) and hasattr(estimator[0], "transform_with_failures"):
        if recipe_of(estimator[0]) != recipe_of(features):
            raise ValueError(
                f"the pipeline makes rows by {estimator[0]!r}, and the library's vectors are of {features!r}; a "
                "classifier of those is needed"
            )
        estimator = estimator[1:]
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"{type(estimator).__name__} gives no probabilities; a classifier with predict_proba is needed"
        )
    return estimator


def _width(features: Any) -> int:
    return len(features.get_feature_names_out())


def _labelled(library: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    classes = targets(library.labels)
    sounds = library.sounds
    position = [k for k, sound in enumerate(sounds["id"]) if sound in classes]
    y = np.array([classes[sound] for sound in sounds["id"].iloc[position]])
    if len(np.unique(y)) < 2:
        raise DatasetError(f"{len(np.unique(y))} classes are labelled; two at least are needed")
    return library.vectors[position], y, sounds["recording"].iloc[position].to_numpy().astype(str)


def _part(train: np.ndarray, y: np.ndarray, share: float, random: Any) -> np.ndarray:
    """Return a share of the training rows of each class, at least one row each."""
    if share == 1:
        return train
    parts = [random.permutation(train[y[train] == name]) for name in np.unique(y[train])]
    return np.concatenate([part[: max(1, round(share * len(part)))] for part in parts])


def _right(classifier: Any, rows: np.ndarray, y: np.ndarray, parts: Any, splits: Any) -> np.ndarray:
    right = np.zeros(len(y), bool)
    for part, (_, test) in zip(parts, splits):
        right[test] = clone(classifier).fit(rows[part], y[part]).predict(rows[test]) == y[test]
    return right
