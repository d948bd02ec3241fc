"""Results in order: several of one recording held back, two rankings made one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

_RECIPROCAL = 60  # of reciprocal rank fusion: how much the first places are worth more than the next ones


def thinned(recordings: Sequence[str], most: int | None, k: int) -> list[int]:
    """Return the places of the first `k` results, of each recording `most` at most.

    Examples
    --------
    >>> thinned(["a", "a", "b", "a"], 1, 10)
    [0, 2]
    """
    places: list[int] = []
    seen: dict[str, int] = {}
    for place, recording in enumerate(recordings):
        seen[recording] = seen.get(recording, 0) + 1
        if most is None or seen[recording] <= most:
            places.append(place)
            if len(places) == k:
                break
    return places


def fused(rankings: Iterable[Sequence[int]]) -> tuple[list[int], np.ndarray]:
    """Make one ranking of several by the sum of their reciprocal ranks.

    The constant 60 and the form are those of G. V. Cormack, C. L. A. Clarke and S. Buettcher, "Reciprocal rank fusion
    outperforms Condorcet and individual rank learning methods", SIGIR 2009.

    Returns
    -------
    items : list of int
        The best first; the smaller number where two are equal.
    scores : ndarray of float

    Examples
    --------
    >>> fused([[7, 8], [8, 9]])[0]
    [8, 7, 9]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (_RECIPROCAL + rank)
    items = sorted(scores, key=lambda item: (-scores[item], item))
    return items, np.array([scores[item] for item in items])
