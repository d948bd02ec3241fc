"""Clips that are nearly the same sound: copies and overlapping cuts are found, and nothing else is."""

import io

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from skaudio.inspection import find_duplicates, infer_groups

RATE = 22050


def sound(seed, seconds=4.0):
    """Return bursts of coloured noise and sweeps, another sound for each seed."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    time = np.arange(n) / RATE
    samples = rng.normal(0, 0.02, n)
    for _ in range(12):
        start, length, low, high = rng.uniform(0, seconds), rng.uniform(0.1, 0.6), *rng.uniform(150, 3500, 2)
        inside = (time >= start) & (time < start + length)
        local = time[inside] - start
        samples[inside] += 0.2 * np.sin(2 * np.pi * (low + (high - low) * local / length) * local)
    return samples.astype(np.float32)


def encoded(samples, rate=RATE, kind="WAV"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


COPIES = {
    "equal": lambda x: encoded(x),
    "quieter": lambda x: encoded(0.2 * x),
    "upside down": lambda x: encoded(-x),
    "MP3": lambda x: encoded(x, kind="MP3"),
    "Ogg": lambda x: encoded(x, kind="OGG"),
    "another rate": lambda x: encoded(soxr.resample(x, RATE, 16000), 16000),
    "trimmed": lambda x: encoded(x[int(0.3 * RATE) :]),
    "later": lambda x: encoded(np.concatenate([np.zeros(7777, np.float32), x])),
    "noisy": lambda x: encoded(x + np.random.default_rng(0).normal(0, np.sqrt((x**2).mean() / 100), len(x))),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_found_and_nothing_else(copy):
    originals = [sound(seed) for seed in range(8)]
    clips = [encoded(x) for x in originals] + [COPIES[copy](x) for x in originals[:5]]
    found = find_duplicates(clips, by="fingerprint")
    pairs = found.attrs["pairs"]
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [(k, 8 + k) for k in range(5)]
    assert (pairs["similarity"] > 0.9).all()
    assert found["group"].to_dict() == {**{k: k for k in range(5)}, **{8 + k: k for k in range(5)}}
    assert infer_groups(clips).tolist() == [*range(8), *range(5)]


@settings(deadline=None, max_examples=15)
@given(start=st.floats(0.0, 3.0), seed=st.integers(0, 100))
def test_cuts_that_overlap_are_found_with_their_shift(start, seed):
    recording = sound(seed, 8.0)
    begin = int(start * RATE)
    first, second = recording[: 4 * RATE], recording[begin : begin + 4 * RATE]
    pairs = find_duplicates([(first, RATE), (second, RATE), (sound(1000), RATE)], by="fingerprint").attrs["pairs"]
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [(0, 1)]
    assert pairs["shift"][0] == pytest.approx(-begin / RATE, abs=0.001)
    assert pairs["overlap"][0] == pytest.approx(4 - begin / RATE, abs=0.01)


def test_cuts_of_a_recording_are_one_group_through_those_between():
    recording = sound(3, 12.0)
    cuts = [recording[k * RATE : (k + 4) * RATE] for k in (0, 3, 6, 8)]
    clips = [(cut, RATE) for cut in (cuts[0], sound(4), cuts[2], cuts[1], cuts[3])]
    assert infer_groups(clips).tolist() == [0, 1, 0, 0, 0]


def test_what_cannot_be_read_or_heard_is_alone():
    clips = [encoded(sound(0)), b"RIFF", encoded(np.zeros(RATE, np.float32)), encoded(np.zeros(RATE, np.float32))]
    assert infer_groups(clips).tolist() == [0, 1, 2, 3]
    found = find_duplicates(clips, by="fingerprint")
    assert len(found) == len(found.attrs["pairs"]) == 0
    assert list(found.columns) == ["path", "group"]
    assert infer_groups([encoded(sound(0))]).tolist() == [0]


def test_jobs_change_nothing():
    clips = [encoded(sound(seed % 6)) for seed in range(18)]
    assert infer_groups(clips, n_jobs=2).tolist() == infer_groups(clips).tolist() == [*range(6)] * 3


def test_what_is_out_of_range_is_named():
    for parameters, message in [
        ({"by": "ear"}, "by='ear' is unknown"),
        ({"by": "fingerprint", "threshold": 0}, "threshold=0 must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            find_duplicates([sound(0)], **parameters)
    with pytest.raises(ValueError, match=r"threshold=1\.5"):
        infer_groups([sound(0)], threshold=1.5)


@pytest.mark.slow
@pytest.mark.real_sound
def test_copies_among_real_clips_are_found(esc10, tmp_path):
    paths = sorted(esc10.glob("audio/*.ogg"))[::4]
    rng = np.random.default_rng(0)
    copies = []
    for k, path in enumerate(paths[::4]):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        mono = samples.mean(axis=1)
        made = [
            (0.3 * mono, rate, "WAV"),
            (mono, rate, "MP3"),
            (soxr.resample(mono, rate, 16000), 16000, "WAV"),
            (mono[int(0.3 * rate) :], rate, "WAV"),
            (mono + rng.normal(0, np.sqrt((mono**2).mean() / 100), len(mono)), rate, "FLAC"),
        ][k % 5]
        copies.append(encoded(*made[:2], kind=made[2]))
    pairs = find_duplicates([*map(str, paths), *copies], by="fingerprint").attrs["pairs"]
    found = set(zip(pairs["first"], pairs["second"], strict=True))
    planted = {(4 * k, len(paths) + k) for k in range(len(copies))}
    assert len(found & planted) >= 0.95 * len(planted)
    assert (pairs["similarity"] > 0.9)[[pair not in planted for pair in zip(pairs["first"], pairs["second"])]].all()
