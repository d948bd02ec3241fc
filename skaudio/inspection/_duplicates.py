"""`find_duplicates`: which clips hold the same samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from skaudio.audio import AudioSurvey
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError
from skaudio.inspection._surveys import survey_clips


def find_duplicates(X: Any, *, sample_rate: float = 22050, n_jobs: int | None = None, verbose: int = 0) -> pd.DataFrame:
    """Tell which clips hold the same samples, whatever their names and formats.

    Clips are compared by all their samples as they are decoded, their rate and their channels: a WAV and the FLAC made
    of it are equal, a copy at another rate or gain is not. Clips that are silent or cannot be read are left out.

    Parameters
    ----------
    X : clips
        As for `skaudio.MFCCTransformer`.
    sample_rate : float, default=22050
        Rate in Hz of waveforms that come without one.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores.
    verbose : int, default=0
        1 shows a progress bar on stderr.

    Returns
    -------
    DataFrame
        A row a clip that is there more than once, its index the position in `X`: ``path`` (None for a clip in memory)
        and ``group``, a number that equal clips share, in the order of their first one.

    Raises
    ------
    ValueError
        If `X` is not a list of clips.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import find_duplicates
    >>> tone = np.sin(np.arange(22050) / 9).astype("float32")
    >>> find_duplicates([tone, tone[:9000], tone.copy(), 0 * tone, 0 * tone])["group"].to_dict()
    {0: 0, 2: 0}
    """
    surveys = list(survey_clips(X, sample_rate, n_jobs, verbose))
    first = first_alike(surveys)
    groups = {earlier: number for number, earlier in enumerate(sorted(set(first.values())))}
    rows = [(position, surveys[position][1].path, groups[first[position]]) for position in sorted(first)]
    table = pd.DataFrame(rows, columns=["position", "path", "group"]).astype({"path": object})
    return table.astype({"position": int, "group": int}).set_index("position").rename_axis(None)


def first_alike(surveys: Iterable[tuple[int, Clip, AudioSurvey | AudioReadError]]) -> dict[int, int]:
    """Return for each clip that is there more than once the position of the first one of its samples."""
    positions: dict[bytes, list[int]] = {}
    for position, _, found in surveys:
        if isinstance(found, AudioSurvey) and found.n_frames and found.finite and not found.silent:
            positions.setdefault(found.digest, []).append(position)
    return {position: alike[0] for alike in positions.values() if len(alike) > 1 for position in alike}
