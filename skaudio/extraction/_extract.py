"""Clips to rows: with a store or without one."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from skaudio.clips import Clip
from skaudio.extraction._batches import Batch, plan, run_batches
from skaudio.extraction._recipe import Recipe
from skaudio.extraction._stored import extract_through_store
from skaudio.store import FeatureStore


def extract(
    recipe: Recipe,
    clips: Sequence[Clip],
    *,
    store: FeatureStore | None,
    n_jobs: int | None,
    keep_memory: bool,
    stop_at_failure: bool,
) -> Generator[Batch, None, None]:
    """Yield the outcomes of all clips, batch by batch, in any order: `Extracted`, or an `AudioReadError`.

    Parameters
    ----------
    recipe : Recipe
        What to do with a clip.
    clips : sequence of Clip
        The clips.
    store : FeatureStore or None
        Where features are kept.
    n_jobs : int or None
        As joblib has it.
    keep_memory : bool
        Whether clips in memory are stored, too; they are looked up in any case.
    stop_at_failure : bool
        Begin no batch once a clip has failed.

    Yields
    ------
    Batch
        Of each clip one outcome, unless it was stopped.
    """
    if store is None:
        return run_batches(recipe, clips, plan(range(len(clips)), clips), n_jobs, stop_at_failure=stop_at_failure)
    return extract_through_store(store, clips, recipe, n_jobs, keep_memory=keep_memory, stop_at_failure=stop_at_failure)
