"""The form of a clip and its length, as `describe_clips` tells them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from inspecting import RATE, TONE, sound_file

from skaudio.inspection import describe_clips


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    "container, subtype, tolerance",
    [
        ("WAV", "PCM_U8", 1 / 128),
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-6),
        ("WAV", "FLOAT", 0),
        ("FLAC", "PCM_16", 1e-4),
        ("OGG", "VORBIS", 0.1),
        ("MP3", "MPEG_LAYER_III", 0.1),
    ],
)
def test_form_and_length_of_files(container, subtype, tolerance, channels, tmp_path):
    if container == "MP3":
        channels = min(channels, 2)  # it has no more
    samples = np.stack([TONE / (i + 1) for i in range(channels)])[:, : RATE * 3 // 4]
    path = tmp_path / "sound"
    path.write_bytes(sound_file(samples, 16000, container, subtype))
    for clip in (path, path.read_bytes()):
        (row,) = describe_clips([clip], sample_rate=44100).itertuples()
        assert row.path == (str(path) if clip is path else None)
        assert (row.format, row.subtype, row.sample_rate, row.channels) == (container, subtype, 16000, channels)
        assert row.seconds == pytest.approx(samples.shape[1] / 16000, abs=0.1 if container == "MP3" else 0)
        assert row.peak == pytest.approx(np.abs(samples).max(), abs=tolerance)


@pytest.mark.parametrize(
    "clip, subtype, rate, channels, seconds, peak",
    [
        (TONE, "float32", 8000, 1, RATE / 8000, 0.5),
        ((TONE, 44100), "float32", 44100, 1, 0.5, 0.5),
        ((np.stack([TONE, -TONE]).astype(float), 11025), "float64", 11025, 2, 2, 0.5),
        ((np.array([0, -32768], np.int16), 2), "int16", 2, 1, 1, 1),
        ((np.array([0, 255, 128], np.uint8), 1), "uint8", 1, 1, 3, 1),
        (np.array([0.0, -2.5]), "float64", 8000, 1, 2 / 8000, 2.5),
        (np.zeros((3, 0)), "float64", 8000, 3, 0, 0),
    ],
)
def test_form_and_length_of_waveforms(clip, subtype, rate, channels, seconds, peak):
    (row,) = describe_clips([clip], sample_rate=8000).itertuples()
    assert row.path is None
    assert (row.format, row.subtype, row.sample_rate, row.channels) == ("samples", subtype, rate, channels)
    assert (row.seconds, row.peak) == (seconds, pytest.approx(peak))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_peak_of_samples_that_are_not_finite_is_no_number(value):
    samples = np.append(TONE, value)
    for clip in (samples, sound_file(samples, subtype="FLOAT")):
        assert not np.isfinite(describe_clips([clip])["peak"][0])


@settings(deadline=None)
@given(
    samples=arrays(np.int16, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=3).map(lambda s: (s[0], 40))),
    n=st.integers(0, 40),
    rate=st.integers(1, 200_000),
)
def test_wav_of_any_samples_has_its_channels_seconds_and_peak(samples, n, rate):
    samples = samples[:, :n]
    (row,) = describe_clips([sound_file(samples, rate)]).itertuples()
    assert (row.format, row.subtype, row.sample_rate) == ("WAV", "PCM_16", rate)
    assert row.channels == len(samples)
    assert row.seconds == n / rate
    assert row.peak == max((abs(int(value)) for value in samples.flat), default=0) / 32768
