"""Find clips that are nearly the same sound: landmarks that two clips share suggest a pair, their samples decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import scipy.fft
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils import check_array
from tqdm.auto import tqdm

from skaudio.clips import Clip, Reader, as_clip, clips_in
from skaudio.dsp import LANDMARK_RATE, LANDMARK_STEP, landmarks
from skaudio.exceptions import AudioReadError
from skaudio.extraction import plan, run_batches

_LEAST, _MOST = 6, 14  # bounds of how many landmarks a pair must share at one shift: few unlike clips share so many
_NEAREST = 24  # later occurrences that each one of a landmark is paired with: a landmark of all clips tells nothing
_AT_A_TIME = 1 << 17  # landmarks that are compared with all others at a time: what is found takes memory
_FINE = 8  # steps a sample in which shifts of two clips are tried
_REACH = 32  # samples on each side that a value between two samples is interpolated from
_SLACK = 2 * LANDMARK_STEP  # samples by which landmarks may be wrong
_BLOCK = 1 << 18  # samples that are correlated at a time
_OVERLAP = 0.5  # seconds that two clips have in common at least
_READER = Reader(sample_rate=float(LANDMARK_RATE))


def pairs_alike(
    clips: list[Clip], *, threshold: float = 0.7, n_jobs: int | None = None, verbose: int = 0
) -> pd.DataFrame:
    """Return a row a pair: ``first`` and ``second``, their ``shift`` in s, ``overlap`` in s, and ``similarity``."""
    check_threshold(threshold)
    rows = []

    @lru_cache(maxsize=4)  # a recording of an hour takes 115 MB
    def read(position: int) -> np.ndarray:
        return _READER.read(clips[position])[0]

    for first, second, shift in _candidates(_landmarks_of(clips, n_jobs, verbose)):
        similarity, exact, n = _compare_at_shift(read(first), read(second), shift * LANDMARK_STEP)
        if similarity >= threshold:
            rows.append((first, second, exact / LANDMARK_RATE, n / LANDMARK_RATE, similarity))
    table = pd.DataFrame(rows, columns=["first", "second", "shift", "overlap", "similarity"])
    return table.astype({"first": int, "second": int, "shift": float, "overlap": float, "similarity": float})


def check_threshold(threshold: float) -> None:
    """Raise ValueError unless `threshold` is above 0 and at most 1."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold!r} must be above 0, and 1 at most")


def groups_of(pairs: pd.DataFrame, n_clips: int) -> np.ndarray:
    """Return the group of each clip: pairs link clips into groups, which are numbered by their first clips."""
    graph = coo_array((np.ones(len(pairs)), (pairs["first"], pairs["second"])), shape=(n_clips, n_clips))
    _, labels = connected_components(graph, directed=False)
    _, first, of_clip = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), int)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[of_clip]


def clips_of(X: Any) -> list[Clip]:
    """Return the clips of a list or a table."""
    clips = clips_in(X)
    if clips is None:
        clips = [as_clip(row) for row in check_array(X, dtype="numeric", ensure_all_finite=False)]
    return clips


def _find_landmarks(clip: Clip, go_on: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    return landmarks(_READER.read(clip)[0])


def _landmarks_of(clips: list[Clip], n_jobs: int | None, verbose: int) -> list[tuple[np.ndarray, np.ndarray]]:
    nothing = np.zeros(0, np.int32), np.zeros(0, np.int32)
    found: list[Any] = [nothing] * len(clips)
    batches = run_batches(_find_landmarks, clips, plan(range(len(clips)), clips), n_jobs, stop_at_failure=False)
    with closing(batches), tqdm(total=len(clips), unit="clip", disable=not verbose) as bar:
        for batch in batches:
            for position, outcome in zip(batch.positions, batch.outcomes):
                found[position] = nothing if isinstance(outcome, AudioReadError) else outcome
            bar.update(len(batch.positions))
    return found


def _candidates(found: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[int, int, int]]:
    """Yield pairs of clips that share enough landmarks at one distance in time, and that distance."""
    hashes = np.concatenate([each for each, _ in found])
    times = np.concatenate([each for _, each in found])
    n_of = np.asarray([len(each) for each, _ in found])
    owners = np.repeat(np.arange(len(found), dtype=np.int32), n_of)
    order = np.argsort(hashes, kind="stable")  # so that those of one landmark are in the order of the clips
    hashes, times, owners = hashes[order], times[order], owners[order]
    del order, found
    places = np.argsort(owners, kind="stable")  # where in that order the landmarks of each clip are
    ends = np.cumsum(n_of)
    first = 0
    while first < len(n_of):
        begin = int(ends[first] - n_of[first])
        after = max(first + 1, int(np.searchsorted(ends, begin + _AT_A_TIME, side="right")))
        yield from _pair_with_later_clips(places[begin : int(ends[after - 1])], hashes, times, owners, n_of)
        first = after


def _pair_with_later_clips(
    places: np.ndarray, hashes: np.ndarray, times: np.ndarray, owners: np.ndarray, n_of: np.ndarray
) -> Iterator[tuple[int, int, int]]:
    """Yield candidates of the clips whose landmarks are at `places`, with clips that come after them."""
    n, half = len(n_of), 1 << 20
    keys = []
    for ahead in range(1, _NEAREST + 1):
        later = places + ahead
        here = places[: len(later)][later < len(hashes)]
        later = later[later < len(hashes)]
        same = hashes[later] == hashes[here]
        here, later = here[same], later[same]
        places = here  # hashes are sorted: the next one can only be equal where this one is
        other = owners[here] != owners[later]
        one, two = here[other], later[other]
        shift = times[two].astype(np.int64) - times[one]
        keys.append((owners[one].astype(np.int64) * n + owners[two]) * (2 * half) + shift + half)
    every = np.sort(np.concatenate(keys))
    starts = np.flatnonzero(np.diff(every, prepend=-1))
    distinct, counts = every[starts], np.diff(starts, append=len(every))
    # Landmarks at the next shift count too, since the true shift may lie between two steps.
    beside = np.where(np.diff(distinct, append=-1) == 1, np.append(counts[1:], 0), 0)
    total = counts + beside
    first, second = np.divmod(distinct // (2 * half), n)
    enough = total >= np.clip(0.2 * np.minimum(n_of[first], n_of[second]), _LEAST, _MOST)
    distinct, total, pair = distinct[enough], total[enough], (distinct // (2 * half))[enough]
    best = np.lexsort((-total, pair))
    for place in best[np.unique(pair[best], return_index=True)[1]]:
        yield int(pair[place] // n), int(pair[place] % n), int(distinct[place] % (2 * half)) - half


def _compare_at_shift(first: np.ndarray, second: np.ndarray, shift: int) -> tuple[float, float, int]:
    """Return the similarity of two waveforms where they overlap, the exact shift, and the overlap in samples.

    Sample ``t`` of the first one lies near sample ``t + shift`` of the second. The similarity is the magnitude of their
    normalised correlation, so that gain and polarity do not count. Shifts by fractions of a sample are tried too, since
    a cut that was made at another rate may fall between two samples.
    """
    correlation = np.abs(_interpolate(_correlation(first, second, shift - _SLACK - _REACH, 2 * (_SLACK + _REACH) + 1)))
    best = int(correlation[_FINE * _REACH : -_FINE * _REACH].argmax())
    exact = shift - _SLACK + best / _FINE
    whole = round(exact)
    start, stop = max(0, -whole), min(len(first), len(second) - whole)
    overlap = stop - start
    if overlap < _OVERLAP * LANDMARK_RATE and overlap < 0.9 * min(len(first), len(second)):
        return 0.0, exact, 0
    one, other = first[start:stop], second[start + whole : stop + whole]
    energy = float(np.sqrt(np.square(one, dtype=np.float64).sum() * np.square(other, dtype=np.float64).sum()))
    similarity = min(1.0, float(correlation[_FINE * _REACH + best]) / energy) if energy > 0 else 0.0
    return similarity, exact, overlap


def _correlation(first: np.ndarray, second: np.ndarray, lag: int, n_lags: int) -> np.ndarray:
    """Return the sums of products of the first one with the second at `n_lags` lags, from `lag` on."""
    total = np.zeros(n_lags)
    for begin in range(0, len(first), _BLOCK):
        one = first[begin : begin + _BLOCK].astype(np.float64)
        start, stop = begin + lag, begin + lag + len(one) + n_lags - 1
        if stop <= 0 or start >= len(second):
            continue
        other = np.pad(second[max(0, start) : stop], (max(0, -start), 0)).astype(np.float64)
        n = scipy.fft.next_fast_len(len(one) + n_lags - 1, real=True)
        total += scipy.fft.irfft(scipy.fft.rfft(other, n) * np.conj(scipy.fft.rfft(one, n)), n)[:n_lags]
    return total


def _interpolate(values: np.ndarray) -> np.ndarray:
    """Return values interpolated at steps of ``1 / _FINE`` sample, by a sinc under a Hann window."""
    steps = np.arange(-_FINE * _REACH, _FINE * _REACH + 1) / _FINE
    stuffed = np.zeros(_FINE * (len(values) - 1) + 1)
    stuffed[::_FINE] = values
    return np.convolve(stuffed, np.sinc(steps) * np.cos(np.pi * steps / (2 * _REACH)) ** 2, mode="same")
