"""Groups of a dataset that brings none: inferred from its sounds, where asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from skaudio._similar_clips import infer_groups

GROUPING = """
groups : {"infer"} or None, default=None
    ``"infer"`` reads all clips and makes groups of those that are copies, overlap or are parts of one file, by
    `skaudio.inspection.infer_groups`, in a dataset that tells no groups.
n_jobs : int or None, default=None
    For that, clips are read by this many threads; -1 is all cores.
verbose : int, default=0
    For that, 1 shows a progress bar on stderr.
"""
"""What the loaders that can infer groups say of it, and of how it is done."""

Grouping = Callable[[Any], np.ndarray]
"""From clips to a group for each."""


def make_grouping(groups: str | None, n_jobs: int | None, verbose: int) -> Grouping | None:
    """Return a function that infers groups where a loader's parameter `groups` is ``"infer"``; None where it is None.

    Raises
    ------
    ValueError
        If `groups` is neither None nor ``"infer"``.
    """
    if groups is None:
        return None
    if not isinstance(groups, str) or groups != "infer":
        raise ValueError(
            f"groups={groups!r} must be None or 'infer'; groups that are known stand in a table's column or in names"
        )
    return partial(infer_groups, n_jobs=n_jobs, verbose=verbose)
