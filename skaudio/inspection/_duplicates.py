"""`find_duplicates`: which clips hold the same samples, or nearly the same sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skaudio._similar_clips import check_threshold, clips_of, groups_of, pairs_alike
from skaudio.audio import AudioSurvey
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError
from skaudio.inspection._surveys import survey_clips

_ROWS = 512  # that are compared with all others at a time


def find_duplicates(
    X: Any,
    *,
    by: Any = "samples",
    threshold: float | None = None,
    sample_rate: float = 22050,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Tell which clips hold the same samples, or nearly the same sound, whatever their names and formats.

    By samples, clips are compared by all their samples as they are decoded, their rate and their channels: a WAV and
    the FLAC made of it are equal, a copy at another rate or gain is not. By fingerprint, copies at another gain or
    rate, in another format, with noise, trimmed or shifted are found, and cuts of one recording that overlap by half a
    second or more. By a transformer, clips are found whose rows point the same way: what a model hears as the same,
    which need not be one recording. Clips that are silent or cannot be read are left out; by a transformer, those
    whose row is zero or not finite.

    Parameters
    ----------
    X : clips
        As for `skaudio.MFCCTransformer`.
    by : {"samples", "fingerprint"} or transformer, default="samples"
        What clips are compared by. A transformer gives rows of numbers for clips, as `EmbeddingTransformer` does, or a
        pipeline of features and a scaler; one that is not fitted is fitted on `X`, as a clone.
    threshold : float or None, default=None
        Least similarity of a pair, in (0, 1]. By fingerprint the magnitude of the correlation of the two where they
        overlap, None being 0.7; by a transformer the cosine of the angle between their rows, None being 0.95.
    sample_rate : float, default=22050
        Rate in Hz of waveforms that come without one.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores.
    verbose : int, default=0
        1 shows a progress bar on stderr.

    Returns
    -------
    DataFrame
        A row for each clip that is there more than once, its index the position in `X`: ``path`` (None for a clip in
        memory) and ``group``, a number that equal clips share, in the order of their first one. By fingerprint and by a
        transformer, ``attrs["pairs"]`` is a frame of the pairs: the positions ``first`` and ``second``, and
        ``similarity``; by fingerprint, ``shift`` and ``overlap`` in seconds, too.

    Raises
    ------
    ValueError
        If `X` is not a list of clips, a parameter is out of range, or a transformer gives no rows of numbers.

    Notes
    -----
    Fingerprints are pairs of spectral peaks (A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003) of
    the sound at 8 kHz. Fingerprints that two clips share at one shift in time only say where to look: a pair is
    reported if the samples correlate at that shift. So two recordings of the same steady tone count as one sound.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import find_duplicates
    >>> tone = np.sin(np.arange(22050) / 9).astype("float32")
    >>> find_duplicates([tone, tone[:9000], tone.copy(), 0 * tone, 0 * tone])["group"].to_dict()
    {0: 0, 2: 0}
    """
    if not isinstance(by, str) and hasattr(by, "transform"):
        least = 0.95 if threshold is None else threshold
        check_threshold(least)
        return _table_of_groups(clips_of(X), _pairs_by_rows(_unit_rows(by, X), least))
    if by == "fingerprint":
        clips, least = clips_of(X), 0.7 if threshold is None else threshold
        return _table_of_groups(clips, pairs_alike(clips, threshold=least, n_jobs=n_jobs, verbose=verbose))
    if by != "samples":
        raise ValueError(f"by={by!r} is unknown; 'samples', 'fingerprint' or a transformer of clips is expected")
    if threshold is not None:
        raise ValueError(f"threshold={threshold!r} is for by='fingerprint' or a transformer: samples are equal or not")
    surveys = list(survey_clips(X, sample_rate, n_jobs, verbose))
    first = first_with_same_samples(surveys)
    groups = {earlier: number for number, earlier in enumerate(sorted(set(first.values())))}
    rows = [(position, surveys[position][1].path, groups[first[position]]) for position in sorted(first)]
    table = pd.DataFrame(rows, columns=["position", "path", "group"]).astype({"path": object})
    return table.astype({"position": int, "group": int}).set_index("position").rename_axis(None)


def _table_of_groups(clips: list[Clip], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the clips that pairs connect, and their groups."""
    positions = np.unique(pairs[["first", "second"]])
    groups = np.unique(groups_of(pairs, len(clips))[positions], return_inverse=True)[1]
    table = pd.DataFrame({"path": [clips[k].path for k in positions], "group": groups}, index=positions)
    table = table.astype({"path": object, "group": int})
    table.attrs["pairs"] = pairs
    return table


def _unit_rows(transformer: Any, X: Any) -> np.ndarray:
    """Return a row of unit length for each clip; a row that is all zeros or not finite becomes all zeros."""
    try:
        check_is_fitted(transformer)
    except NotFittedError:
        transformer = clone(transformer).fit(X)
    rows = np.asarray(transformer.transform(X), np.float64)
    if rows.ndim != 2:
        raise ValueError(f"by={transformer!r} gives an array of shape {rows.shape}; a row a clip is expected")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=np.isfinite(lengths) & (lengths > 0))


def _pairs_by_rows(rows: np.ndarray, threshold: float) -> pd.DataFrame:
    """Return the pairs of rows whose product reaches `threshold`; 512 rows at a time are multiplied with the others."""
    found = []
    for start in range(0, len(rows), _ROWS):
        products = rows[start : start + _ROWS] @ rows[start:].T
        first, second = np.nonzero(np.triu(products >= threshold, 1))
        similarity = np.minimum(1.0, products[first, second])
        found.append(pd.DataFrame({"first": start + first, "second": start + second, "similarity": similarity}))
    return pd.concat(found, ignore_index=True)


def first_with_same_samples(surveys: Iterable[tuple[int, Clip, AudioSurvey | AudioReadError]]) -> dict[int, int]:
    """Map each clip whose samples occur more than once to the position of the first clip that has them."""
    positions: dict[bytes, list[int]] = {}
    for position, _, found in surveys:
        if isinstance(found, AudioSurvey) and found.n_frames and found.finite and not found.silent:
            positions.setdefault(found.digest, []).append(position)
    return {position: group[0] for group in positions.values() if len(group) > 1 for position in group}
