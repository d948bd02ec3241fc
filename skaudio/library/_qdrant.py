"""Points in Qdrant, which shards and replicates them over machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_AT_ONCE = 500  # points of a request


class QdrantEngine:
    """Points in a collection of Qdrant: for libraries beyond one machine.

    Parameters
    ----------
    client : qdrant_client.QdrantClient
        A server's, or a local one: ``QdrantClient(path="folder")``.
    collection : str, default="sounds"
        The collection; it is made where there is none. One collection serves one library.

    Examples
    --------
    >>> from qdrant_client import QdrantClient
    >>> from skaudio.library import QdrantEngine, SoundLibrary
    >>> engine = QdrantEngine(QdrantClient(url="http://localhost:6333"))  # doctest: +SKIP
    >>> library = SoundLibrary("sounds.library", engine=engine)  # doctest: +SKIP
    """

    def __init__(self, client: Any, collection: str = "sounds") -> None:
        self.client = client
        self.collection = collection

    def __repr__(self) -> str:
        return f"{type(self).__name__}(collection={self.collection!r})"

    def add(self, ids: np.ndarray, points: np.ndarray, payloads: Sequence[dict[str, Any]]) -> None:
        """Add points, or replace those of the same ids."""
        from qdrant_client.models import Distance, PointStruct, VectorParams

        if not self.client.collection_exists(self.collection):
            # The points are of unit length, so that their products are cosines.
            size = VectorParams(size=points.shape[1], distance=Distance.DOT)
            self.client.create_collection(self.collection, vectors_config=size)
        for start in range(0, len(ids), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            structs = [
                PointStruct(id=int(sound), vector=point.tolist(), payload=dict(payload))
                for sound, point, payload in zip(ids[part], points[part], payloads[part])
            ]
            self.client.upsert(self.collection, structs, wait=True)

    def remove(self, ids: np.ndarray) -> None:
        """Remove points, as `VectorEngine.remove`."""
        from qdrant_client.models import PointIdsList

        if len(ids) and self.client.collection_exists(self.collection):
            self.client.delete(self.collection, PointIdsList(points=[int(sound) for sound in ids]), wait=True)

    def count(self) -> int:
        """Return how many points there are."""
        if not self.client.collection_exists(self.collection):
            return 0
        return int(self.client.count(self.collection).count)

    def clear(self) -> None:
        """Remove all points."""
        if self.client.collection_exists(self.collection):
            self.client.delete_collection(self.collection)

    def query(self, point: np.ndarray, k: int, ids: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the points nearest to one, as `VectorEngine.query`."""
        from qdrant_client.models import Filter, HasIdCondition

        if not self.client.collection_exists(self.collection):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        among = None if ids is None else Filter(must=[HasIdCondition(has_id=[int(sound) for sound in ids])])
        found = self.client.query_points(
            self.collection, query=point.tolist(), limit=k, query_filter=among, with_payload=False
        ).points
        return np.array([each.id for each in found], np.int64), np.array([each.score for each in found], np.float32)
