"""Extraction through a store: what is there is read, what is not is shared with all who want it, each clip once."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError, warn_user
from skaudio.extraction._batches import Batch, plan, run_batches
from skaudio.extraction._fingerprint import fingerprint, reader_fingerprint
from skaudio.extraction._recipe import Extracted, Recipe
from skaudio.store import Entry, FeatureStore, StoreError, StoreSession, store_key

_MANY = 500  # clips that are looked up at once
_CLAIM = 8  # clips that are claimed at once, at most
_CLAIM_BYTES = 8_000_000
_WAIT = 0.02  # seconds between two looks at what others have in work


@dataclass
class _Wanted:
    """A clip that is still to be found or extracted."""

    name: Any  # among those that are pending
    positions: list[int]
    key: bytes | None  # of the clip and the way it is read; None for one that is not stored
    part_keys: list[bytes]
    values: dict[int, np.ndarray] = field(default_factory=dict)  # of the parts that are there

    @property
    def missing(self) -> tuple[int, ...]:
        return tuple(k for k in range(len(self.part_keys)) if k not in self.values)


class _Kept:
    """What a store keeps of each clip for a recipe: more than is asked for, so that it serves other requests too."""

    def __init__(self, recipe: Recipe) -> None:
        self._features = recipe.features
        self.reader = recipe.reader
        self.parts = list(dict.fromkeys(part for feature in recipe.features for part in feature.parts()))
        self._reader_key = reader_fingerprint(recipe.reader)
        self._part_keys = [fingerprint(recipe.reader, part) for part in self.parts]
        self._places = [[self.parts.index(part) for part in feature.parts()] for feature in recipe.features]
        self.sizes = [int(np.prod(part.shape)) for part in self.parts]

    def wanted(self, clip: Clip, position: int) -> _Wanted:
        identity = clip.identity()
        if identity is None:  # it is named when it is extracted
            return _Wanted(position, [position], None, [b""] * len(self.parts))
        key = store_key(identity, self._reader_key)
        return _Wanted(key, [position], key, [store_key(identity, part) for part in self._part_keys])

    def recipe(self, missing: Iterable[int]) -> Recipe:
        return Recipe(self.reader, tuple(self.parts[k] for k in missing))

    def batch(self, clips: Sequence[_Wanted], lengths: Sequence[tuple[int, float]]) -> Batch:
        """Return the rows of clips whose parts are all there: a clip given twice gets its row twice."""
        stacked = [
            np.stack([clip.values[k] for clip in clips]).reshape(-1, *part.shape) for k, part in enumerate(self.parts)
        ]
        rows = [feature.select([stacked[k] for k in places]) for feature, places in zip(self._features, self._places)]
        positions: list[int] = []
        outcomes: list[Extracted] = []
        for clip, length, *its_rows in zip(clips, lengths, *rows):
            positions += clip.positions
            outcomes += [Extracted(its_rows, *length)] * len(clip.positions)
        return Batch(positions, outcomes)


def extract_through_store(
    store: FeatureStore,
    clips: Sequence[Clip],
    recipe: Recipe,
    n_jobs: int | None,
    *,
    keep_memory: bool,
    stop_at_failure: bool,
) -> Generator[Batch, None, None]:
    """Yield batches of all clips: those that are stored, those extracted here, those others have extracted.

    Clips in memory are stored where `keep_memory`, and only looked up otherwise. A store that cannot be used, or not
    any more, is warned of; the clips that are left are extracted without it.
    """
    done = np.zeros(len(clips), bool)
    try:
        with store.session() as session:
            for batch in _through(session, clips, _Kept(recipe), n_jobs, keep_memory, stop_at_failure):
                done[list(batch.positions)] = True
                yield batch
    except StoreError as error:
        warn_user(f"the feature store {store.file!r} cannot be used, and features are extracted without it: {error}")
        left = [int(i) for i in np.flatnonzero(~done)]
        yield from run_batches(recipe, clips, plan(left, clips), n_jobs, stop_at_failure=stop_at_failure)


def _through(
    session: StoreSession, clips: Sequence[Clip], kept: _Kept, n_jobs: int | None, keep_memory: bool, stop: bool
) -> Generator[Batch, None, None]:
    pending: dict[Any, _Wanted] = {}
    for position, clip in enumerate(clips):
        wanted = kept.wanted(clip, position)
        if wanted.name in pending:
            pending[wanted.name].positions.append(position)
        else:
            pending[wanted.name] = wanted
    n_asked = sum(len(wanted.positions) for wanted in pending.values() if wanted.key is not None)
    n_hits = 0
    failed = False
    for batch in _found(session, pending, clips, kept):
        n_hits += len(batch.positions)
        failed |= _has_failed(batch)
        yield batch
    session.count(hits=n_hits, misses=n_asked - n_hits)
    if not keep_memory:
        for wanted in pending.values():
            if not clips[wanted.positions[0]].is_on_disk:
                wanted.key = None
    while pending and not (failed and stop):
        n_before = len(pending)
        for missing in dict.fromkeys(wanted.missing for wanted in pending.values()):
            errors: list[StoreError] = []
            group = {w.positions[0]: w for w in pending.values() if w.missing == missing}
            claimed = _claimed(session, clips, sorted(group.values(), key=lambda w: w.positions[0]), errors)
            for batch in run_batches(kept.recipe(missing), clips, claimed, n_jobs, stop_at_failure=stop):
                for finished in _keep(session, batch, group, missing, pending, kept):
                    failed |= _has_failed(finished)
                    yield finished
            if errors:
                raise errors[0]
            if failed and stop:
                return
        # What is left was in work elsewhere.
        yield from _found(session, pending, clips, kept)
        if len(pending) == n_before:
            time.sleep(_WAIT)


def _has_failed(batch: Batch) -> bool:
    return any(isinstance(outcome, AudioReadError) for outcome in batch.outcomes)


def _found(session: StoreSession, pending: dict[Any, _Wanted], clips: Sequence[Clip], kept: _Kept) -> Iterator[Batch]:
    """Look up what is pending, and yield the clips that are there whole."""
    stored = [wanted for wanted in pending.values() if wanted.key is not None]
    for start in range(0, len(stored), _MANY):
        some = stored[start : start + _MANY]
        sizes = {key: size for wanted in some for key, size in zip(wanted.part_keys, kept.sizes)}
        entries = session.look_up(sizes)
        whole, lengths, failures = [], [], []
        for wanted in some:
            its = [entries.get(key) for key in wanted.part_keys]
            wanted.values = {k: entry.values for k, entry in enumerate(its) if entry is not None}
            if len(wanted.values) < len(its):
                continue
            del pending[wanted.name]
            length = next((entry.n_frames, entry.rate) for entry in its if entry is not None)
            try:
                kept.reader.check_length(*length)  # a longer clip is as wrong from the store as from its file
            except ValueError as error:
                failures.append((wanted, AudioReadError(str(error), clips[wanted.positions[0]].path, None, error)))
                continue
            whole.append(wanted)
            lengths.append(length)
        if whole:
            yield kept.batch(whole, lengths)
        for wanted, failure in failures:
            yield _failed(wanted, failure)


def _failed(wanted: _Wanted, failure: AudioReadError) -> Batch:
    again = [type(failure)(failure.reason, failure.path, i, failure.cause) for i in wanted.positions]
    return Batch(wanted.positions, again)


def _claimed(
    session: StoreSession, clips: Sequence[Clip], queue: list[_Wanted], errors: list[StoreError]
) -> Iterator[list[int]]:
    """Claim batch after batch of what nobody else has in work; what is not stored needs no claim.

    joblib draws on this in threads of its own, where an error would be lost: it is put into `errors`.
    """
    while queue:
        limit, n_bytes = 0, 0
        for wanted in queue[:_CLAIM]:
            n_bytes += clips[wanted.positions[0]].size
            if limit and n_bytes > _CLAIM_BYTES:
                break
            limit += 1
        window = queue[: 4 * _CLAIM]
        alone = [k for k, wanted in enumerate(window) if wanted.key is None]
        window = window[: alone[limit - 1] + 1] if len(alone) >= limit else window
        requests = {wanted.key: [wanted.part_keys[k] for k in wanted.missing] for wanted in window if wanted.key}
        try:
            claimed = set(session.claim(requests, limit))
        except StoreError as error:
            errors.append(error)
            return
        n_passed = len(window)
        if claimed:
            # Those before the last one that were not claimed are somebody else's.
            n_passed = 1 + max(k for k, wanted in enumerate(window) if wanted.key in claimed)
        taken = [w.positions[0] for w in window[:n_passed] if w.key is None or w.key in claimed]
        if taken:
            yield taken
        queue = queue[n_passed:]


def _keep(
    session: StoreSession,
    batch: Batch,
    group: dict[int, _Wanted],
    missing: Sequence[int],
    pending: dict[Any, _Wanted],
    kept: _Kept,
) -> Iterator[Batch]:
    """Store a batch, and yield it for all positions of its clips."""
    entries: list[tuple[bytes, bytes, Entry]] = []
    whole, lengths, failures = [], [], []
    n_decoded = 0
    for position, outcome in zip(batch.positions, batch.outcomes):
        wanted = group[position]
        n_decoded += wanted.key is not None
        del pending[wanted.name]
        if isinstance(outcome, AudioReadError):
            failures.append(_failed(wanted, outcome))
            continue
        length = (outcome.n_frames, outcome.rate)
        for k, row in zip(missing, outcome.rows):
            wanted.values[k] = row
            if wanted.key is not None:
                entries.append((wanted.part_keys[k], wanted.key, Entry(row.ravel(), *length)))
        whole.append(wanted)
        lengths.append(length)
    claims = [key for position in batch.positions if (key := group[position].key) is not None]
    if claims:
        session.finish(entries, claims, n_decoded)
    if whole:
        yield kept.batch(whole, lengths)
    yield from failures
