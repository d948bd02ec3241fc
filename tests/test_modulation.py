"""`ModulationTransformer`: how fast mel bands rise and fall, by scipy's periodogram."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from skaudio.dsp import log_mel, modulation_energies
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer, ModulationTransformer

RATE = 22050
NOISE = np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32)
BANDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


@given(n=st.integers(2, 400), frame_rate=st.floats(40, 100), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_energies_are_parts_of_the_variance(n, frame_rate, seed):
    rows = np.random.default_rng(seed).normal(3, 20, (3, n))
    energies = modulation_energies(rows, frame_rate=frame_rate, bands=BANDS)
    assert (energies >= 0).all()
    np.testing.assert_allclose(energies.sum(axis=0), rows.var(axis=1))


def test_energies_are_those_of_scipys_periodogram():
    rows = np.random.default_rng(0).normal(0, 5, (4, 300))
    frequencies, density = scipy.signal.periodogram(rows, 50.0, detrend="constant", nfft=300)
    parts = density * frequencies[1]
    energies = modulation_energies(rows, frame_rate=50.0, bands=BANDS)
    for k, (low, high) in enumerate(zip(BANDS, (*BANDS[1:], 26.0))):
        inside = (frequencies >= low) & (frequencies < high)
        np.testing.assert_allclose(energies[k], parts[:, inside].sum(axis=1), atol=1e-9)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 4.0])
def test_rows_are_decibels_of_energies_of_the_spectrogram(seconds):
    clip = NOISE[: int(seconds * RATE)] * np.linspace(0, 1, int(seconds * RATE), dtype=np.float32)
    mel = log_mel(clip, sample_rate=RATE, n_mels=64)
    energies = modulation_energies(mel.T, frame_rate=RATE / 512, bands=BANDS)
    row = ModulationTransformer().transform([clip])
    np.testing.assert_allclose(row[0], 10 * np.log10(energies + 0.01).ravel(), atol=1e-4)
    assert row.dtype == np.float32


@pytest.mark.parametrize("beats, band", [(0.75, 1), (3.0, 3), (12.0, 5)])
def test_beats_lie_in_the_band_of_their_rate(beats, band):
    time = np.arange(len(NOISE)) / RATE
    transformer = ModulationTransformer(n_mels=40)
    row = transformer.fit_transform([NOISE * (1.05 + np.sin(2 * np.pi * beats * time)).astype(np.float32)])
    assert row.reshape(7, 40).mean(axis=1).argmax() == band
    assert transformer.get_feature_names_out()[40 * band] == f"logmel_00_mod{BANDS[band]:g}"


def test_a_long_clip_is_the_same_from_a_union_and_alone():
    long = np.tile(NOISE, 30)
    union = AudioFeatureUnion([("mel", LogMelTransformer(n_mels=64)), ("modulation", ModulationTransformer())])
    expected = ModulationTransformer().transform([long])
    assert union.transform([long])[:, 64:].tobytes() == expected.tobytes()


@pytest.mark.parametrize("bands", [(), (1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (0.0, 30.0), ("a",), (float("nan"),)])
def test_bands_that_are_none_are_named(bands):
    with pytest.raises(ValueError, match=r"bands=.* must be rising frequencies in Hz, from 0 on and below 21\.5"):
        ModulationTransformer(bands=bands).fit([NOISE])
