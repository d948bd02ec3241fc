"""`describe_clips`: what is in a list of clips."""

from __future__ import annotations

from typing import Any

import pandas as pd

from skaudio.audio import AudioSurvey
from skaudio.inspection._surveys import survey_clips


def describe_clips(X: Any, *, sample_rate: float = 22050, n_jobs: int | None = None, verbose: int = 0) -> pd.DataFrame:
    """Tell the form and length of each clip. Every file is read to its end, since headers lie.

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
        A row a clip: ``path``, ``format``, ``subtype``, ``sample_rate`` in Hz, ``channels``, ``seconds`` and ``peak``
        (full scale is 1). A clip that cannot be read has only its path.

    Raises
    ------
    ValueError
        If `X` is not a list of clips.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import describe_clips
    >>> describe_clips([(np.zeros((2, 8000)), 16000)])[["sample_rate", "channels", "seconds"]].values.tolist()
    [[16000.0, 2.0, 0.5]]
    """
    rows = []
    for _, clip, found in survey_clips(X, sample_rate, n_jobs, verbose):
        row: dict[str, Any] = {"path": clip.path}
        if isinstance(found, AudioSurvey):
            row |= {
                "format": found.format,
                "subtype": found.subtype,
                "sample_rate": found.sample_rate,
                "channels": found.channels,
                "seconds": found.n_frames / found.sample_rate,
                "peak": found.peak,
            }
        rows.append(row)
    table = pd.DataFrame(rows, columns=["path", "format", "subtype", "sample_rate", "channels", "seconds", "peak"])
    return table.assign(path=pd.Series([row["path"] for row in rows], dtype=object))
