"""Waveforms in memory: the scale, the rate and the length that they have."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skaudio import load_audio
from skaudio.exceptions import AudioReadError


@pytest.mark.parametrize(
    "dtype, given, expected",
    [
        (np.uint8, [0, 128, 255], [-1, 0, 127 / 128]),
        (np.int16, [-32768, 0, 16384], [-1, 0, 0.5]),
        (np.int32, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (np.int8, [-128, 0, 64], [-1, 0, 0.5]),
        (np.uint16, [0, 32768, 65535], [-1, 0, 32767 / 32768]),
        (np.uint32, [0, 2**31, 2**31 + 2**30], [-1, 0, 0.5]),
        (">i2", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("<i2", [-32768, 0, 16384], [-1, 0, 0.5]),
        (">i4", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (">u2", [0, 32768, 49152], [-1, 0, 0.5]),
        (">f4", [-1, 0, 0.25], [-1, 0, 0.25]),
        (np.float16, [-1, 0, 0.25], [-1, 0, 0.25]),
        (np.float64, [-1, 0, 2.5], [-1, 0, 2.5]),
    ],
)
def test_integers_with_a_range_are_scaled_by_it(dtype, given, expected):
    for samples in (np.array(given, dtype), np.array([given, given], dtype)):
        waveform, _ = load_audio((samples, 8000), sample_rate=None)
        assert waveform.dtype == np.float32
        np.testing.assert_array_equal(waveform, np.float32(expected))


@pytest.mark.parametrize("dtype", ["int64", "uint64", ">i8"])
@pytest.mark.parametrize("hold", [np.asarray, lambda samples: (samples, 8000), list], ids=["array", "pair", "list"])
def test_integers_without_a_known_scale_are_refused_with_what_to_pass(dtype, hold):
    samples = np.array([100, 200, 300], dtype)
    named = np.dtype(dtype).newbyteorder("=").name if hold is list else dtype
    with pytest.raises(AudioReadError, match=rf"dtype {named}, whose full scale is not known.*'int16'.*'float32'"):
        load_audio(hold(samples))


@pytest.mark.parametrize("samples", [[0.0, 0.5, -0.5], (0.0, 0.5, -0.5), pd.Series([0.0, 0.5, -0.5])], ids=type)
def test_a_pair_holds_any_array_like(samples):
    np.testing.assert_array_equal(load_audio((samples, 8000), sample_rate=None)[0], np.float32([0, 0.5, -0.5]))


def test_bare_waveform_is_at_the_declared_rate():
    samples = np.linspace(-1, 1, 100, dtype=np.float32)
    waveform, rate = load_audio(samples, sample_rate=8000)
    assert rate == 8000
    np.testing.assert_array_equal(waveform, samples)
    with pytest.raises(AudioReadError, match="sample_rate"):
        load_audio(samples, sample_rate=None)


@settings(deadline=None)
@given(
    arrays(np.float32, st.integers(1, 300), elements=st.floats(-1, 1, width=32)),
    st.integers(1, 200_000) | st.floats(0.5, 200_000),
    st.booleans(),
)
def test_pair_at_its_own_rate_comes_back_unchanged(samples, rate, declared):
    waveform, found = load_audio((samples, rate), sample_rate=rate if declared else None)
    assert found == rate
    assert waveform.tobytes() == samples.tobytes()
    assert not np.shares_memory(waveform, samples)


@settings(deadline=None)
@given(n=st.integers(1, 20_000), rate=st.integers(4000, 200_000), sample_rate=st.integers(4000, 96_000))
def test_resampled_length_is_exact(n, rate, sample_rate):
    waveform, found = load_audio((np.zeros(n), rate), sample_rate=sample_rate)
    assert found == sample_rate
    assert len(waveform) == math.ceil(n * (sample_rate / rate))
