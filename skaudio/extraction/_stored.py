"""Extraction through a store: what is there is read, what is not is shared with all who want it, each clip once."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from joblib import effective_n_jobs

from skaudio.clips import Clip, Reader, digest_of, known_digest, remember, status_of
from skaudio.exceptions import AudioReadError, warn_user
from skaudio.extraction._batches import Batch, plan, run_batches
from skaudio.extraction._pending import Pending
from skaudio.extraction._recipe import Recipe
from skaudio.extraction._stored_parts import Source, StoredParts
from skaudio.store import Entry, FeatureStore, StoreError, StoreSession

_MANY = 500  # clips that are looked up at once
_CLAIM = 8  # clips that are claimed at once, at most
_CLAIM_BYTES = 8_000_000
_LOST = "as skaudio check tells"  # in place of what a stored clip lacks: the store keeps only that something is missing
_MOST_HASHING = 8  # threads that hash files: a disk is busy with fewer
_WAIT = 0.02  # seconds between two looks at what others have in work


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
            for batch in _extract_with_session(
                session, clips, StoredParts(recipe), n_jobs, keep_memory, stop_at_failure
            ):
                done[list(batch.positions)] = True
                yield batch
    except StoreError as error:
        warn_user(f"the feature store {store.file!r} cannot be used, and features are extracted without it: {error}")
        left = [int(i) for i in np.flatnonzero(~done)]
        yield from run_batches(recipe, clips, plan(left, clips), n_jobs, stop_at_failure=stop_at_failure)


def _extract_with_session(
    session: StoreSession, clips: Sequence[Clip], parts: StoredParts, n_jobs: int | None, keep_memory: bool, stop: bool
) -> Generator[Batch, None, None]:
    pending = Pending()
    n_asked = 0
    _hash_files(session, clips, n_jobs)
    for position, clip in enumerate(clips):
        name = parts.name(clip, position)
        n_asked += isinstance(name, bytes)
        pending.add(name, position)
    n_hits = 0
    failed = False
    for batch in _look_up_pending(session, pending, clips, parts):
        n_hits += len(batch.positions)
        failed |= _has_failed(batch)
        yield batch
    session.count(hits=n_hits, misses=n_asked - n_hits)
    if not keep_memory:
        for name, position in pending.first.items():
            if not clips[position].is_on_disk:
                pending.keep_out(name)
    while pending.first and not (failed and stop):
        n_before = len(pending.first)
        for missing in dict.fromkeys(parts.missing(pending.values(name)) for name in pending.first):
            errors: list[StoreError] = []
            names = [name for name in pending.first if parts.missing(pending.values(name)) == missing]
            claimed = _claim_batches(session, clips, pending, names, [parts.keys[k] for k in missing], errors)
            for batch in run_batches(parts.recipe(missing), clips, claimed, n_jobs, stop_at_failure=stop):
                for finished in _store_batch(session, clips, batch, pending, missing, parts):
                    failed |= _has_failed(finished)
                    yield finished
            if errors:
                raise errors[0]
            if failed and stop:
                return
        # What is left was in work elsewhere.
        yield from _look_up_pending(session, pending, clips, parts)
        if len(pending.first) == n_before:
            time.sleep(_WAIT)


def _hash_files(session: StoreSession, clips: Sequence[Clip], n_jobs: int | None) -> None:
    """Have the hashes of the clips' files at hand: those that the store knows, and those of files new to it."""
    files = dict.fromkeys(clip.file_path for clip in clips if clip.file_path is not None)
    states = {file: found for file in files if known_digest(file) is None and (found := status_of(file)) is not None}
    new = list(states)
    for start in range(0, len(new), _MANY):
        some = {states[file][0]: states[file][1] for file in new[start : start + _MANY]}
        for place, digest in session.digests({place: status.encoded() for place, status in some.items()}).items():
            remember(place, some[place], digest)
    new = [file for file in new if known_digest(file) is None]
    if not new:
        return
    with ThreadPoolExecutor(min(_MOST_HASHING, effective_n_jobs(n_jobs))) as threads:
        for start in range(0, len(new), _MANY):
            some_new = new[start : start + _MANY]
            list(threads.map(digest_of, some_new))
            known = [its for file in some_new if (its := known_digest(file)) is not None]
            session.note_files((place, status.encoded(), digest) for place, status, digest in known)


def _has_failed(batch: Batch) -> bool:
    return any(isinstance(outcome, AudioReadError) for outcome in batch.outcomes)


def _look_up_pending(
    session: StoreSession, pending: Pending, clips: Sequence[Clip], parts: StoredParts
) -> Iterator[Batch]:
    """Look up what is pending, and yield the clips that are there whole."""
    keys = [name for name in pending.first if isinstance(name, bytes) and pending.key(name) is not None]
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        found = session.look_up(some, parts.sizes)
        tables = [found[key][1] for key in parts.keys]
        places = [{clip: place for place, clip in enumerate(found[key][0])} for key in parts.keys]
        whole = [clip for clip in some if all(clip in its for its in places)]
        for clip in set(some).difference(whole):
            there = [(k, its[clip]) for k, its in enumerate(places) if clip in its]
            if there:
                pending.put(clip, {k: tables[k]["values"][place] for k, place in there})
        if whole:
            tables = [table[[its[clip] for clip in whole]] for table, its in zip(tables, places)]
            sources = [
                (n_frames, rate, peak, _LOST if lost else "")
                for n_frames, rate, peak, lost in tables[0][["n_frames", "rate", "peak", "lost"]].tolist()
            ]
            positions = [pending.take(clip) for clip in whole]
            batch = parts.batch(positions, [table["values"] for table in tables], sources)
            yield _within_max_duration(batch, clips, parts.reader)


def _within_max_duration(batch: Batch, clips: Sequence[Clip], reader: Reader) -> Batch:
    """Refuse clips that are too long: they are as wrong from the store as from their files."""
    outcomes = list(batch.outcomes)
    for i, (position, outcome) in enumerate(zip(batch.positions, outcomes)):
        try:
            reader.check_length(outcome.n_frames, outcome.rate)
        except ValueError as error:
            outcomes[i] = AudioReadError(str(error), clips[position].path, position, error)
    return Batch(batch.positions, outcomes)


def _claim_batches(
    session: StoreSession,
    clips: Sequence[Clip],
    pending: Pending,
    queue: list[bytes | int],
    lacking: list[bytes],
    errors: list[StoreError],
) -> Iterator[list[int]]:
    """Yield batches of clips to extract here: those claimed in the store, and those that are not to be stored.

    joblib iterates over this in its own threads, where an error would be lost, so the error is put into `errors`.
    """
    first = dict(pending.first)  # clips are taken from the other meanwhile
    while queue:
        limit, n_bytes = 0, 0
        for name in queue[:_CLAIM]:
            n_bytes += clips[first[name]].size
            if limit and n_bytes > _CLAIM_BYTES:
                break
            limit += 1
        window = queue[: 4 * _CLAIM]
        keys = [pending.key(name) for name in window]
        alone = [k for k, key in enumerate(keys) if key is None]
        if len(alone) >= limit:
            window, keys = window[: alone[limit - 1] + 1], keys[: alone[limit - 1] + 1]
        try:
            claimed = set(session.claim({key: lacking for key in keys if key is not None}, limit))
        except StoreError as error:
            errors.append(error)
            return
        n_passed = len(window)
        if claimed:
            # Those before the last one that were not claimed are somebody else's.
            n_passed = 1 + max(k for k, key in enumerate(keys) if key in claimed)
        taken = [first[name] for name, key in zip(window[:n_passed], keys) if key is None or key in claimed]
        if taken:
            yield taken
        queue = queue[n_passed:]


def _store_batch(
    session: StoreSession,
    clips: Sequence[Clip],
    batch: Batch,
    pending: Pending,
    missing: Sequence[int],
    parts: StoredParts,
) -> Iterator[Batch]:
    """Store a batch, and yield it for all positions of its clips."""
    claims = [key for position in batch.positions if (key := pending.key(pending.names[position])) is not None]
    entries: list[Entry] = []
    positions: list[list[int]] = []
    values: list[dict[int, np.ndarray]] = []
    sources: list[Source] = []
    failures: list[Batch] = []
    n_decoded = 0
    for position, outcome in zip(batch.positions, batch.outcomes):
        name = pending.names[position]
        key = pending.key(name)
        if key is not None and parts.name(clips[position], position) != key:  # the file was replaced meanwhile
            pending.keep_out(name)
            key = None
        n_decoded += key is not None
        its_positions = pending.take(name)
        if isinstance(outcome, AudioReadError):
            again = [type(outcome)(outcome.reason, outcome.path, i, outcome.cause) for i in its_positions]
            failures.append(Batch(its_positions, again))
            continue
        new = {k: row.ravel() for k, row in zip(missing, outcome.rows)}
        source = (outcome.n_frames, outcome.rate, outcome.peak, outcome.lost)
        if key is not None:
            entries += [Entry(key, parts.keys[k], row, *source[:3], bool(outcome.lost)) for k, row in new.items()]
        positions.append(its_positions)
        values.append({**pending.values(name), **new})
        sources.append(source)
    if claims:
        session.finish(entries, claims, n_decoded)
    if positions:
        stacked = [np.stack([its[k] for its in values]) for k in range(len(parts.keys))]
        yield parts.batch(positions, stacked, sources)
    yield from failures
