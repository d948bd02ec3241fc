"""Tables whose rows are parts of files."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from tables import COLUMNS, ROWS, table_of, touch

from skaudio import MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.datasets import load_audio_table


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A sound of four seconds: a low tone, noise, a low tone, noise, a second each, in stereo at 16 kHz."""
    rng = np.random.default_rng(0)
    tone, noise = 0.5 * np.sin(2 * np.pi * 220 * np.arange(16000) / 16000), rng.uniform(-0.5, 0.5, (2, 16000))
    samples = np.concatenate([tone, noise[0], tone * 0.8, noise[1]])
    path = tmp_path_factory.mktemp("recording") / "street.wav"
    soundfile.write(path, np.stack([samples, 0.5 * samples], axis=1), 16000)
    return path


SEGMENTS = {
    "clip": ["a.wav", "a.wav", "a.wav", "b.wav", "b.wav", "b.wav"],
    "sound": ["dog", "siren", "dog", "siren", "dog", "siren"],
    "part": [1, 2, 3, 2, 1, 3],
    "start": [0, 1.5, 3, 0, 1.5, 3],
    "length": [1.5, 1.5, 1, 1.5, 1.5, 2.25],
    "day": None,
}


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"offset_column": "start", "duration_column": "length"}, lambda row: (float(row.start), float(row.length))),
        ({"offset_column": "start"}, lambda row: (float(row.start), None)),
        ({"duration_column": "length"}, lambda row: (0.0, float(row.length))),
    ],
    ids=["both", "offset", "duration"],
)
@pytest.mark.parametrize("whole", [False, True])
def test_clips_of_a_table_with_offsets_or_durations_are_segments(tmp_path, columns, expected, whole):
    if whole:
        frame = table_of(**{**SEGMENTS, "start": [0, 1, 3, 0, 1, 3], "length": [1, 1, 1, 1, 1, 2]})
    else:
        frame = table_of(**SEGMENTS)
    if "offset_column" not in columns:  # all of a file's would be the same clip, of different labels
        frame = frame.drop_duplicates("clip", ignore_index=True)
    touch(tmp_path, ROWS["clip"])
    frame.to_csv(tmp_path / "clips.csv", index=False)
    for table in (tmp_path / "clips.csv", frame.set_axis(list("uvwxyz")[: len(frame)])):
        dataset = load_audio_table(table, **COLUMNS, fold_column="part", root=tmp_path, **columns)
        assert (dataset.data.shape, dataset.data.dtype) == ((len(frame),), object)
        assert list(dataset.data) == [(str(tmp_path / row.clip), *expected(row)) for row in frame.itertuples()]
        assert {tuple(map(type, clip)) for clip in dataset.data} <= {
            (str, float, float),
            (str, float, type(None)),
        }
        np.testing.assert_array_equal(dataset.metadata["path"], [clip[0] for clip in dataset.data])


def test_segments_of_one_file_keep_their_folds_in_any_order_and_selection(tmp_path):
    touch(tmp_path, ROWS["clip"])
    dataset = load_audio_table(
        table_of(**SEGMENTS),
        **COLUMNS,
        fold_column="part",
        offset_column="start",
        duration_column="length",
        root=tmp_path,
    )
    np.testing.assert_array_equal(dataset.cv.fold_of(dataset.data), SEGMENTS["part"])
    for rows in ([5, 3, 0, 1, 4, 2], [4, 1], [2, 2, 5, 0]):
        expected = np.asarray(SEGMENTS["part"])[rows]
        for X in (dataset.data[rows], list(dataset.data[rows]), pd.Series(list(dataset.data[rows]))):
            np.testing.assert_array_equal(dataset.cv.fold_of(X), expected)
            for fold, (train, test) in zip(np.unique(expected), dataset.cv.split(X)):
                np.testing.assert_array_equal(test, np.flatnonzero(expected == fold))
                np.testing.assert_array_equal(train, np.flatnonzero(expected != fold))


def test_segments_without_durations_keep_their_folds_after_a_random_split(tmp_path):
    touch(tmp_path, ROWS["clip"])
    dataset = load_audio_table(
        table_of(**SEGMENTS), **COLUMNS, fold_column="part", offset_column="start", root=tmp_path
    )
    kept, _, folds, _ = train_test_split(dataset.data, dataset.folds, test_size=2, random_state=0)
    assert {type(clip) for clip in kept} == {tuple}
    np.testing.assert_array_equal(dataset.cv.fold_of(kept), folds)


def test_segments_of_one_file_are_kept_together_by_groups(tmp_path):
    touch(tmp_path, [f"{k}.wav" for k in range(6)])
    frame = pd.DataFrame(
        {
            "file": [f"{k // 4}.wav" for k in range(24)],
            "sound": ["dog", "siren"] * 12,
            "start": [k % 4 for k in range(24)],
        }
    )
    dataset = load_audio_table(
        frame, path_column="file", label_column="sound", group_column="file", offset_column="start", root=tmp_path
    )
    assert dataset.cv.get_n_splits() == 5
    for train, test in dataset.cv.split(dataset.data):
        assert not {clip[0] for clip in dataset.data[train]} & {clip[0] for clip in dataset.data[test]}


@pytest.mark.parametrize(
    "columns", [{"offset_column": "start", "duration_column": "length"}, {"offset_column": "start"}]
)
def test_features_of_segments_are_those_of_what_is_read_there(recording, columns):
    frame = pd.DataFrame({"clip": recording.name, "sound": "x", "start": [0, 0.25, 2.5, 3], "length": [1, 0.5, 9, 1]})
    dataset = load_audio_table(
        frame.assign(part=[1, 1, 2, 2]), **COLUMNS, fold_column="part", root=recording.parent, **columns
    )
    parts = [
        load_audio(recording, offset=row.start, duration=row.length if "duration_column" in columns else None)
        for row in frame.itertuples()
    ]
    expected = MFCCTransformer(n_mfcc=13).fit_transform(parts)
    found = MFCCTransformer(n_mfcc=13).fit_transform(dataset.data)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_classifier_is_validated_on_segments_of_one_file(recording, tmp_path):
    starts = np.arange(16) / 4
    table = pd.DataFrame(
        {
            "clip": str(recording),
            "sound": ["tone" if start % 2 < 1 else "noise" for start in starts],
            "start": starts,
            "length": 0.25,
            "part": ["first" if start < 2 else "second" for start in starts],
        }
    )
    table.to_csv(tmp_path / "clips.csv", index=False)
    dataset = load_audio_table(
        tmp_path / "clips.csv", **COLUMNS, fold_column="part", offset_column="start", duration_column="length"
    )
    rows = np.random.default_rng(0).permutation(16)
    pipeline = make_audio_pipeline(classifier=KNeighborsClassifier(1))
    scores = cross_val_score(pipeline, dataset.data[rows], dataset.target[rows], cv=dataset.cv, error_score="raise")
    assert scores.tolist() == [1, 1]
