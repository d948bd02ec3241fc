"""The clips that an extraction through a store has not yielded yet."""

from __future__ import annotations

import numpy as np


class Pending:
    """The clips that are still to be found or extracted.

    Each has a name: its key in the store, or its position where it cannot be stored. Few objects are made for
    each clip: where thousands of clips are in the store, making objects takes most of the time.
    """

    def __init__(self) -> None:
        self.first: dict[bytes | int, int] = {}  # positions by name
        self.names: dict[int, bytes | int] = {}  # by first position, also of those that were taken
        self._repeats: dict[bytes | int, list[int]] = {}  # of clips that are given more than once
        self._values: dict[bytes | int, dict[int, np.ndarray]] = {}  # parts that are there, of clips that lack others
        self._kept_out: set[bytes | int] = set()

    def add(self, name: bytes | int, position: int) -> None:
        if self.first.setdefault(name, position) == position:
            self.names[position] = name
        else:
            self._repeats.setdefault(name, []).append(position)

    def keep_out(self, name: bytes | int) -> None:
        """Have a clip extracted, but not stored."""
        self._kept_out.add(name)

    def key(self, name: bytes | int) -> bytes | None:
        """Return the key a clip is stored under; None where it is not."""
        return name if isinstance(name, bytes) and name not in self._kept_out else None

    def positions(self, name: bytes | int) -> list[int]:
        return [self.first[name], *self._repeats.get(name, ())]

    def put(self, name: bytes | int, values: dict[int, np.ndarray]) -> None:
        """Keep parts of a clip."""
        self._values.setdefault(name, {}).update(values)

    def values(self, name: bytes | int) -> dict[int, np.ndarray]:
        return self._values.get(name, {})

    def take(self, name: bytes | int) -> list[int]:
        """Remove a clip, and return its positions."""
        positions = self.positions(name)
        del self.first[name]
        return positions
