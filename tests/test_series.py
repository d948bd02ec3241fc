"""Series of long clips: parts in a temporary file, statistics without all frames at once."""

import os
import tempfile

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from skaudio.dsp import KeptParts, Series, delta, derivatives, summarise, summarise_parts
from skaudio.dsp._series import LONG_SERIES
from skaudio.extraction import Statistics

NAMES = ("mean", "std", "min", "max", "median", "skew", "kurtosis", "p5", "p97.5")


def values(n, n_values=3, seed=0):
    return np.random.default_rng(seed).gamma(2.0, 7.0, (n, n_values)).astype(np.float32)


def cut(frames, sizes):
    stops = np.cumsum(sizes)
    return [part for part in np.split(frames, stops[stops < len(frames)]) if len(part)]


@pytest.mark.parametrize("most_held", [0, 3000, 1 << 20])
def test_parts_come_back_as_they_were_from_memory_and_from_the_file(most_held, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    frames = values(20_000)
    kept = KeptParts(most_held)
    for group in np.split(frames, range(0, 20_000, 256)[1:]):
        kept.append(group)
    for _ in range(2):
        parts = list(kept)
        assert np.concatenate(parts).tobytes() == frames.tobytes()
    assert (kept.n_frames, len(parts)) == (20_000, 5)
    assert os.listdir(tmp_path) == []  # nobody else sees the file, and nothing has to remove it


def test_where_there_is_no_room_for_a_file_memory_is_taken(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    kept = KeptParts(0)
    kept.append(values(10))
    assert np.concatenate(list(kept)).tobytes() == values(10).tobytes()


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 2))
def test_derivatives_of_parts_are_those_of_the_whole(sizes, order):
    frames = values(max(9, sum(sizes)))
    assert np.concatenate(list(derivatives(cut(frames, sizes), order))).tobytes() == delta(frames, order).tobytes()


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=2, max_size=20), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_statistics_of_parts_are_numpy_s_and_scipy_s(sizes, shift, scale):
    frames = (values(sum(sizes)).astype(np.float64) * scale + shift).astype(np.float32).astype(np.float64)
    found = summarise_parts(cut(frames, sizes), NAMES[:4] + ("skew", "kurtosis"))
    size = np.abs(frames).max()
    expected = [frames.mean(0), frames.std(0), frames.min(0), frames.max(0)]
    np.testing.assert_allclose(found[:4], expected, rtol=1e-6, atol=1e-7 * size)
    if (frames.std(0) > 1e-5 * size).all():
        np.testing.assert_allclose(found[4], scipy.stats.skew(frames), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found[5], scipy.stats.kurtosis(frames), rtol=1e-4, atol=1e-3)


def test_what_does_not_vary_has_neither_skew_nor_kurtosis():
    found = summarise_parts([np.full((5, 2), 3.3, np.float32)] * 3, ("std", "skew", "kurtosis"))
    np.testing.assert_array_equal(found, 0)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_long_series_has_the_statistics_of_all_its_frames(order):
    frames = values(LONG_SERIES + 900, 5)
    kept = KeptParts(0)
    for group in np.split(frames, range(0, len(frames), 256)[1:]):
        kept.append(group)
    series = Series(kept, kept.n_frames)
    (row,) = Statistics(None, ("a", "b", "c"), 5, NAMES, (order,)).start().add(series)
    expected = summarise(delta(frames, order) if order else frames, NAMES).reshape(len(NAMES), 5)[:, :3]
    np.testing.assert_allclose(row.reshape(len(NAMES), 3), expected, rtol=1e-5, atol=1e-6)
    for k, name in enumerate(NAMES):  # the same bits whatever else is asked for
        (alone,) = Statistics(None, ("a",), 5, (name,), (order,)).start().add(series)
        assert alone[0] == row[3 * k]
