"""Copies of clips. What is drawn for a copy follows from the clip's content, not from its position in the list."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.augmentation._augmentations import MixWithinClass
from skaudio.augmentation._calls import apply_augmentation, hash_augmentations
from skaudio.clips import AlteredClip, Clip


@dataclass(frozen=True)
class Copies:
    """Copies of clips, and for each copy the positions of the two clips that it holds: its source and its partner."""

    clips: list[Clip]
    sources: np.ndarray  # (n_copies, 2); both the source's where there is no partner


@dataclass(frozen=True)
class _CopyAlteration:
    """What is done to one copy."""

    augmentations: tuple[Any, ...]
    seed: tuple[int, ...]
    partner: Clip | None

    def __call__(self, samples: np.ndarray, rate: float, read: Callable[[Clip], np.ndarray]) -> np.ndarray:
        partner = None if self.partner is None else read(self.partner)
        samples = np.array(samples, np.float32)  # a copy: a user's function may write into it
        for k, augmentation in enumerate(self.augmentations):
            samples = apply_augmentation(augmentation, samples, rate, np.random.RandomState([*self.seed, k]), partner)
        return samples


def copies_of(
    clips: Sequence[Clip], codes: np.ndarray, augmentations: tuple[Any, ...], n_copies: int, seed: int
) -> Copies:
    """Return the first copies of all clips, then the second ones, and so on.

    What is drawn for a copy follows from the seed, what the clip is known by and the number of the copy: it is the
    same in any fold, order and process. Another clip to mix with is the next one on a ring of the class's clips, so
    that it is the same in most folds, too.
    """
    identities = [clip.identity() or b"" for clip in clips]
    name = hash_augmentations(augmentations)
    mixing = any(isinstance(augmentation, MixWithinClass) for augmentation in augmentations)
    rings = {code: _Ring(np.flatnonzero(codes == code), identities) for code in np.unique(codes)} if mixing else {}
    made: list[Clip] = []
    sources = []
    for number in range(n_copies):
        for position, clip in enumerate(clips):
            place = _hash(f"{seed} {number}".encode() + identities[position])
            partner = rings[codes[position]].after(place, identities[position]) if mixing else None
            other = None if partner is None else clips[partner].portable()
            words = tuple(int(word) for word in np.frombuffer(place, "<u4"))
            known_by = name + place + (b"" if partner is None else identities[partner])
            made.append(AlteredClip(clip, _CopyAlteration(augmentations, words, other), known_by))
            sources.append((position, position if partner is None else partner))
    return Copies(made, np.asarray(sources, np.intp).reshape(-1, 2))


def repeated(values: Any, rows: np.ndarray, n_clips: int) -> Any:
    """Return values of one entry a clip as one entry a training row; return anything else unchanged."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__") or len(values) != n_clips:
        return values
    if isinstance(values, list):
        return [values[row] for row in rows]
    return (values.iloc if hasattr(values, "iloc") else np.asarray(values))[rows]


class _Ring:
    """The clips of a class on a ring, each at the hash of its identity, so that its place depends on it alone."""

    def __init__(self, positions: np.ndarray, identities: Sequence[bytes]) -> None:
        placed = sorted((_hash(identities[position]), int(position)) for position in positions if identities[position])
        self._places = [place for place, _ in placed]
        self._positions = [position for _, position in placed]
        self._identities = identities

    def after(self, place: bytes, identity: bytes) -> int | None:
        """Return the position of the next clip that is another one than `identity`; None where there is none."""
        start = bisect_right(self._places, place)
        for k in range(len(self._places)):
            position = self._positions[(start + k) % len(self._places)]
            if self._identities[position] != identity:
                return position
        return None


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
