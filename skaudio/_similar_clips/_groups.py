"""`infer_groups`: which clips come from one recording, as far as their samples tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skaudio._similar_clips._pairs import clips_of, groups_of, pairs_alike


def infer_groups(X: Any, *, threshold: float = 0.7, n_jobs: int | None = None, verbose: int = 0) -> np.ndarray:
    """Tell which clips hold parts of one recording, so that no fold has it on both sides.

    Two clips are in one group if they are parts of one file, are copies or overlap, or if a chain of such pairs links
    them; see `find_duplicates`. Two cuts of a recording that do not overlap cannot be told from unrelated clips: where
    the recordings are known, by a column or a name, use those.

    Parameters
    ----------
    X : clips
        As for `skaudio.MFCCTransformer`.
    threshold : float, default=0.7
        Least similarity of two clips, the magnitude of their correlation where they overlap, in (0, 1].
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores.
    verbose : int, default=0
        1 shows a progress bar on stderr.

    Returns
    -------
    ndarray of shape (n_clips,), int
        A number for each clip, in the order of the first clips of the groups; one that cannot be read is alone.

    Raises
    ------
    ValueError
        If `X` is not a list of clips, or `threshold` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import infer_groups
    >>> recording = np.random.default_rng(0).normal(0, 0.1, 6 * 22050).astype("float32")
    >>> other = np.random.default_rng(1).normal(0, 0.1, 3 * 22050).astype("float32")
    >>> infer_groups([(recording[:66150], 22050), (other, 22050), (recording[40000:], 22050)])
    array([0, 1, 0])
    """
    clips = clips_of(X)
    pairs = pairs_alike(clips, threshold=threshold, n_jobs=n_jobs, verbose=verbose)[["first", "second"]]
    return groups_of(pd.concat([pairs, _pairs_of_one_file([clip.path for clip in clips])]), len(clips))


def _pairs_of_one_file(paths: list[str | None]) -> pd.DataFrame:
    """Return each clip of a file beside the first one of that file."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(path, k), k) for k, path in enumerate(paths) if path is not None]
    return pd.DataFrame(pairs, columns=["first", "second"], dtype=int)
