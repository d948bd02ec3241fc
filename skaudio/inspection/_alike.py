"""Clips that are nearly the same sound: found by landmarks they share, and told by their samples, one on the other."""

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
from tqdm import tqdm

from skaudio.clips import Clip, Reader, as_clip, clips_in
from skaudio.dsp import LANDMARK_RATE, LANDMARK_STEP, landmarks
from skaudio.exceptions import AudioReadError
from skaudio.extraction import plan, run_batches

_LEAST, _MOST = 6, 14  # landmarks at one distance in time, by how many the clips have: few unlike clips share as many
_NEAREST = 24  # clips of the same landmark that each is compared with: one that all have tells nothing
_FINE = 8  # parts of a sample in which two clips are laid on one another
_OVERLAP = 0.5  # seconds that two clips have in common at least
_READER = Reader(sample_rate=float(LANDMARK_RATE))


def pairs_alike(clips: list[Clip], *, threshold: float, n_jobs: int | None, verbose: int) -> pd.DataFrame:
    """Return a row a pair: ``first`` and ``second``, their ``shift`` in s, ``overlap`` in s, and ``similarity``."""
    found = _landmarks_of(clips, n_jobs, verbose)
    rows = []

    @lru_cache(maxsize=64)
    def read(position: int) -> np.ndarray:
        return _READER.read(clips[position])[0]

    for first, second, shift in _candidates(found):
        similarity, exact, n = _aligned(read(first), read(second), shift * LANDMARK_STEP, threshold)
        if similarity >= threshold:
            rows.append((first, second, exact / LANDMARK_RATE, n / LANDMARK_RATE, similarity))
    table = pd.DataFrame(rows, columns=["first", "second", "shift", "overlap", "similarity"])
    return table.astype({"first": int, "second": int, "shift": float, "overlap": float, "similarity": float})


def groups_of(pairs: pd.DataFrame, n_clips: int) -> np.ndarray:
    """Return a number for each clip, the same for those that pairs connect, in the order of their first ones."""
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


def _work(clip: Clip, go_on: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    return landmarks(_READER.read(clip)[0])


def _landmarks_of(clips: list[Clip], n_jobs: int | None, verbose: int) -> list[tuple[np.ndarray, np.ndarray]]:
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int64)
    found: list[Any] = [nothing] * len(clips)
    batches = run_batches(_work, clips, plan(range(len(clips)), clips), n_jobs, stop_at_failure=False)
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
    owners = np.repeat(np.arange(len(found)), [len(each) for each, _ in found])
    order = np.lexsort((owners, hashes))
    hashes, times, owners = hashes[order], times[order], owners[order]
    half, n = 1 << 20, len(found)
    keys = []
    for ahead in range(1, _NEAREST + 1):
        same = (hashes[ahead:] == hashes[:-ahead]) & (owners[ahead:] != owners[:-ahead])
        first, second = owners[:-ahead][same], owners[ahead:][same]
        shift = times[ahead:][same] - times[:-ahead][same]
        keys.append((first * n + second) * (2 * half) + shift + half)
    if not keys:
        return
    distinct, counts = np.unique(np.concatenate(keys), return_counts=True)
    if not len(distinct):
        return
    beside = np.append(np.where(np.diff(distinct) == 1, counts[1:], 0), 0)  # a cut falls between two steps
    total = counts + beside
    pair = distinct // (2 * half)
    best = np.lexsort((-total, pair))
    _, starts = np.unique(pair[best], return_index=True)
    n_of = np.bincount(owners, minlength=n)
    for place in best[starts]:
        first, second = int(pair[place] // n), int(pair[place] % n)
        if total[place] >= np.clip(0.2 * min(n_of[first], n_of[second]), _LEAST, _MOST):
            yield first, second, int(distinct[place] % (2 * half)) - half


def _aligned(first: np.ndarray, second: np.ndarray, shift: int, threshold: float) -> tuple[float, float, int]:
    """Return how alike two waveforms are where they overlap, the exact shift, and the samples of the overlap.

    The second one lies `shift` samples, and some, behind the first one's time: its sample ``t + shift`` is the first
    one's ``t``. Alike is the magnitude of their normalised correlation, so that gain and polarity do not count; at
    fractions of a sample, too, since a cut falls between two samples of another rate. Where whole samples tell that it
    cannot come to `threshold`, that is what is returned.
    """
    slack = 2 * LANDMARK_STEP
    n = scipy.fft.next_fast_len(len(first) + len(second))
    n += n % 2
    spectrum = scipy.fft.rfft(second.astype(np.float64), n) * np.conj(scipy.fft.rfft(first.astype(np.float64), n))
    similarity, exact, overlap = 0.0, 0.0, 0
    for fine in (1, _FINE):
        correlation = scipy.fft.irfft(spectrum, fine * n) * fine
        lags = np.arange(fine * (shift - slack), fine * (shift + slack) + 1)
        found = np.abs(correlation[lags % (fine * n)])
        exact = int(lags[found.argmax()]) / fine
        whole = round(exact)
        start, stop = max(0, -whole), min(len(first), len(second) - whole)
        overlap = stop - start
        if overlap < _OVERLAP * LANDMARK_RATE and overlap < 0.9 * min(len(first), len(second)):
            return 0.0, exact, 0
        one, other = first[start:stop].astype(np.float64), second[start + whole : stop + whole].astype(np.float64)
        energy = float(np.sqrt((one @ one) * (other @ other)))
        similarity = min(1.0, float(found.max()) / energy) if energy > 0 else 0.0
        if similarity < 0.6 * threshold:  # half a sample off, white noise correlates by 0.64
            break
    return similarity, exact, overlap
