"""`drop_unreadable`: a dataset without the clips that cannot be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skaudio.datasets import select_clips
from skaudio.exceptions import AudioReadError
from skaudio.inspection._surveys import survey_clips


def drop_unreadable(
    dataset: Bunch, transformer: Any = None, *, n_jobs: int | None = None, verbose: int = 0
) -> tuple[Bunch, list[AudioReadError]]:
    """Return a dataset without its unreadable clips, and tell which they are and why.

    Parameters
    ----------
    dataset : Bunch
        As a loader of `skaudio.datasets` gives it.
    transformer : MFCCTransformer or another of this package, default=None
        The transformer that is going to read the clips. A clip that it cannot read, for instance one longer than its
        `max_duration`, is left out. With a `cache`, the features are kept there, so that the work is not done twice.
        None reads the whole of each file, and computes no features.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores. A transformer has its own.
    verbose : int, default=0
        1 shows a progress bar on stderr. A transformer has its own.

    Returns
    -------
    kept : Bunch
        The dataset of the other clips: labels, folds, groups, metadata and `cv` are those of these clips.
    failures : list of AudioReadError
        One a clip that is left out, with its ``position`` in `dataset`, ``path`` and ``reason``.

    Raises
    ------
    AudioReadError
        If none of the clips can be read: the first one's.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds
    >>> from skaudio.inspection import drop_unreadable
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(folder, n_per_class=2)
    ...     open(dataset.data[3], "wb").close()  # a download that failed
    ...     kept, failures = drop_unreadable(dataset)
    >>> len(dataset.data), len(kept.data), [(failure.position, failure.reason) for failure in failures]
    (20, 19, [(3, 'the file is empty (0 bytes)')])
    """
    if transformer is None:
        failures = []
        for position, clip, found in survey_clips(dataset.data, 22050, n_jobs, verbose):
            if isinstance(found, AudioReadError):
                failures.append(found)
            elif not found.n_frames or not found.finite:
                reason = "it holds no samples" if found.finite else "it holds samples that are NaN or infinite"
                failures.append(AudioReadError(reason, clip.path, position))
    else:
        failures = transformer.transform_with_failures(dataset.data)[1]
    if not failures:
        return dataset, []
    kept = np.setdiff1d(np.arange(len(dataset.data)), [failure.position for failure in failures])
    if not len(kept):
        raise failures[0]
    return select_clips(dataset, kept, f"{len(failures)} clips that cannot be read are left out"), failures
