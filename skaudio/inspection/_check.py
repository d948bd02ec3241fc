"""`check_clips`: what is wrong with which clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length

from skaudio._similar_clips import clips_of, pairs_alike
from skaudio.audio import SILENCE, UNSCALED_PEAK, AudioSurvey
from skaudio.clips import Clip
from skaudio.exceptions import AudioReadError
from skaudio.inspection._duplicates import first_with_same_samples
from skaudio.inspection._surveys import survey_clips

PROBLEMS = (
    *("unreadable", "empty", "non-finite", "silent", "clipped", "loud", "short", "truncated"),
    *("duplicate", "near-duplicate"),
)
"""What `check_clips` looks for. Clips with the first three give no features; the last two must be asked for."""

_CLIPPED_SHARE = 0.001  # of all samples; fewer are a single loud moment


def check_clips(
    X: Any,
    y: Any = None,
    *,
    folds: Any = None,
    duplicates: bool | str = False,
    sample_rate: float = 22050,
    n_fft: int = 2048,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Tell what is wrong with which clip. Every file is read to its end; nothing is dropped or changed.

    Parameters
    ----------
    X : clips
        As for `skaudio.MFCCTransformer`: a list, array, Series or one-column frame of clips.
    y, folds : array-like of shape (n_clips,) or None, default=None
        The class and the fold of each clip, which the details of duplicates then tell where they differ.
    duplicates : bool or {"samples", "fingerprint"}, default=False
        Whether to tell which clips hold the samples of an earlier one (True or ``"samples"``), or also which are nearly
        the same sound as an earlier one, or overlap with it, as `find_duplicates` does.
    sample_rate : float, default=22050
        Rate in Hz the clips are going to be brought to.
    n_fft : int, default=2048
        Frame length of the features, in samples at `sample_rate`; shorter clips consist of padding for the most part.
    n_jobs : int or None, default=None
        Clips are read by this many threads; -1 is all cores.
    verbose : int, default=0
        1 shows a progress bar on stderr.

    Returns
    -------
    DataFrame
        A row a problem, its index the position in `X`: ``path`` (None for a clip in memory), ``problem`` and
        ``detail``. Its ``attrs["sample_rates"]`` counts the clips by their rate in Hz. Problems are:

        - ``unreadable``: it cannot be decoded;
        - ``empty``: it holds no samples;
        - ``non-finite``: samples are NaN or infinite;
        - ``silent``: the mean of its channels varies by no more than one step of 16 bits;
        - ``clipped``: at least 0.1 % of the samples stand in runs of three or more at one value of full scale;
        - ``loud``: a sample is more than 120 times full scale, as where integers were made floats and not scaled;
        - ``short``: shorter than one frame of `n_fft`;
        - ``truncated``: the header promises more than the file holds;
        - ``duplicate``: its samples are those of an earlier clip;
        - ``near-duplicate``: it is nearly the same sound as an earlier clip, or overlaps with it.

    Raises
    ------
    ValueError
        If `X` is not a list of clips, `sample_rate` no rate, `duplicates` is unknown, or `y` or `folds` are of another
        length than `X`.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.inspection import check_clips
    >>> tone = np.sin(np.arange(22050) / 9).astype("float32")
    >>> check_clips([tone, 0 * tone, tone[:1000]])["problem"].to_dict()
    {1: 'silent', 2: 'short'}
    """
    if duplicates not in (False, True, "samples", "fingerprint"):
        raise ValueError(f"duplicates={duplicates!r} must be False, True, 'samples' or 'fingerprint'")
    surveys = list(survey_clips(X, sample_rate, n_jobs, verbose))
    names = {name: values for name, values in {"class": y, "fold": folds}.items() if values is not None}
    for values in names.values():
        check_consistent_length(surveys, values)
    first = first_with_same_samples(surveys) if duplicates else {}
    nearly = _near_duplicates(X, first, n_jobs, verbose) if duplicates == "fingerprint" else {}
    rows = []
    for position, clip, found in surveys:
        for problem, detail in _problems(found, sample_rate, n_fft):
            rows.append((position, clip.path, problem, detail))
        if first.get(position, position) != position:
            earlier = first[position]
            other = _name_of(surveys[earlier][1], earlier) + _describe_differences(names, earlier, position)
            rows.append((position, clip.path, "duplicate", f"its samples are those of {other}"))
        if position in nearly:
            earlier, how = nearly[position]
            other, differences = _name_of(surveys[earlier][1], earlier), _describe_differences(names, earlier, position)
            rows.append((position, clip.path, "near-duplicate", f"it sounds like {other}: {how}{differences}"))
    table = pd.DataFrame(rows, columns=["position", "path", "problem", "detail"], dtype=object)
    table = table.astype({"position": int}).set_index("position").rename_axis(None)
    rates = Counter(round(found.sample_rate) for _, _, found in surveys if isinstance(found, AudioSurvey))
    table.attrs["sample_rates"] = dict(rates)
    return table


def _near_duplicates(X: Any, equal: dict[int, int], n_jobs: int | None, verbose: int) -> dict[int, tuple[int, str]]:
    """Map each clip that sounds like an earlier clip of other samples to that clip, and to how alike they are."""
    pairs = pairs_alike(clips_of(X), n_jobs=n_jobs, verbose=verbose)
    found: dict[int, tuple[int, str]] = {}
    for pair in pairs.sort_values(["second", "first"]).itertuples():
        if equal.get(pair.first, pair.first) == equal.get(pair.second, pair.second):
            continue
        found.setdefault(pair.second, (pair.first, f"similarity {pair.similarity:.2f} over {pair.overlap:.1f} s"))
    return found


def _name_of(clip: Clip, position: int) -> str:
    return f"clip {position}" if clip.path is None else repr(clip.path)


def _describe_differences(names: dict[str, Any], first: int, second: int) -> str:
    """Say which of class and fold differ between two clips that sound the same."""
    words = ""
    for name, values in names.items():
        there, here = np.asarray(values)[[first, second]]
        if there != here:
            words += f", of another {name}: {there} there, {here} here"
    return words


def _problems(found: AudioSurvey | AudioReadError, sample_rate: float, n_fft: int) -> Iterator[tuple[str, str]]:
    if isinstance(found, AudioReadError):
        yield "unreadable", found.reason
        return
    if found.lost:
        yield "truncated", found.lost
    if not found.n_frames:
        yield "empty", "it holds no samples"
        return
    seconds = found.n_frames / found.sample_rate
    if found.n_frames * sample_rate < n_fft * found.sample_rate:
        yield "short", f"{seconds:.4g} s are less than one frame, {n_fft / sample_rate:.4g} s"
    if not found.finite:
        yield "non-finite", "it holds samples that are NaN or infinite"
        return
    if found.peak > UNSCALED_PEAK:
        yield "loud", f"its peak is {found.peak:g} times full scale; were its samples integers?"
    if found.silent:
        if found.peak <= SILENCE:
            yield "silent", f"its peak is {found.peak:.2g} of full scale"
        else:
            why = "its channels cancel out" if abs(found.highest) <= SILENCE else "all its samples are equal"
            yield "silent", f"{why}, though its peak is {found.peak:.2g} of full scale"
    elif found.n_clipped >= max(3, _CLIPPED_SHARE * found.n_frames * found.channels):
        yield "clipped", f"{found.n_clipped / (found.n_frames * found.channels):.1%} of its samples are at full scale"
