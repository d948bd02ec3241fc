"""Extraction through a store: what is there is read, what is not is shared with all who want it, each clip once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.audio import settled
from skaudio.exceptions import AudioReadError, warn_user
from skaudio.feature_extraction._extraction import Batch, Recipe, extract_batches, plan, size_of
from skaudio.store import FeatureStore, StoreError, StoreSession, clip_identity, store_key

_MANY = 500  # clips that are looked up at once
_CLAIM = 8  # clips that are claimed at once, at most
_CLAIM_BYTES = 8_000_000
_WAIT = 0.02  # seconds between two looks at what others have in work


@dataclass(frozen=True)
class Stored:
    """What is stored of each clip: more than is asked for, so that it serves other requests too."""

    fingerprint: bytes  # of all that changes the numbers
    recipe: Recipe
    select: Callable[[np.ndarray], np.ndarray]  # what is asked for, of an array of stored rows


class _Pending:
    """The clips that are still to be found or extracted: positions by key."""

    def __init__(self, keys: Sequence[bytes | None]) -> None:
        self.positions: dict[bytes, list[int]] = {}
        for position, key in enumerate(keys):
            if key is not None:
                self.positions.setdefault(key, []).append(position)

    def take(self, found: dict[bytes, np.ndarray], stored: Stored) -> Batch:
        """Return the batch of the keys that were found: a clip given twice gets its row twice."""
        positions = [position for key in found for position in self.positions[key]]
        n_times = [len(self.positions.pop(key)) for key in found]
        rows = stored.select(np.repeat(np.stack(list(found.values())), n_times, axis=0))
        return Batch(positions, rows, [], 0)


def extract_through_store(
    store: FeatureStore, clips: Sequence[Any], stored: Stored, n_jobs: int | None, *, keep_memory: bool
) -> Generator[Batch, None, None]:
    """Yield batches of all clips: those that are stored, those extracted here, those others have extracted.

    Clips in memory are stored where `keep_memory`, and only looked up otherwise. A store that cannot be used, or not
    any more, is warned of; the clips that are left are extracted without it.
    """
    done = np.zeros(len(clips), bool)
    try:
        with store.session() as session:
            for batch in _through(session, clips, stored, n_jobs, keep_memory):
                done[batch.positions] = True
                yield batch
    except StoreError as error:
        warn_user(f"the feature store {store._file()!r} cannot be used, and features are extracted without it: {error}")
        left = [int(i) for i in np.flatnonzero(~done)]
        yield from _selected(stored, extract_batches(stored.recipe, clips, plan(left, clips), n_jobs))


def _through(
    session: StoreSession, clips: Sequence[Any], stored: Stored, n_jobs: int | None, keep_memory: bool
) -> Generator[Batch, None, None]:
    keys = [_key(clip, stored.fingerprint) for clip in clips]
    pending = _Pending(keys)
    n_hits = 0
    for batch in _found(session, pending, stored):
        n_hits += len(batch.positions)
        yield batch
    alone = [position for position, key in enumerate(keys) if key is None]
    session.count(hits=n_hits, misses=len(clips) - n_hits - len(alone))
    if not keep_memory:
        for key in list(pending.positions):
            if not _is_on_disk(clips[pending.positions[key][0]]):
                alone += pending.positions.pop(key)
    if alone:
        yield from _selected(stored, extract_batches(stored.recipe, clips, plan(sorted(alone), clips), n_jobs))
    while pending.positions:
        n_before = len(pending.positions)
        errors: list[StoreError] = []
        failed = False
        for batch in extract_batches(stored.recipe, clips, _claimed(session, clips, pending, errors), n_jobs):
            yield from _keep(session, batch, keys, pending, stored)
            failed |= bool(batch.failures)
        if errors:
            raise errors[0]
        if failed and stored.recipe.stop_at_failure:
            return
        # What is left was in work elsewhere.
        yield from _found(session, pending, stored)
        if len(pending.positions) == n_before:
            time.sleep(_WAIT)


def _found(session: StoreSession, pending: _Pending, stored: Stored) -> Iterator[Batch]:
    keys = list(pending.positions)
    n_values = int(np.prod(stored.recipe.shape))
    for start in range(0, len(keys), _MANY):
        found = session.look_up(keys[start : start + _MANY], n_values)
        if found:
            yield pending.take({key: row.reshape(stored.recipe.shape) for key, row in found.items()}, stored)


def _claimed(
    session: StoreSession, clips: Sequence[Any], pending: _Pending, errors: list[StoreError]
) -> Iterator[list[int]]:
    """Claim batch after batch of what nobody else has in work.

    joblib draws on this in threads of its own, where an error would be lost: it is put into `errors`.
    """
    queue = [(key, positions[0]) for key, positions in pending.positions.items()]
    while queue:
        limit, n_bytes = 0, 0
        for _, position in queue[:_CLAIM]:
            n_bytes += size_of(clips[position])
            if limit and n_bytes > _CLAIM_BYTES:
                break
            limit += 1
        window = dict(queue[: 4 * _CLAIM])
        try:
            claimed = session.claim(list(window), limit)
        except StoreError as error:
            errors.append(error)
            return
        if claimed:
            yield [window[key] for key in claimed]
            # Those before the last one that were not claimed are somebody else's.
            last = claimed[-1]
            n_passed = next(i for i, (key, _) in enumerate(queue) if key == last) + 1
        else:
            n_passed = len(window)
        queue = queue[n_passed:]


def _keep(
    session: StoreSession, batch: Batch, keys: Sequence[bytes | None], pending: _Pending, stored: Stored
) -> Iterator[Batch]:
    """Store a batch, and yield it for all positions of its clips."""
    by_key = {keys[position]: row for position, row in zip(batch.positions, batch.rows)}
    claims = [key for key in by_key if key is not None]
    failures = {keys[failure.position]: failure for failure in batch.failures if failure.position is not None}
    good = {key: by_key[key] for key in claims[: batch.n_decoded] if key not in failures}
    session.finish([(key, row.ravel()) for key, row in good.items()], claims, batch.n_decoded)
    if good:
        yield pending.take(good, stored)
    for key, failure in failures.items():
        if key is None:
            continue
        positions = pending.positions.pop(key)
        rows = np.full((len(positions), *stored.recipe.shape), np.nan, np.float32)
        again = [type(failure)(failure.reason, failure.path, i, failure.cause) for i in positions[1:]]
        yield Batch(positions, stored.select(rows), [failure, *again], 0)


def _selected(stored: Stored, batches: Iterator[Batch]) -> Iterator[Batch]:
    for batch in batches:
        yield Batch(batch.positions, stored.select(batch.rows), batch.failures, batch.n_decoded)


def _key(clip: Any, fingerprint: bytes) -> bytes | None:
    clip = settled(clip)
    if isinstance(clip, AudioReadError):
        return None  # to be named when it is extracted
    identity = clip_identity(clip)
    return None if identity is None else store_key(identity, fingerprint)


def _is_on_disk(clip: Any) -> bool:
    return isinstance(clip[0] if isinstance(clip, tuple) and len(clip) == 3 else clip, (str, os.PathLike))
