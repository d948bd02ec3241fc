"""Clips: what is taken for one, and how it is read."""

import io
import os
import pathlib
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import soundfile

from skaudio.clips import Reader, as_clip, as_clips
from skaudio.exceptions import AudioReadError

PATHS = ["dog.wav", "cat.wav"]
WAVE = np.arange(6.0)
STEREO = np.arange(12.0).reshape(2, 6)
FILE = io.BytesIO(b"RIFF")
MIXED = ["dog.wav", pathlib.Path("cat.wav"), b"RIFF", FILE, WAVE, STEREO, (WAVE, 8000), ("dog.wav", 0.5, 1)]


def objects(*items, shape=None):
    array = np.empty(len(items), object)
    array[:] = items
    return array if shape is None else array.reshape(shape)


CLIPS = {
    "paths": (PATHS, PATHS),
    "a tuple of two paths": (("dog.wav", "cat.wav"), PATHS),
    "a tuple of three paths": (("dog.wav", "cat.wav", "cow.wav"), ["dog.wav", "cat.wav", "cow.wav"]),
    "one path": (["dog.wav"], ["dog.wav"]),
    "PathLike": ([pathlib.Path("dog.wav")], [pathlib.Path("dog.wav")]),
    "bytes": ([b"RIFF\0\0"], [b"RIFF\0\0"]),
    "bytearray": ([bytearray(b"RIFF")], [bytearray(b"RIFF")]),
    "file objects": ([FILE, FILE], [FILE, FILE]),
    "one waveform": ([WAVE], [WAVE]),
    "waveforms of equal length": ([WAVE, WAVE], [WAVE, WAVE]),
    "waveforms of different length": ([WAVE, WAVE[:3]], [WAVE, WAVE[:3]]),
    "waveforms of two channels": ([STEREO, STEREO], [STEREO, STEREO]),
    "lists of different length": ([[0.0, 1.0], [0.0]], [[0.0, 1.0], [0.0]]),
    "pairs": ([(WAVE, 8000), (WAVE, 16000)], [(WAVE, 8000), (WAVE, 16000)]),
    "a pair of a list": ([([0.0, 1.0], 8000)], [([0.0, 1.0], 8000)]),
    "a tuple of pairs": (((WAVE, 8000), (WAVE, 8000)), [(WAVE, 8000), (WAVE, 8000)]),
    "segments": ([("dog.wav", 0, 1), ("dog.wav", 1, None)], [("dog.wav", 0, 1), ("dog.wav", 1, None)]),
    "all kinds": (MIXED, MIXED),
    "missing among paths": (["dog.wav", None, np.nan], ["dog.wav", None, np.nan]),
    "missing alone": ([None], [None]),
    "NaN alone": ([np.nan, np.nan], [np.nan, np.nan]),
    "columns of one path": ([["dog.wav"], ["cat.wav"]], PATHS),
    "str array": (np.array(PATHS), PATHS),
    "str column array": (np.array(PATHS)[:, None], PATHS),
    "StringDType array": (
        np.array(PATHS, np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType") else PATHS,
        PATHS,
    ),
    "object array": (objects(*PATHS), PATHS),
    "object array of all kinds": (objects(*MIXED), MIXED),
    "object array of equal waveforms": (objects(WAVE, WAVE), [WAVE, WAVE]),
    "object array of bytes with zeros at the end": (objects(b"RIFF\0\0"), [b"RIFF\0\0"]),
    "object array with missing": (objects("dog.wav", None, np.nan), ["dog.wav", None, np.nan]),
    "object column array": (objects(*PATHS, shape=(-1, 1)), PATHS),
    "object column array of waveforms": (objects(WAVE, WAVE, shape=(-1, 1)), [WAVE, WAVE]),
    "object column array with missing": (objects(None, "dog.wav", shape=(-1, 1)), [None, "dog.wav"]),
    "object column array, all missing": (objects(None, None, shape=(-1, 1)), [None, None]),
    "Series": (pd.Series(PATHS), PATHS),
    "Series, another index": (pd.Series(PATHS, index=[7, 3]), PATHS),
    "object Series of all kinds": (pd.Series(MIXED, dtype=object), MIXED),
    "string Series": (pd.Series(PATHS, dtype="string"), PATHS),
    "category Series": (pd.Series(PATHS, dtype="category"), PATHS),
    "Series with missing": (pd.Series(["dog.wav", None], dtype=object), ["dog.wav", None]),
    "category Series with missing": (pd.Series(["dog.wav", None], dtype="category"), ["dog.wav", np.nan]),
    "Index": (pd.Index(PATHS), PATHS),
    "frame": (pd.DataFrame({"path": PATHS}), PATHS),
    "category frame": (pd.DataFrame({"path": PATHS}, dtype="category"), PATHS),
    "frame with missing": (pd.DataFrame({"path": [None, "dog.wav"]}, dtype=object), [None, "dog.wav"]),
    "frame, all missing": (pd.DataFrame({"path": [None, None]}, dtype=object), [None, None]),
    "frame of waveforms": (pd.DataFrame({"wave": [WAVE, WAVE[:3]]}), [WAVE, WAVE[:3]]),
}

TABLES = {
    "float array": np.zeros((2, 5)),
    "int array": np.zeros((2, 5), np.int16),
    "bool array": np.zeros((2, 5), bool),
    "float16 array": np.zeros((2, 5), np.float16),
    "one row": np.zeros((1, 5)),
    "one column": np.zeros((5, 1)),
    "object array of numbers": np.zeros((2, 5)).astype(object),
    "rows of equal length": [[0.0, 1.0], [2.0, 3.0]],
    "tuples of equal length": [(0, 1), (2, 3)],
    "frame of numbers": pd.DataFrame({"a": [0.0, 1.0], "b": [1, 2]}),
    "frame of nullable numbers": pd.DataFrame({"a": [0.0, 1.0]}, dtype="Float64"),
    "one column of numbers": pd.DataFrame({"a": [0.0, 1.0]}),
    # scikit-learn's own validation names these:
    "sparse array": scipy.sparse.csr_array(np.eye(3)),
    "sparse matrix": scipy.sparse.csc_matrix(np.eye(3)),
    "complex": np.zeros((2, 5), complex),
    "three dimensions": np.zeros((2, 3, 4)),
}

REFUSED = {
    "a path": ("dog.wav", ValueError, r"one clip \('dog\.wav'\).*pass \[clip\]"),
    "a numpy str": (np.str_("dog.wav"), ValueError, r"one clip.*pass \[clip\]"),
    "a Path": (pathlib.Path("dog.wav"), ValueError, r"one clip.*dog\.wav.*pass \[clip\]"),
    "bytes": (b"RIFF", ValueError, r"one clip \(bytes\).*pass \[clip\]"),
    "a bytearray": (bytearray(b"RIFF"), ValueError, r"pass \[clip\]"),
    "a memoryview": (memoryview(b"RIFF"), ValueError, r"pass \[clip\]"),
    "a file": (io.BytesIO(b"RIFF"), ValueError, r"one clip \(BytesIO\).*pass \[clip\]"),
    "a pair": ((WAVE, 8000), ValueError, r"one clip \(tuple\).*pass \[clip\]"),
    "a pair of two channels": ((STEREO, 8000), ValueError, r"pass \[clip\]"),
    "a pair of a list": (([0.0, 1.0], np.int64(8000)), ValueError, r"pass \[clip\]"),
    "a segment": (("dog.wav", 0.5, 1), ValueError, r"pass \[clip\]"),
    "a segment of a Path": ((pathlib.Path("dog.wav"), np.float64(0), 1.0), ValueError, r"pass \[clip\]"),
    "a segment to the end": (("dog.wav", 0.5, None), ValueError, r"pass \[clip\]"),
    "a waveform": (WAVE, ValueError, r"Reshape your data.*\[w\] or w\.reshape\(1, -1\)"),
    "an int waveform": (np.arange(5, dtype=np.int16), ValueError, "Reshape your data"),
    "a list of numbers": ([0.0, 1.0], ValueError, "Reshape your data"),
    "a range": (range(5), ValueError, "Reshape your data"),
    "a Series of numbers": (pd.Series([0.0, 1.0]), ValueError, "Reshape your data"),
    "a Series of nullable numbers": (pd.Series([1, None], dtype="Int64"), ValueError, "Reshape your data"),
    "an object array of numbers": (objects(0.0, 1.0), ValueError, "Reshape your data"),
    "an array of dtype S": (np.array([b"RIFF"]), ValueError, "S4.*zero bytes.*list of bytes"),
    "a column of dtype S": (np.array([[b"RIFF"]]), ValueError, "zero bytes"),
    "a frame of two columns": (
        pd.DataFrame({"path": PATHS, "label": ["a", "b"]}),
        ValueError,
        "2 columns.*ColumnTransformer",
    ),
    "a frame of a path and a number": (pd.DataFrame({"path": PATHS, "fold": [1, 2]}), ValueError, "ColumnTransformer"),
    "an array of two columns": (np.array([PATHS, PATHS]), ValueError, "2 columns.*ColumnTransformer"),
    "an object array of two columns": (
        objects("dog.wav", 1, "cat.wav", 2, shape=(2, 2)),
        ValueError,
        "ColumnTransformer",
    ),
    "lists of two columns": ([["dog.wav", 1], ["cat.wav", 2]], ValueError, "2 columns.*ColumnTransformer"),
    "a set": ({"dog.wav"}, TypeError, "set.*list of clips"),
    "a frozenset": (frozenset(["dog.wav"]), TypeError, "frozenset.*list of clips"),
    "a dict": ({"dog.wav": 1}, TypeError, "dict.*list of clips"),
    "a generator": ((path for path in PATHS), TypeError, "generator.*list of clips"),
    "an iterator": (iter(PATHS), TypeError, "iterator.*list of clips"),
    "a map": (map(str, PATHS), TypeError, "map.*list of clips"),
    "no clips": ([], ValueError, "no clips.*at least one"),
    "an empty tuple": ((), ValueError, "no clips"),
    "an empty object array": (objects(), ValueError, "no clips"),
    "an empty Series": (pd.Series([], dtype=object), ValueError, "no clips"),
}


def assert_same(found, expected):
    """Equal item by item: the same object, an equal one, or a missing value for a missing value."""
    assert isinstance(found, list)
    assert len(found) == len(expected)
    for item, wanted in zip(found, expected):
        if item is wanted:
            continue
        if isinstance(wanted, float):
            assert isinstance(item, float)
            assert np.isnan(item)
        elif isinstance(wanted, tuple):
            assert_same(list(item), list(wanted))
        else:
            assert np.array_equal(item, wanted)
            assert isinstance(item, type(wanted))


@pytest.mark.parametrize("X, expected", CLIPS.values(), ids=CLIPS)
def test_clips_come_out_one_by_one(X, expected):
    assert_same(as_clips(X), expected)


@pytest.mark.parametrize("X", TABLES.values(), ids=TABLES)
def test_tables_of_numbers_are_left_to_scikit_learn(X):
    assert as_clips(X) is None


@pytest.mark.parametrize("X, error, message", REFUSED.values(), ids=REFUSED)
def test_what_is_no_list_of_clips_is_refused_with_the_way_out(X, error, message):
    with pytest.raises(error, match=message):
        as_clips(X)


def test_the_list_given_is_not_handed_on():
    X = list(PATHS)
    as_clips(X).append("cow.wav")
    assert X == PATHS


def test_files_are_not_read():
    file = io.BytesIO(b"RIFF")
    file.seek(2)
    assert as_clips([file]) == [file]
    assert file.tell() == 2


KINDS = {
    "dog.wav": "PathClip",
    pathlib.Path("dog.wav"): "PathClip",
    b"RIFF": "BytesClip",
    FILE: "FileClip",
    None: "UnreadableClip",
    ("dog.wav", 0, 1): "SegmentClip",
    3.5: "UnreadableClip",
}


@pytest.mark.parametrize("value, kind", [*KINDS.items(), (WAVE, "WaveformClip"), ((STEREO, 8000), "WaveformClip")])
def test_a_clip_is_of_one_kind(value, kind):
    clip = as_clip(value)
    assert type(clip).__name__ == kind
    assert as_clip(clip) is clip
    assert clip.is_on_disk == (kind in ("PathClip", "SegmentClip"))
    assert clip.path == ("dog.wav" if clip.is_on_disk else None)


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "dog.wav"
    soundfile.write(path, np.linspace(-0.5, 0.5, 8000), 8000)
    return path


def test_a_file_is_known_by_what_is_in_it(sound):
    def known():
        return as_clip(sound).identity()

    first, status = known(), os.stat(sound)
    content = sound.read_bytes()
    assert as_clip(os.path.relpath(sound)).identity() == as_clip(str(sound)).identity() == first
    assert as_clip(content).identity() == first
    os.utime(sound, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert known() == first
    sound.write_bytes(content[:-1] + b"!")
    os.utime(sound, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert known() != first
    assert as_clip(sound.with_name("cat.wav")).identity() is None


def test_equal_parts_and_equal_samples_are_one_clip_however_their_numbers_are_written(sound):
    part = as_clip((sound, 0, 0.5)).identity()
    for offset, duration in ((0.0, 0.5), (np.float64(0), np.float32(0.5)), (np.int64(0), np.float64(0.5))):
        assert as_clip((str(sound), offset, duration)).identity() == part
    others = [(0, None), (0, 0.25), (0.25, 0.5)]
    assert len({part, *(as_clip((sound, *other)).identity() for other in others)}) == 4
    pair = as_clip((WAVE, 8000)).identity()
    assert as_clip((WAVE.copy(), np.float64(8000))).identity() == pair
    alike = [(WAVE, 8001), WAVE, (WAVE.astype(np.float32), 8000), (WAVE.reshape(2, 3), 8000), (-WAVE, 8000)]
    assert len({pair, *(as_clip(other).identity() for other in alike)}) == 6


def test_what_is_read_in_another_place_is_the_same(sound):
    file = open(sound, "rb")  # noqa: SIM115 - it is closed below
    file.seek(100)
    portable = as_clip(file).portable()
    file.close()
    assert Reader(8000).read(portable)[0].tobytes() == Reader(8000).read(as_clip(sound))[0].tobytes()
    closed = pickle.loads(pickle.dumps(as_clip(file).portable()))
    with pytest.raises(AudioReadError, match="closed file"):
        Reader(8000).read(closed)
