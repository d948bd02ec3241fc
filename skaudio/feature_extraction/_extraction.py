"""Clips to rows in batches, by threads or whatever joblib backend there is."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from skaudio.audio import path_of, settled
from skaudio.exceptions import AudioReadError

# A batch is long enough to hide what it costs, and short enough for progress and for even loads.
_MAX_BATCH = 8
_MAX_BYTES = 8_000_000


@dataclass(frozen=True)
class Recipe:
    """What is done with a clip, wherever it is done: picklable, the same for all clips."""

    read: Callable[[Any], Iterator[np.ndarray]]  # the waveform, in one piece or several
    extract: Callable[[Iterator[np.ndarray]], np.ndarray]
    shape: tuple[int, ...]  # of a clip's features
    stop_at_failure: bool


@dataclass
class Batch:
    """Rows of some clips: NaN for a clip that failed, and what went wrong with it."""

    positions: Sequence[int]
    rows: np.ndarray
    failures: list[AudioReadError]
    n_decoded: int  # how many of the clips the decoder was given


def plan(positions: Iterable[int], clips: Sequence[Any]) -> Iterator[list[int]]:
    """Divide positions into batches of about the same work."""
    batch: list[int] = []
    n_bytes = 0
    for position in positions:
        size = size_of(clips[position])
        if batch and (len(batch) == _MAX_BATCH or n_bytes + size > _MAX_BYTES):
            yield batch
            batch, n_bytes = [], 0
        batch.append(position)
        n_bytes += size
    if batch:
        yield batch


def size_of(clip: Any) -> int:
    """Return about how many bytes a clip is."""
    if isinstance(clip, (str, os.PathLike)):
        try:
            return os.stat(clip).st_size
        except (OSError, ValueError):
            return 0
    if isinstance(clip, tuple) and clip:
        return size_of(clip[0])
    if isinstance(clip, (bytes, bytearray, list)):
        return len(clip)
    return getattr(clip, "nbytes", 0)


def extract_batches(
    recipe: Recipe, clips: Sequence[Any], batches: Iterator[list[int]], n_jobs: int | None
) -> Generator[Batch, None, None]:
    """Yield the batches as they are finished.

    With ``recipe.stop_at_failure``, no batch is begun once one has failed; those under way are finished, so the first
    bad clip of all is among the failures.
    """
    failed = False
    run = f"{os.getpid()}-{uuid.uuid4().hex}"

    def tasks() -> Iterator[Any]:
        for positions in batches:
            if failed:
                return
            yield delayed(_extract_batch)(run, recipe, positions, [settled(clips[i]) for i in positions])

    try:
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", batch_size=1, return_as="generator_unordered")
    except ValueError:  # a backend that cannot hand results on as they come
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", batch_size=1)
    with _stopping_at_the_end(run):
        results = parallel(tasks())
        if isinstance(results, list):
            yield from results
            return
        with closing(results):
            for batch in results:
                failed |= bool(batch.failures) and recipe.stop_at_failure
                yield batch


class _Run:
    """The batches of one call that threads of this process have in work."""

    def __init__(self) -> None:
        self.stopped = False
        self._n_active = 0
        self._changed = threading.Condition()

    @contextmanager
    def active(self) -> Iterator[None]:
        with self._changed:
            self._n_active += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_active -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Have the batches in work end at their next block of samples, and wait for them."""
        self.stopped = True
        with self._changed:
            self._changed.wait_for(lambda: not self._n_active)


class _StoppedError(Exception):
    """The call a batch belongs to has ended: nobody waits for it."""


_runs: dict[str, _Run] = {}  # by name, since they are not to be sent to other processes


@contextmanager
def _stopping_at_the_end(name: str) -> Iterator[None]:
    """Leave no thread at work behind an interrupted call: it would crash the interpreter at its end."""
    run = _runs[name] = _Run()
    try:
        yield
    finally:
        run.stop()
        del _runs[name]


def _extract_batch(name: str, recipe: Recipe, positions: Sequence[int], clips: Sequence[Any]) -> Batch:
    batch = Batch(positions, np.full((len(clips), *recipe.shape), np.nan, np.float32), [], 0)
    run = _runs.get(name)
    if run is None and name.startswith(f"{os.getpid()}-"):
        return batch  # begun after its call had ended
    with nullcontext() if run is None else run.active():
        for i, (position, clip) in enumerate(zip(positions, clips)):
            batch.n_decoded += 1
            try:
                batch.rows[i] = _extract_clip(recipe, clip, run)
            except AudioReadError as error:
                error.position = position
                batch.failures.append(error)
                if recipe.stop_at_failure:
                    break
            except _StoppedError:
                break
    return batch


def _until_stopped(blocks: Iterator[np.ndarray], run: _Run | None) -> Iterator[np.ndarray]:
    for block in blocks:
        if run is not None and run.stopped:
            raise _StoppedError
        yield block


def _extract_clip(recipe: Recipe, clip: Any, run: _Run | None) -> np.ndarray:
    if isinstance(clip, AudioReadError):
        raise clip
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            row = recipe.extract(_until_stopped(recipe.read(clip), run))
        if not np.isfinite(row).all():
            raise ValueError("its samples are too loud to compute with; full scale is 1")
    except AudioReadError:
        raise
    except ValueError as error:
        raise AudioReadError(str(error), path_of(clip), None, error) from error
    return row
