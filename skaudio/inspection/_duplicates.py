"""`find_duplicates`: which clips hold the same samples, or nearly the same sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from skaudio.audio import AudioSurvey
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError
from skaudio.inspection._alike import clips_of, groups_of, pairs_alike
from skaudio.inspection._surveys import survey_clips


def find_duplicates(
    X: Any,
    *,
    by: str = "samples",
    threshold: float = 0.7,
    sample_rate: float = 22050,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Tell which clips hold the same samples, or nearly the same sound, whatever their names and formats.

    By samples, clips are compared by all their samples as they are decoded, their rate and their channels: a WAV and
    the FLAC made of it are equal, a copy at another rate or gain is not. By fingerprint, copies at another gain or
    rate, in another format, with noise, trimmed or shifted are found, and cuts of one recording that overlap by half a
    second or more. Clips that are silent or cannot be read are left out.

    Parameters
    ----------
    X : clips
        As for `skaudio.MFCCTransformer`.
    by : {"samples", "fingerprint"}, default="samples"
        What clips are compared by.
    threshold : float, default=0.7
        By fingerprint: least similarity of a pair, the magnitude of the correlation of the two where they overlap, in
        (0, 1].
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
        and ``group``, a number that equal clips share, in the order of their first one. By fingerprint, its
        ``attrs["pairs"]`` is a frame of the pairs: the positions ``first`` and ``second``, ``shift`` and ``overlap`` in
        seconds, and ``similarity``.

    Raises
    ------
    ValueError
        If `X` is not a list of clips, or a parameter is out of range.

    Notes
    -----
    Fingerprints are pairs of spectral peaks (A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003) of
    the sound at 8 kHz. Those that two clips share at one distance in time only say where to look: a pair is reported
    where the samples, one on the other, correlate. So a steady tone is the same sound wherever it was recorded.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import find_duplicates
    >>> tone = np.sin(np.arange(22050) / 9).astype("float32")
    >>> find_duplicates([tone, tone[:9000], tone.copy(), 0 * tone, 0 * tone])["group"].to_dict()
    {0: 0, 2: 0}
    """
    if by == "fingerprint":
        return _by_fingerprint(clips_of(X), threshold, n_jobs, verbose)
    if by != "samples":
        raise ValueError(f"by={by!r} is unknown; 'samples' and 'fingerprint' are known")
    surveys = list(survey_clips(X, sample_rate, n_jobs, verbose))
    first = first_alike(surveys)
    groups = {earlier: number for number, earlier in enumerate(sorted(set(first.values())))}
    rows = [(position, surveys[position][1].path, groups[first[position]]) for position in sorted(first)]
    table = pd.DataFrame(rows, columns=["position", "path", "group"]).astype({"path": object})
    return table.astype({"position": int, "group": int}).set_index("position").rename_axis(None)


def _by_fingerprint(clips: list[Clip], threshold: float, n_jobs: int | None, verbose: int) -> pd.DataFrame:
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold!r} must be above 0, and 1 at most")
    pairs = pairs_alike(clips, threshold=threshold, n_jobs=n_jobs, verbose=verbose)
    positions = np.unique(pairs[["first", "second"]])
    groups = np.unique(groups_of(pairs, len(clips))[positions], return_inverse=True)[1]
    table = pd.DataFrame({"path": [clips[k].path for k in positions], "group": groups}, index=positions)
    table = table.astype({"path": object, "group": int})
    table.attrs["pairs"] = pairs
    return table


def first_alike(surveys: Iterable[tuple[int, Clip, AudioSurvey | AudioReadError]]) -> dict[int, int]:
    """Return for each clip that is there more than once the position of the first one of its samples."""
    positions: dict[bytes, list[int]] = {}
    for position, _, found in surveys:
        if isinstance(found, AudioSurvey) and found.n_frames and found.finite and not found.silent:
            positions.setdefault(found.digest, []).append(position)
    return {position: alike[0] for alike in positions.values() if len(alike) > 1 for position in alike}
