"""Clips that are nearly the same sound: copies and overlapping cuts are found, and nothing else is."""

import numpy as np
import pytest
import soundfile
import soxr
from alike import RATE, encoded, sound
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadWarning
from skaudio.inspection import check_clips, find_duplicates, infer_groups

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
        ({"threshold": 0.9}, "threshold=0.9 is for"),
        ({"by": MFCCTransformer(), "threshold": 1.5}, "threshold=1.5 must be"),
        ({"by": FunctionTransformer(lambda X: np.zeros((len(X), 2, 2)))}, "a row a clip is expected"),
        ({"by": "fingerprint", "threshold": 0}, "threshold=0 must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            find_duplicates([sound(0)], **parameters)
    with pytest.raises(ValueError, match=r"threshold=1\.5"):
        infer_groups([sound(0)], threshold=1.5)


def test_a_long_recording_is_laid_on_its_cut_in_blocks():
    recording = np.random.default_rng(0).normal(0, 0.1, 150 * RATE).astype(np.float32)
    begin = 100 * RATE + 4321
    pairs = find_duplicates(
        [(recording, RATE), (sound(5), RATE), (recording[begin : begin + 4 * RATE], RATE)], by="fingerprint"
    ).attrs["pairs"]
    assert pairs[["first", "second"]].to_numpy().tolist() == [[0, 2]]
    assert pairs["shift"][0] == pytest.approx(-begin / RATE, abs=1e-4)
    assert pairs["overlap"][0] == pytest.approx(4.0, abs=0.001)
    assert pairs["similarity"][0] > 0.95


def test_parts_of_one_file_are_of_one_group(tmp_path):
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.wav", np.random.default_rng(ord(name)).normal(0, 0.1, 4 * RATE), RATE)
    a, b = str(tmp_path / "a.wav"), str(tmp_path / "b.wav")
    assert infer_groups([(a, 0.0, 1.0), (b, 0.0, 1.0), (a, 2.0, 1.0), (b, 3.0, None)]).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("fitted", [False, True])
def test_by_a_transformer_rows_that_point_the_same_way_are_a_pair(fitted):
    clips = [encoded(x) for x in (sound(0), sound(1), sound(0), sound(2))] + [encoded(np.zeros(RATE, np.float32))]
    pipeline = make_pipeline(MFCCTransformer(statistics=("mean", "std")), StandardScaler())
    if fitted:
        pipeline.fit(clips)
    found = find_duplicates(clips, by=pipeline, threshold=0.999)
    assert found["group"].to_dict() == {0: 0, 2: 0}
    assert found.attrs["pairs"][["first", "second"]].to_numpy().tolist() == [[0, 2]]
    assert found.attrs["pairs"]["similarity"][0] == pytest.approx(1.0)
    assert hasattr(pipeline[-1], "mean_") == fitted  # a clone is fitted, and not the user's own
    cosines = [
        pair.similarity for pair in find_duplicates(clips, by=pipeline, threshold=1e-9).attrs["pairs"].itertuples()
    ]
    rows = pipeline.fit_transform(clips) if not fitted else pipeline.transform(clips)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    expected = (rows @ rows.T)[np.triu_indices(len(clips), 1)]
    np.testing.assert_allclose(np.sort(cosines), np.sort(expected[expected > 0]), atol=1e-6)


def test_a_clip_without_a_row_is_no_pair():
    clips = [encoded(sound(0)), b"RIFF", encoded(sound(0)), b"RIFF"]
    with pytest.warns(AudioReadWarning):
        found = find_duplicates(clips, by=MFCCTransformer(on_error="nan"))
    assert found.index.tolist() == [0, 2]


def test_check_tells_what_sounds_alike_with_what_differs():
    x = sound(0)
    clips = [encoded(each) for each in (x, sound(1), 0.5 * x, x)]
    found = check_clips(clips, ["dog", "cow", "cow", "dog"], folds=[1, 1, 2, 2], duplicates="fingerprint")
    assert list(zip(found.index, found["problem"])) == [(2, "near-duplicate"), (3, "duplicate"), (3, "near-duplicate")]
    assert (
        "it sounds like clip 0: similarity 1.00 over 4.0 s, of another class: dog there, cow here" in found["detail"][2]
    )
    with pytest.raises(ValueError, match="duplicates='ear' must be"):
        check_clips(clips, duplicates="ear")


@pytest.mark.slow
def test_copies_among_real_clips_are_found(esc10):
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
