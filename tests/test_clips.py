import io
import pathlib

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from skaudio.feature_extraction._clips import as_clips, is_in_memory

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


@pytest.mark.parametrize(
    "clip, expected",
    [
        ("dog.wav", False),
        (pathlib.Path("dog.wav"), False),
        (b"RIFF", False),
        (FILE, False),
        (None, False),
        (("dog.wav", 0, 1), False),
        (WAVE, True),
        (STEREO, True),
        ([0.0, 1.0], True),
        ((WAVE, 8000), True),
    ],
)
def test_in_memory_are_waveforms_and_pairs(clip, expected):
    assert is_in_memory(clip) is expected
