"""Clips in batches, by threads or whatever joblib backend there is: the one place that runs joblib."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from skaudio._workers import end_with_parent, share_of_cores
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError
from skaudio.extraction._run import StoppedError, new_run, run_named

# A batch is long enough to hide what it costs, and short enough for progress and for even loads.
_MAX_BATCH = 8
_MAX_BYTES = 8_000_000

Work = Callable[[Clip, Callable[[], None]], Any]
"""A picklable callable ``(clip, go_on)``: it returns the result of a clip, or raises `AudioReadError` for a bad one.

It calls ``go_on()`` now and then, which raises where the work is to be given up. If it has a method
``extract_several(clips, go_on)``, that method returns the results of some of several clips, by their place among them.
"""


@dataclass(frozen=True)
class Batch:
    """What came of some clips: of each its result, or its error.

    Where a batch was given up, there are fewer outcomes than positions.
    """

    positions: Sequence[int]
    outcomes: Sequence[Any]


def plan(positions: Iterable[int], clips: Sequence[Clip]) -> Iterator[list[int]]:
    """Divide positions into batches of about the same work."""
    batch: list[int] = []
    n_bytes = 0
    for position in positions:
        size = clips[position].size
        if batch and (len(batch) == _MAX_BATCH or n_bytes + size > _MAX_BYTES):
            yield batch
            batch, n_bytes = [], 0
        batch.append(position)
        n_bytes += size
    if batch:
        yield batch


def run_batches(
    work: Work, clips: Sequence[Clip], batches: Iterable[list[int]], n_jobs: int | None, *, stop_at_failure: bool
) -> Generator[Batch, None, None]:
    """Yield the batches as they are finished.

    With `stop_at_failure`, no batch is begun once one has failed; those under way are finished, so the first bad clip
    of all is among the failures. Inside of a joblib worker, `n_jobs` is at most the worker's share of the cores.
    """
    share = share_of_cores()
    if share is not None:
        n_jobs = min(effective_n_jobs(n_jobs), share)
    failed = False

    def tasks(run: str) -> Iterator[tuple[Any, ...]]:
        for positions in batches:
            if failed:
                return
            portable = [clips[position].portable() for position in positions]
            yield run, work, positions, portable, stop_at_failure

    try:
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", batch_size=1, return_as="generator_unordered")
    except ValueError:  # a backend that cannot hand results on as they come
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", batch_size=1)
    with new_run() as run:
        if len(clips) == 1:  # done by the caller at once: threads take several times as long to start
            yield from starmap(_work_on, tasks(run))
            return
        results = parallel(delayed(_work_on)(*task) for task in tasks(run))
        if isinstance(results, list):
            yield from results
            return
        with closing(results):
            for batch in results:
                failed |= stop_at_failure and any(isinstance(each, AudioReadError) for each in batch.outcomes)
                yield batch


def _work_on(run_name: str, work: Work, positions: Sequence[int], clips: Sequence[Clip], stop: bool) -> Batch:
    outcomes: list[Any] = []
    end_with_parent()
    try:
        run = run_named(run_name)
        with run.active():
            extract_several = getattr(work, "extract_several", None)
            if extract_several is not None:
                done = extract_several(clips, run.go_on)
                outcomes += done.values()
                # What is done comes first: it is not lost where another clip ends the batch.
                order = [*done, *(k for k in range(len(clips)) if k not in done)]
                positions, clips = [positions[k] for k in order], [clips[k] for k in order]
            for position, clip in zip(positions[len(outcomes) :], clips[len(outcomes) :]):
                try:
                    outcomes.append(work(clip, run.go_on))
                except AudioReadError as error:
                    error.position = position
                    if isinstance(error.cause, OSError):  # which may be so on one machine of several
                        error.reason += _on_which_worker()
                    outcomes.append(error if stop else _without_tracebacks(error))
                    if stop:
                        break
    except StoppedError:
        pass
    return Batch(positions, outcomes)


def _on_which_worker() -> str:
    """Say where this is done, in a worker of a Dask cluster; nothing elsewhere."""
    distributed = sys.modules.get("distributed")
    try:
        return "" if distributed is None else f" (on the worker {distributed.get_worker().address})"
    except ValueError:  # this is none
        return ""


def _without_tracebacks(error: AudioReadError) -> AudioReadError:
    """Return an error that holds no frames of the calls it came from: there may be very many of them."""
    part: BaseException | None = error
    while part is not None:
        part.__traceback__ = None
        part = part.__cause__ or part.__context__
    return error
