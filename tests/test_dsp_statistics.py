"""Statistics over time are those of NumPy and SciPy."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from skaudio.dsp import (
    STATISTICS,
    Series,
    is_statistic,
    summarise,
)


@settings(deadline=None)
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30),
        elements=st.floats(-1000, 1000, width=32),
    )
)
def test_order_statistics_and_moments_are_those_of_numpy(values):
    row = summarise(values, ("mean", "std", "min", "max", "median"))
    assert row.dtype == np.float32
    wide = values.astype(np.float64)
    expected = [f(wide, axis=0) for f in (np.mean, np.std, np.min, np.max, np.median)]
    np.testing.assert_allclose(row, np.concatenate(expected), rtol=1e-6, atol=1e-6)


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-100, 100, width=32)))
def test_skew_and_kurtosis_are_those_of_scipy(values):
    wide = values.astype(np.float64)
    assume((wide.std(axis=0) > 1e-3).all())
    expected = np.concatenate([scipy.stats.skew(wide), scipy.stats.kurtosis(wide)])
    np.testing.assert_allclose(summarise(values, ("skew", "kurtosis")), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(deadline=None)
@given(value=st.floats(-1e6, 1e6), n=st.integers(1, 300))
def test_what_does_not_vary_has_no_skew_and_no_kurtosis(dtype, value, n):
    row = summarise(np.full((n, 2), value, dtype), ("skew", "kurtosis"))
    np.testing.assert_array_equal(row, np.zeros(4))


def test_statistics_come_one_after_the_other_in_the_order_asked():
    values = np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    np.testing.assert_array_equal(summarise(values, ("max", "mean", "min")), np.float32([6, 60, 3, 30, 1, 10]))
    each = np.concatenate([summarise(values, (name,)) for name in STATISTICS])
    np.testing.assert_array_equal(summarise(values, STATISTICS), each)


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.floats(-100, 100, width=32)))
def test_percentiles_are_those_of_numpy(values):
    expected = np.percentile(values.astype(np.float64), (5, 50, 97.5), axis=0).ravel()
    np.testing.assert_allclose(summarise(values, ("p5", "p50", "p97.5")), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["p", "p101", "p-1", "p5.", "P5", "5", "p5 ", 5, None, "mode", "p1e1"])
def test_what_is_no_statistic_is_known_as_none(name):
    assert not is_statistic(name)
    assert all(map(is_statistic, (*STATISTICS, "p0", "p5", "p99.9", "p100")))


def test_the_mean_of_a_mapped_series_is_there_without_its_frames():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 8)).astype(np.float32) for n in (5, 1, 30)]
    series, n_mapped = Series(parts), []

    def double(frames):
        n_mapped.append(len(frames))
        return 2 * frames

    mapped = series.map_linear(double)
    np.testing.assert_allclose(mapped.mean, 2 * np.concatenate(parts).mean(axis=0), rtol=1e-5)
    assert n_mapped == [1]
    np.testing.assert_array_equal(mapped.whole(), 2 * np.concatenate(parts))
    np.testing.assert_array_equal(mapped.rows(2, 5), 2 * np.concatenate(parts)[:, 2:5].T)
    assert n_mapped == [1, 5, 1, 30]
