"""Half the rate by the native kernel: soxr's numbers, wherever samples lie in memory."""

import numpy as np
import pytest
import soxr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernels import built, noise, spectrum_of

from skaudio.dsp import (
    halve,
)


@built
@settings(deadline=None, max_examples=60)
@given(n=st.integers(1, 20_000), seed=st.integers(0, 9), whole=st.booleans())
@example(n=1, seed=0, whole=True)
@example(n=220_501, seed=0, whole=True)
@example(n=1664, seed=0, whole=False)
@example(n=1665, seed=0, whole=False)
def test_half_the_rate_is_that_of_soxr(n, seed, whole):
    waveform = noise(n, seed, 1.0)
    samples = (waveform * 32767).astype(np.int16)
    if whole:
        waveform = samples.astype(np.float32) / 32768
    found = halve(samples if whole else waveform)
    expected = soxr.resample(waveform, 44100, 22050, quality="soxr_hq")
    assert found.shape == expected.shape == ((n + 1) // 2,)
    np.testing.assert_allclose(found, expected, rtol=0, atol=7e-7)
    np.testing.assert_array_equal(halve(waveform), found)


@built
def test_samples_at_any_place_in_memory():
    samples = (noise(9001) * 32767).astype(np.int16)
    expected = halve(samples)
    shifted = np.frombuffer(b"x" + samples.tobytes(), np.uint8)[1:].view(np.int16)
    assert not shifted.flags.aligned
    for same in (shifted, samples[::-1].copy()[::-1], np.repeat(samples, 3)[::3], np.asarray(samples, ">i2")):
        np.testing.assert_array_equal(halve(same), expected)
    waveform = noise(9001)
    waveform.setflags(write=False)
    expected = spectrum_of("native", waveform)
    unaligned = np.frombuffer(b"x" + waveform.tobytes(), np.uint8)[1:].view(np.float32)
    for same in (unaligned, np.repeat(waveform, 2)[::2], waveform.astype(np.float64)):
        np.testing.assert_array_equal(spectrum_of("native", same), expected)


@built
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_stays_where_it_is(odd):
    waveform = noise(9000)
    waveform[4500] = odd
    found = halve(waveform)
    assert not np.isfinite(found[2250])
    assert np.isfinite(found[:1000]).all()
    assert np.isfinite(found[-1000:]).all()
