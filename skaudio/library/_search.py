"""A search: clips and ids to points, points to sounds, sounds to rows of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from skaudio._sqlite import sqlite3
from skaudio.exceptions import LibraryError
from skaudio.library._engine import ExactEngine, VectorEngine
from skaudio.library._ranking import fused, thinned
from skaudio.library._space import Space, rocchio, weights_of
from skaudio.library._words import find_words

_FIRST = 5  # of the sounds that words find, which others are to be like
_DEPTH = 200  # places of either ranking that are fused, or more where more are asked for


class Search:
    """What searches of one moment work on.

    Parameters
    ----------
    table : DataFrame
        The catalogue.
    space : Space
        How rows become points.
    engine : VectorEngine
        What finds near points.
    vectors : callable
        From ids in ascending order to rows.
    transformer : transformer
        What makes rows of clips.
    blocks : dict
        The columns of its parts.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        space: Space,
        engine: VectorEngine,
        vectors: Callable[[np.ndarray], np.ndarray],
        transformer: Any,
        blocks: Mapping[str, slice],
    ) -> None:
        self.table = table
        self._space = space
        self._engine = engine
        self._vectors = vectors
        self._known = set(table["id"].tolist())
        self._transformer = copy(transformer).set_params(on_error="raise", cache=None)
        self._blocks = blocks

    def by_content(
        self,
        clip: Any,
        unlike: Any,
        k: int,
        wanted: np.ndarray,
        weights: Mapping[str, float] | None,
        per_recording: int | None,
    ) -> pd.DataFrame:
        """Return the sounds most like clips and least like others."""
        _check_count(k, "k")
        if per_recording is not None:
            _check_count(per_recording, "per_recording")
        point, used = self._point(clip, unlike)
        allowed = wanted & ~self.table["id"].isin(used).to_numpy()
        ids, similarities = self._nearest(point, k, allowed, weights, per_recording)
        return self._rows(ids).assign(similarity=similarities)

    def by_words(
        self,
        connection: sqlite3.Connection,
        words: str,
        clip: Any,
        k: int,
        wanted: np.ndarray,
        per_recording: int | None,
        *,
        by_content: bool,
    ) -> pd.DataFrame:
        """Return the sounds that words find, and those like them."""
        _check_count(k, "k")
        if per_recording is not None:
            _check_count(per_recording, "per_recording")
        there = set(self.table["id"][wanted].tolist())
        by_words = [sound for sound in find_words(connection, words) if sound in there]
        depth = max(_DEPTH, 4 * k)
        rankings: list[list[int]] = [self._thinned(by_words, per_recording, depth)]
        similarity: dict[int, float] = {}
        if clip is not None or (by_content and by_words):
            point, used = self._point(by_words[:_FIRST] if clip is None else clip, None)
            allowed = wanted if clip is None else wanted & ~self.table["id"].isin(used).to_numpy()
            ids, values = self._nearest(point, depth, allowed, None, per_recording)
            rankings.append(ids.tolist())
            similarity = dict(zip(ids.tolist(), values.tolist()))
        items, scores = fused(rankings)
        rows = self._rows(np.array(items, np.int64))
        places = thinned(rows["recording"].tolist(), per_recording, k)
        found = set(by_words)
        rows = rows.iloc[places].assign(score=scores[places])
        rows["by_words"] = [sound in found for sound in rows["id"]]
        rows["similarity"] = [similarity.get(sound, np.nan) for sound in rows["id"]]
        return rows.reset_index(drop=True)

    def _nearest(
        self,
        point: np.ndarray,
        k: int,
        allowed: np.ndarray,
        weights: Mapping[str, float] | None,
        per_recording: int | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        factors = None
        if weights:
            factors = weights_of(weights, self._blocks)
            if self._space.components is not None:
                raise LibraryError(
                    f"weights= needs whole vectors, and of {len(self.table)} sounds their principal values are compared"
                )
            if not isinstance(self._engine, ExactEngine):
                raise LibraryError(f"weights= needs a search in memory; {self._engine!r} compares points as they are")
        ids = None if allowed.all() else self.table["id"].to_numpy()[allowed]
        n_allowed, n = int(allowed.sum()), k
        while True:
            if factors is not None and isinstance(self._engine, ExactEngine):
                found, similarities = self._engine.query_weighted(point, factors, n, ids)
            else:
                found, similarities = self._engine.query(point, n, ids)
            there = np.isin(found, self.table["id"].to_numpy())  # an engine may hold more
            found, similarities = found[there], similarities[there]
            places = thinned(self._rows(found)["recording"].tolist(), per_recording, k)
            if len(places) >= k or n >= n_allowed or len(found) < n:
                return found[places], similarities[places]
            n *= 4

    def _point(self, clip: Any, unlike: Any) -> tuple[np.ndarray, list[int]]:
        """Return the point to look around, and the ids that it was asked for by."""
        like, used = self._points(clip)
        others, used_too = self._points(unlike) if unlike is not None else ([], [])
        return rocchio(like, others), used + used_too

    def _points(self, clips: Any) -> tuple[list[np.ndarray], list[int]]:
        clips = clips if isinstance(clips, list) else [clips]
        if not clips:
            raise ValueError("there is nothing to look for in an empty list of clips")
        points, used = [], []
        for clip in clips:
            if not isinstance(clip, Integral) or isinstance(clip, bool):
                points.append(self._space.points(self._transformer.transform([clip]))[0])
                continue
            if int(clip) not in self._known:
                raise LibraryError(f"there is no sound {int(clip)} in the library")
            points.append(self._space.points(self._vectors(np.array([clip])))[0])
            used.append(int(clip))
        return points, used

    def _thinned(self, ids: list[int], per_recording: int | None, k: int) -> list[int]:
        recordings = self._rows(np.array(ids, np.int64))["recording"].tolist()
        return [ids[place] for place in thinned(recordings, per_recording, k)]

    def _rows(self, ids: np.ndarray) -> pd.DataFrame:
        places = np.searchsorted(self.table["id"].to_numpy(), ids)
        return self.table.iloc[places].reset_index(drop=True)


def _check_count(value: Any, name: str) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}={value!r} must be a whole number, 1 at least")
