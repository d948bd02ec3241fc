"""Clips that give features and yet have a problem: clipped, silent, short."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inspecting import CLIPPED, RATE, SINE, TONE, detail_of, problems_of, sound_file

from skaudio.audio import AudioSurvey
from skaudio.inspection import check_clips

STEP = 2**-15  # of 16 bits


def with_runs(n_samples, n_runs, length=3):
    """Return quiet noise with runs at full scale, both signs, far from each other."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, n_samples)
    for i, start in enumerate(np.linspace(10, n_samples - 10, n_runs).astype(int)):
        samples[start : start + length] = (-1) ** i
    return samples


# Clipped


@pytest.mark.parametrize(
    "container, subtype",
    [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("WAV", "PCM_U8")],
)
def test_clipped_files_are_clipped_and_loud_ones_are_not(container, subtype):
    assert problems_of(sound_file(CLIPPED, RATE, container, subtype)) == ["clipped"]
    assert problems_of(sound_file(0.98 * CLIPPED, RATE, container, subtype)) == []
    if subtype != "PCM_U8":  # where full scale has a run at each peak of any sine
        assert problems_of(sound_file(SINE, RATE, container, subtype)) == []


@pytest.mark.parametrize("side", ["both", "top", "bottom"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32", "uint8"])
def test_clipped_waveforms_are_clipped_on_either_side(dtype, side):
    samples = 3 * SINE.astype(float)
    if side != "both":
        samples[samples < 0 if side == "top" else samples > 0] *= 0.3
    if dtype.startswith("float"):
        samples = np.clip(samples, -1, 1)
    else:
        limits = np.iinfo(dtype)
        zero = (limits.max + limits.min + 1) // 2
        samples = np.clip(np.round(samples * (limits.max - zero)) + zero, limits.min, limits.max)
    assert problems_of(samples.astype(dtype)) == ["clipped"]


@pytest.mark.parametrize(
    "samples, expected",
    [
        (with_runs(30000, 10), ["clipped"]),
        (with_runs(30000, 9), []),
        (with_runs(30000, 5, length=6), ["clipped"]),
        (with_runs(30000, 1000, length=2), []),
        (with_runs(30000, 100, length=1), []),
        (np.stack([with_runs(30000, 20), with_runs(30000, 0)]), ["clipped"]),
        (np.stack([with_runs(30000, 10), with_runs(30000, 0)]), []),
        (0.99 * with_runs(30000, 100), []),
        (1.7 * with_runs(30000, 100), ["clipped"]),
    ],
    ids=[
        "0.1 %",
        "less than 0.1 %",
        "long runs",
        "pairs",
        "single samples",
        "0.1 % in one channel",
        "less in one channel",
        "below full scale",
        "above full scale",
    ],
)
def test_runs_of_three_at_full_scale_count_from_a_thousandth_of_the_samples(samples, expected):
    assert problems_of(samples) == expected
    assert problems_of(sound_file(samples, subtype="FLOAT")) == expected


def test_a_short_clip_is_clipped_by_one_run_and_not_by_a_pair():
    assert problems_of(with_runs(100, 1), n_fft=100) == ["clipped"]
    assert problems_of(with_runs(100, 1, length=2), n_fft=100) == []


def test_a_single_loud_sample_is_not_clipped():
    samples = TONE.copy()
    samples[100] = 1
    assert problems_of(samples) == []
    assert problems_of(samples[:3], n_fft=2) == []


def test_the_share_of_clipped_samples_is_told():
    assert detail_of(with_runs(30000, 100)) == "1.0% of its samples are at full scale"
    assert detail_of(np.stack([with_runs(30000, 100), with_runs(30000, 0)])).startswith("0.5%")


def test_full_scale_that_never_changes_is_silent_and_not_clipped():
    assert problems_of(np.ones(RATE)) == ["silent"]


def n_in_runs(block):
    """Count as the definition says: samples in runs of three or more at one value of full scale."""
    lengths = [(value, len(list(run))) for channel in block.T for value, run in groupby(channel)]
    return sum(length for value, length in lengths if length >= 3 and abs(value) >= 0.999)


@settings(deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 60), st.integers(1, 3)),
        elements=st.sampled_from([1.0, -1.0, 0.5]),
    )
)
def test_clipped_samples_are_counted_as_defined(block):
    survey = AudioSurvey()
    survey.add(block)
    assert survey.n_clipped == n_in_runs(block)
    survey.add(block)
    assert survey.n_clipped == 2 * n_in_runs(block)
    assert survey.n_frames == 2 * len(block)


# Silent


@pytest.mark.parametrize(
    "samples, reason",
    [
        (np.zeros(RATE), "its peak is 0 of full scale"),
        (np.zeros(RATE, np.int16), "its peak is 0 of full scale"),
        (np.full(RATE, 128, np.uint8), "its peak is 0 of full scale"),
        (np.zeros((2, RATE)), "its peak is 0 of full scale"),
        (np.arange(RATE, dtype=np.int16) % 2, "its peak is 3.1e-05 of full scale"),
        (np.full(RATE, 0.25), "all its samples are equal, though its peak is 0.25 of full scale"),
        (np.full(RATE, -0.25), "all its samples are equal, though its peak is 0.25 of full scale"),
        (np.stack([TONE, -TONE]), "its channels cancel out, though its peak is 0.5 of full scale"),
        (np.stack([TONE, -TONE, 0 * TONE]), "its channels cancel out, though its peak is 0.5 of full scale"),
    ],
)
def test_silence_is_told_with_its_reason(samples, reason):
    assert problems_of(samples) == ["silent"]
    assert detail_of(samples) == reason


@pytest.mark.parametrize("container, subtype", [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_24")])
def test_opposite_channels_of_a_file_are_silent(container, subtype):
    assert "cancel" in detail_of(sound_file([TONE, -TONE], RATE, container, subtype))


@pytest.mark.parametrize(
    "samples",
    [
        np.arange(RATE) % 3 * STEP,
        0.25 + np.arange(RATE) % 3 * STEP,
        np.stack([TONE, 0 * TONE]),
        np.stack([TONE, TONE]),
        np.append(np.zeros(RATE), 0.1),
    ],
    ids=["two steps", "two steps beside zero", "one side", "two equal sides", "a click at the end"],
)
def test_what_varies_by_more_than_one_step_is_not_silent(samples):
    assert problems_of(samples) == []


def test_one_sample_is_short_and_not_silent():
    assert problems_of(np.zeros(1)) == ["short"]
    assert problems_of(np.zeros(2)) == ["short", "silent"]


# Short


@pytest.mark.parametrize(
    "n, rate, parameters",
    [
        (2048, None, {}),
        (512, None, {"n_fft": 512}),
        (2048, None, {"sample_rate": 44100}),
        (4096, 44100, {}),
        (1024, 22050, {"sample_rate": 44100}),
        (400, 16000, {"n_fft": 400, "sample_rate": 16000}),
        (400, 16000, {"n_fft": 200, "sample_rate": 8000}),
        (2048, 11025, {"n_fft": 4096}),
        (240, None, {"n_fft": 240}),
        (101, 48000, {"n_fft": 101, "sample_rate": 48000}),
    ],
)
def test_shorter_than_one_frame_is_short(n, rate, parameters):
    whole, short = TONE[:n], TONE[: n - 1]
    if rate is not None:
        whole, short = (whole, rate), (short, rate)
        assert problems_of(sound_file(*whole), **parameters) == []
        assert problems_of(sound_file(*short), **parameters) == ["short"]
    assert problems_of(whole, **parameters) == []
    assert problems_of(short, **parameters) == ["short"]


def test_length_and_frame_are_told_in_seconds():
    assert detail_of(TONE[:1000]) == "0.04535 s are less than one frame, 0.09288 s"


@pytest.mark.parametrize("peak, problems", [(119.0, []), (121.0, ["loud"]), (32768.0, ["loud"])])
def test_integers_that_were_made_floats_are_loud(peak, problems):
    tone = np.sin(np.arange(22050) / 9)
    found = check_clips([tone, peak * tone])
    assert found["problem"].tolist() == problems
    assert all(found.index == 1)
