"""`check_clips` and `describe_clips` on clips of every kind, in lists of every form."""

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from inspecting import CLIPPED, RATE, TONE, sound_file

from skaudio.inspection import PROBLEMS, check_clips, describe_clips


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A few of everything, and the problems of each."""
    folder = tmp_path_factory.mktemp("clips")
    (folder / "clipped.wav").write_bytes(sound_file(CLIPPED))
    (folder / "text.wav").write_text("no sound")
    return {
        "file": (str(folder / "clipped.wav"), ["clipped"]),
        "text": (folder / "text.wav", ["unreadable"]),
        "missing": (folder / "missing.wav", ["unreadable"]),
        "tone": (TONE, []),
        "silence": ((0 * TONE, 44100), ["silent"]),
        "bytes": (sound_file(TONE[:100]), ["short"]),
        "none": (None, ["unreadable"]),
        "nan": (np.append(TONE, np.nan), ["non-finite"]),
        "segment": ((folder / "clipped.wav", 0.25, 0.5), ["clipped"]),
        "short silence": (np.zeros(7), ["short", "silent"]),
        "empty": (np.zeros(0), ["empty"]),
    }


# Clips of all kinds


def test_each_problem_stands_at_the_position_of_its_clip(clips):
    table = check_clips([clip for clip, _ in clips.values()])
    expected = [(i, problem) for i, (_, problems) in enumerate(clips.values()) for problem in problems]
    assert list(zip(table.index, table["problem"])) == expected
    assert set(table["problem"]) <= set(PROBLEMS)
    assert list(table.columns) == ["path", "problem", "detail"]
    assert table.index.name is None
    paths = [clip[0] if isinstance(clip, tuple) and len(clip) == 3 else clip for clip, _ in clips.values()]
    paths = [str(path) if isinstance(path, (str, Path)) else None for path in paths]
    assert table["path"].dropna().to_dict() == {i: path for i, path in enumerate(paths) if path is not None}
    assert describe_clips([clip for clip, _ in clips.values()])["path"].dropna().tolist() == list(filter(None, paths))


def test_a_row_a_clip_and_only_the_path_of_those_that_cannot_be_read(clips):
    table = describe_clips([clip for clip, _ in clips.values()])
    assert list(table.columns) == ["path", "format", "subtype", "sample_rate", "channels", "seconds", "peak"]
    assert table.index.tolist() == list(range(len(clips)))
    unreadable = [problems == ["unreadable"] for _, problems in clips.values()]
    assert table["format"].isna().tolist() == unreadable
    assert table[unreadable].drop(columns="path").isna().all(axis=None)


@pytest.mark.parametrize("function", [check_clips, describe_clips])
def test_path_of_a_clip_in_memory_is_none_among_files_too(function):
    assert function([np.zeros(5)])["path"].tolist()[0] is None
    assert function(["missing.wav", np.zeros(5)])["path"].tolist()[1] is None


@pytest.mark.parametrize("n", [1, 3])
def test_clips_without_problems_give_a_frame_without_rows(n):
    table = check_clips([TONE] * n)
    assert table.shape == (0, 3)
    assert list(table.columns) == ["path", "problem", "detail"]


@pytest.mark.parametrize(
    "kind", ["str", "Path", "bytes", "bytearray", "memoryview", "file", "BytesIO", "waveform", "pair", "segment"]
)
def test_sources_of_every_kind_are_read(kind, tmp_path):
    path = tmp_path / "clipped.wav"
    path.write_bytes(sound_file(CLIPPED))
    content = path.read_bytes()
    with path.open("rb") as file:
        clip = {
            "str": str(path),
            "Path": path,
            "bytes": content,
            "bytearray": bytearray(content),
            "memoryview": memoryview(content),
            "file": file,
            "BytesIO": io.BytesIO(content),
            "waveform": CLIPPED,
            "pair": (CLIPPED, RATE),
            "segment": (path, 0.0, None),
        }[kind]
        for _ in range(2):
            table = check_clips([clip])
            assert table["problem"].tolist() == ["clipped"]
            assert table["path"].tolist() == [str(path) if kind in ("str", "Path", "segment") else None]
            (row,) = describe_clips([clip]).itertuples()
            assert (row.sample_rate, row.channels, row.seconds) == (RATE, 1, 1)
        assert not file.closed


def test_segments_are_clips_of_their_own(tmp_path):
    path = tmp_path / "three.wav"
    path.write_bytes(sound_file(np.concatenate([0 * TONE, TONE, CLIPPED])))
    segments = [(path, 0, 1), (path, 1, 1), (path, 2, 1), (path, 2.0, None), (path, 1.5, 0.05), (path, 3, 1)]
    table = check_clips(segments)
    expected = [(0, "silent"), (2, "clipped"), (3, "clipped"), (4, "short"), (5, "unreadable")]
    assert list(zip(table.index, table["problem"])) == expected
    assert set(table["path"]) == {str(path)}
    assert "past its end" in table["detail"][5]

    seconds = describe_clips(segments)["seconds"]
    assert seconds[:5].tolist() == pytest.approx([1, 1, 1, 1, 0.05], abs=1 / RATE)
    assert np.isnan(seconds[5])


def objects(items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


@pytest.mark.parametrize(
    "form",
    [
        tuple,
        objects,
        lambda paths: np.array(paths),
        lambda paths: pd.Series(paths, index=range(7, 7 + len(paths))),
        lambda paths: pd.Series(paths, dtype="category"),
        lambda paths: pd.DataFrame({"path": paths}, index=list("abcd")),
        lambda paths: np.array(paths)[:, None],
    ],
    ids=["tuple", "objects", "str array", "Series", "category", "frame", "column"],
)
def test_every_form_of_a_list_is_taken_and_positions_are_counted_from_0(form, tmp_path):
    for name, samples in [("a", TONE), ("b", 0 * TONE), ("c", TONE), ("d", CLIPPED)]:
        (tmp_path / name).write_bytes(sound_file(samples))
    paths = [str(tmp_path / name) for name in "abcd"]
    table = check_clips(form(paths))
    pd.testing.assert_frame_equal(table, check_clips(paths))
    assert table["problem"].to_dict() == {1: "silent", 3: "clipped"}
    pd.testing.assert_frame_equal(describe_clips(form(paths)), describe_clips(paths))


@pytest.mark.parametrize("form", [np.array, pd.DataFrame, np.ndarray.tolist], ids=["array", "frame", "lists"])
def test_rows_of_numbers_are_waveforms(form):
    rows = np.stack([TONE, 0 * TONE, CLIPPED, np.where(np.arange(RATE) == 5, np.nan, TONE)])
    assert check_clips(form(rows))["problem"].to_dict() == {1: "silent", 2: "clipped", 3: "non-finite"}
    assert describe_clips(form(rows), sample_rate=8000)["seconds"].tolist() == [RATE / 8000] * 4


@pytest.mark.parametrize("function", [check_clips, describe_clips])
@pytest.mark.parametrize(
    "X",
    [
        "dog.wav",
        Path("dog.wav"),
        b"RIFF",
        io.BytesIO(b"RIFF"),
        ("dog.wav", 0, 1),
        (TONE, RATE),
        TONE,
        [],
        np.array(3.0),
        pd.DataFrame({"path": ["dog.wav"], "class": ["dog"]}),
    ],
    ids=["str", "Path", "bytes", "file", "segment", "pair", "waveform", "nothing", "number", "two columns"],
)
def test_what_is_no_list_of_clips_is_a_value_error(function, X):
    with pytest.raises(ValueError):
        function(X)


@pytest.mark.parametrize("function", [check_clips, describe_clips])
@pytest.mark.parametrize(
    "X", [{"dog.wav"}, iter(["dog.wav"]), scipy.sparse.csr_array(np.eye(3))], ids=["set", "iterator", "sparse"]
)
def test_what_has_no_order_or_is_sparse_is_an_error_that_says_so(function, X):
    with pytest.raises((TypeError, ValueError), match=r"(?i)order|sparse"):
        function(X)


@pytest.mark.parametrize("value", [0, -22050, math.nan])
def test_rate_out_of_range_is_a_value_error_naming_it(value):
    with pytest.raises(ValueError, match="sample_rate"):
        check_clips([TONE], sample_rate=value)


# Threads and progress


@pytest.mark.parametrize("n_jobs", [2, -1])
@pytest.mark.parametrize("function", [check_clips, describe_clips])
def test_threads_change_nothing(function, n_jobs, clips):
    X = [clip for clip, _ in clips.values()] * 10
    pd.testing.assert_frame_equal(function(X, n_jobs=n_jobs), function(X, n_jobs=1))


def test_a_file_object_that_is_listed_twice_is_read_twice_by_threads_too(tmp_path):
    (tmp_path / "tone.wav").write_bytes(sound_file(TONE))
    for _ in range(20):
        with (tmp_path / "tone.wav").open("rb") as file:
            assert check_clips([file] * 40, n_jobs=4).empty


@pytest.mark.parametrize("function", [check_clips, describe_clips])
def test_progress_is_shown_on_stderr_where_asked_for(function, capfd):
    function([TONE] * 3)
    assert capfd.readouterr() == ("", "")
    function([TONE] * 3, verbose=1)
    out, err = capfd.readouterr()
    assert out == ""
    assert "/3 [" in err
    assert "clip/s" in err


@pytest.mark.parametrize("function", [check_clips, describe_clips])
def test_progress_ends_at_the_last_clip(function, capfd):
    function([TONE] * 3, verbose=1)
    assert " 3/3 [" in capfd.readouterr().err
