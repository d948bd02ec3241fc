"""`suggest`: which sounds to listen to next."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skaudio.labelling._rounds import fit_labels, row_classifier, snapshot_of, targets

STRATEGIES = ("mixed", "uncertain", "diverse", "confident")
"""What can be asked for by name."""

# Chosen on ESC-10. Until each class has two sounds, different sounds teach more than uncertain ones.
_FIRST = 2
_POOL = 5  # times as many uncertain sounds as are asked for, of which different ones are taken
_LEAST_POOL = 25
_LEAST_AXES, _MOST_AXES = 16, 64  # of the vectors, in which sounds are told apart
_MANY = 5000  # points, beyond which clusters are found by parts of them


def suggest(
    estimator: Any, library: Any, n: int = 10, strategy: Any = "mixed", *, random_state: Any = None
) -> pd.DataFrame:
    """Tell which sounds are worth a label next.

    Parameters
    ----------
    estimator : classifier, Pipeline or None
        With ``predict_proba``, of the library's vectors, or a pipeline of clips whose first step makes them. One that
        is not fitted is fitted, as a clone, on what is labelled; None is logistic regression on scaled vectors.
    library : SoundLibrary
        Or what its `snapshot` has: ``sounds``, ``vectors``, ``scaled``, ``labels`` and ``features``.
    n : int, default=10
        How many.
    strategy : {"mixed", "uncertain", "diverse", "confident"} or object, default="mixed"
        - ``"mixed"``: of the sounds that the classifier is least sure of, those that differ most from each other; as
          long as there are less than two labels a class, as ``"diverse"``;
        - ``"uncertain"``: those that it is least sure of: the two best classes are nearly as probable (the margin of
          T. Scheffer, C. Decomain and S. Wrobel, 2001);
        - ``"diverse"``: those in the middle of clusters that no label is in yet;
        - ``"confident"``: those that it is most sure of, of each class as many: quick to confirm, and where it is sure
          and wrong there is most to learn;
        - an object with scikit-activeml's ``query(X, y, candidates=, batch_size=, clf=)``.

        The first three take one sound of each recording, as long as there are enough recordings. Without a fitted
        estimator and without labels of two classes, every named strategy works as ``"diverse"``.
    random_state : int, RandomState instance or None, default=None
        Seed of the clusters.

    Returns
    -------
    DataFrame
        Of sounds without a label, in the order in which to listen: the columns of ``library.sounds``, and
        ``predicted``, ``probability`` and ``margin``, the difference to the second class; NaN without a classifier.

    Raises
    ------
    ValueError
        If `n` is no whole number above 0, `strategy` is unknown, or the estimator takes rows of other features.

    Examples
    --------
    >>> from skaudio.labelling import suggest
    >>> suggest(None, library, 10)[["id", "path"]]  # doctest: +SKIP
    """
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n={n!r} must be a whole number, 1 at least")
    is_named = isinstance(strategy, str)
    if (is_named and strategy not in STRATEGIES) or not (is_named or hasattr(strategy, "query")):
        raise ValueError(
            f"strategy={strategy!r} is unknown; {', '.join(map(repr, STRATEGIES))}, or an object with the query of "
            "scikit-activeml is expected"
        )
    random = check_random_state(random_state)
    library = snapshot_of(library)
    sounds = library.sounds
    said = library.labels
    classes = targets(said)
    is_open = ~sounds["id"].isin(said["sound"]).to_numpy()
    pool = np.flatnonzero(is_open)
    probabilities, names = _probabilities(estimator, library, sounds, classes)
    if not is_named:
        chosen = _query_strategy(strategy, library, sounds, classes, pool, n, estimator)
    elif not len(pool):
        chosen = pool
    else:
        chosen = _choose_by_name(strategy, _main_axes_of(library.scaled), sounds, pool, probabilities, n, random)
    table = sounds.iloc[chosen].reset_index(drop=True)
    if probabilities is None:
        return table.assign(predicted=None, probability=np.nan, margin=np.nan)
    best = probabilities[chosen].argmax(axis=1)
    return table.assign(
        predicted=pd.Series([str(names[k]) for k in best], dtype=object),
        probability=probabilities[chosen].max(axis=1) if len(chosen) else np.empty(0),
        margin=_margins(probabilities[chosen]),
    )


def _probabilities(estimator: Any, library: Any, sounds: pd.DataFrame, classes: dict[int, str]) -> tuple[Any, Any]:
    """Return the probabilities of all sounds and the classes' names; None where there is nothing to learn from."""
    classifier = None if estimator is None else row_classifier(estimator, library.features)
    is_fitted = classifier is not None
    if is_fitted:
        try:
            check_is_fitted(classifier)
        except NotFittedError:
            is_fitted = False
    if not is_fitted:
        there = {sound: classes[sound] for sound in sounds["id"] if sound in classes}
        if len(set(there.values())) < 2:
            return None, None
        classifier = fit_labels(library, classifier)
    assert classifier is not None
    if not len(sounds):
        return np.zeros((0, len(classifier.classes_))), classifier.classes_
    return np.asarray(classifier.predict_proba(library.vectors)), classifier.classes_


def _choose_by_name(
    strategy: str, places: np.ndarray, sounds: pd.DataFrame, pool: np.ndarray, probabilities: Any, n: int, random: Any
) -> np.ndarray:
    recordings = sounds["recording"].to_numpy()
    labelled = np.setdiff1d(np.arange(len(sounds)), pool)
    is_early = strategy == "mixed" and probabilities is not None and len(labelled) < _FIRST * probabilities.shape[1]
    if probabilities is None or strategy == "diverse" or is_early:
        single = _one_each(pool, recordings)
        fresh = single[~np.isin(recordings[single], recordings[labelled])]
        return _middles(places, labelled, fresh if len(fresh) >= n else single, pool, n, random)
    if strategy == "confident":
        return _of_each_class(probabilities, pool, n)
    margins = _margins(probabilities)
    ordered = pool[np.argsort(margins[pool], kind="stable")]
    fresh = ordered[~np.isin(recordings[ordered], recordings[labelled])]
    if len(fresh) >= _POOL * n:  # recordings that nothing is known of yet tell most
        ordered = fresh
    single = _one_each(ordered, recordings)
    ordered = np.r_[single, ordered[~np.isin(ordered, single)]]
    if strategy == "uncertain":
        return ordered[:n]
    near = ordered[: max(_POOL * n, _LEAST_POOL)]
    if len(single) >= n:
        near = near[np.isin(near, single)]
    return _different(places, near, 1 - margins[near] + 1e-3, n, random)


def _margins(probabilities: np.ndarray) -> np.ndarray:
    if probabilities.shape[1] < 2:
        return np.ones(len(probabilities))
    best = np.partition(probabilities, probabilities.shape[1] - 2, axis=1)
    return np.asarray(best[:, -1] - best[:, -2])


def _one_each(positions: np.ndarray, recordings: np.ndarray) -> np.ndarray:
    """Return the first position of each recording, in their order."""
    _, first = np.unique(recordings[positions].astype(str), return_index=True)
    return positions[np.sort(first)]


def _main_axes_of(rows: np.ndarray) -> np.ndarray:
    """Return rows, of unit length, in the axes that matter.

    They are those of more variance than the mean axis (H. F. Kaiser, 1960), 16 at least and 64 at most.
    """
    n_axes = min(rows.shape)
    if n_axes > 2:
        found = PCA(min(_MOST_AXES, n_axes), svd_solver="covariance_eigh").fit(rows.astype(np.float64))
        mean = rows.var(axis=0, ddof=1, dtype=np.float64).sum() / n_axes
        n_kept = max(_LEAST_AXES, int((found.explained_variance_ > mean).sum()))
        rows = found.transform(rows)[:, :n_kept]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def _clusters(places: np.ndarray, n: int, random: Any, weights: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the cluster of each place, and how far it is from the cluster's middle."""
    kind = KMeans if len(places) <= _MANY else MiniBatchKMeans
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer different places than clusters
        found = kind(min(n, len(places)), n_init=10, random_state=random).fit(places, sample_weight=weights)
    apart = np.linalg.norm(places - found.cluster_centers_[found.labels_], axis=1)
    return found.labels_, apart


def _middles(
    places: np.ndarray, labelled: np.ndarray, single: np.ndarray, pool: np.ndarray, n: int, random: Any
) -> np.ndarray:
    """Return the sound nearest to the middle of each cluster without labelled sounds, the largest clusters first."""
    if len(single) < n:  # take all of them, and from the rest of the pool the sounds that differ from them
        rest = pool[~np.isin(pool, single)]
        if not len(rest):
            return single
        more = _middles(places, np.r_[labelled, single].astype(int), rest, rest, n - len(single), random)
        return np.r_[single, more][:n]
    pool = single
    among = np.r_[labelled, pool].astype(int)
    labels, apart = _clusters(places[among], len(labelled) + n, random)
    taken = set(labels[: len(labelled)])
    sizes = np.bincount(labels)
    chosen: list[int] = []
    for cluster in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(labels == cluster)
        if cluster not in taken and len(members) and len(chosen) < n:
            chosen.append(int(among[members[apart[members].argmin()]]))
    rest = pool[~np.isin(pool, chosen)]
    more = random.permutation(rest)[: n - len(chosen)]  # where clusters coincide
    return np.r_[np.array(chosen, int), more]


def _different(places: np.ndarray, near: np.ndarray, weights: np.ndarray, n: int, random: Any) -> np.ndarray:
    """Return of each cluster the sound in its middle, the heaviest clusters first."""
    if len(near) <= n:
        return near
    labels, apart = _clusters(places[near], n, random, weights)
    heavy = np.argsort(-np.bincount(labels, weights=weights), kind="stable")
    members = [np.flatnonzero(labels == cluster) for cluster in heavy]
    chosen = near[[each[apart[each].argmin()] for each in members if len(each)]]
    return np.r_[chosen, near[~np.isin(near, chosen)][: n - len(chosen)]]


def _of_each_class(probabilities: np.ndarray, pool: np.ndarray, n: int) -> np.ndarray:
    """Return the sounds that the classifier is surest of, one of each class in turn."""
    best, sure = probabilities[pool].argmax(axis=1), probabilities[pool].max(axis=1)
    order = np.argsort(-sure, kind="stable")
    rank = np.empty(len(pool), int)
    for k in range(probabilities.shape[1]):
        own = order[best[order] == k]
        rank[own] = np.arange(len(own))
    return pool[np.lexsort((-sure, rank))][:n]


def _query_strategy(
    strategy: Any,
    library: Any,
    sounds: pd.DataFrame,
    classes: dict[int, str],
    pool: np.ndarray,
    n: int,
    estimator: Any,
) -> np.ndarray:
    y = np.array([classes.get(sound, np.nan) for sound in sounds["id"]], dtype=object)
    options = {} if estimator is None else {"clf": estimator}
    chosen = strategy.query(library.vectors, y, candidates=pool, batch_size=min(n, len(pool)), **options)
    return np.asarray(chosen, int)
