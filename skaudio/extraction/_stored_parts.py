"""What a store keeps of each clip for a recipe, and the rows that come from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from skaudio.clips import Clip
from skaudio.extraction._batches import Batch
from skaudio.extraction._fingerprint import fingerprint, reader_fingerprint
from skaudio.extraction._recipe import Extracted, Recipe
from skaudio.store import store_key

Source = tuple[int, float, float, str]
"""Frames, rate and peak of a clip, and what is missing of it."""


class StoredParts:
    """What a store keeps of each clip for a recipe: more than is asked for, so that it serves other requests too."""

    def __init__(self, recipe: Recipe) -> None:
        self._features = recipe.features
        self.reader = recipe.reader
        self._parts = list(dict.fromkeys(part for feature in recipe.features for part in feature.parts()))
        self._reader_key = reader_fingerprint(recipe.reader)
        self._places = [[self._parts.index(part) for part in feature.parts()] for feature in recipe.features]
        self.keys = [fingerprint(recipe.reader, part) for part in self._parts]
        self.sizes = {key: int(np.prod(part.shape)) for key, part in zip(self.keys, self._parts)}

    def name(self, clip: Clip, position: int) -> bytes | int:
        """Return what a clip is called among those pending; one without identity is named when it is extracted."""
        identity = clip.identity()
        return position if identity is None else store_key(identity, self._reader_key)

    def missing(self, values: Mapping[int, np.ndarray]) -> tuple[int, ...]:
        return tuple(k for k in range(len(self._parts)) if k not in values)

    def recipe(self, missing: Iterable[int]) -> Recipe:
        return Recipe(self.reader, tuple(self._parts[k] for k in missing))

    def batch(
        self,
        positions: Sequence[Sequence[int]],
        values: Sequence[np.ndarray],
        sources: Sequence[Source],
    ) -> Batch:
        """Return the rows of clips whose parts are all there: a clip given twice gets its row twice."""
        shaped = [each.reshape(-1, *part.shape) for each, part in zip(values, self._parts)]
        rows = [feature.select([shaped[k] for k in places]) for feature, places in zip(self._features, self._places)]
        all_positions: list[int] = []
        outcomes: list[Extracted] = []
        for its_positions, source, *its_rows in zip(positions, sources, *rows):
            all_positions += its_positions
            outcomes += [Extracted(its_rows, *source)] * len(its_positions)
        return Batch(all_positions, outcomes)
