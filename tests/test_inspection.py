import io
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from skaudio import load_audio
from skaudio.audio import AudioSurvey
from skaudio.exceptions import AudioReadError
from skaudio.inspection import PROBLEMS, check_clips, describe_clips

RATE = 22050
SINE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
TONE = SINE / 2
CLIPPED = np.clip(3 * SINE, -1, 1)
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE)
STEP = 2**-15  # of 16 bits
BLOCK = 1 << 18  # samples that are read of a file at once
FATAL = {"unreadable", "empty", "non-finite"}
CUT = {"truncated_half.ogg", "bitflips.ogg", "truncated_half.wav", "truncated_44.wav", "truncated_half.mp3"}

CAN_BE_CUT = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "MS_ADPCM"),
    ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
]


def sound_file(samples, rate=RATE, container="WAV", subtype="PCM_16"):
    """Return the bytes of a file of samples, of shape (n,) or (channels, n)."""
    content = io.BytesIO()
    soundfile.write(content, np.asarray(samples).T, rate, format=container, subtype=subtype)
    return content.getvalue()


def problems_of(clip, **parameters):
    return check_clips([clip], **parameters)["problem"].tolist()


def detail_of(clip):
    (detail,) = check_clips([clip])["detail"]
    return detail


def refusal(clip):
    """Return why the reader refuses a clip: a set of one reason, or none."""
    try:
        load_audio(clip, sample_rate=None)
    except AudioReadError as error:
        return {error.reason}
    return set()


def with_runs(n_samples, n_runs, length=3):
    """Return quiet noise with runs at full scale, both signs, far from each other."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, n_samples)
    for i, start in enumerate(np.linspace(10, n_samples - 10, n_runs).astype(int)):
        samples[start : start + length] = (-1) ** i
    return samples


@pytest.fixture(scope="module")
def manifest(faults):
    return pd.read_csv(faults / "manifest.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def found(faults, manifest):
    """The details by problem, by the name of the file."""
    table = check_clips([faults / name for name in manifest["file"]])
    assert (table["path"] == [str(faults / name) for name in manifest["file"][table.index]]).all()
    problems = {name: {} for name in manifest["file"]}
    for name, problem, detail in zip(manifest["file"][table.index], table["problem"], table["detail"]):
        problems[name][problem] = detail
    return problems


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


# Real files


def test_odd_files_that_give_no_features_are_found(manifest, found):
    expected = {"audio": set(), "empty": {"empty"}, "non-finite": {"non-finite"}, "error": {"unreadable"}}
    for name, expect in zip(manifest["file"], manifest["expect"]):
        if expect == "audio or error":
            assert set(found[name]) in (set(), {"unreadable"}), name
        else:
            assert set(found[name]) & FATAL == expected[expect], name


def test_odd_files_give_no_features_exactly_where_the_reader_refuses_them(faults, found):
    for name, problems in found.items():
        details = {problems[problem] for problem in FATAL & set(problems)}
        assert details == refusal(faults / name), name


def test_files_that_were_cut_are_truncated_and_no_others(found):
    assert {name for name, problems in found.items() if "truncated" in problems} == CUT


@pytest.mark.parametrize(
    "name, problems",
    [
        ("ok_mono.wav", {}),
        ("ok.flac", {}),
        ("ok.mp3", {}),
        ("ok.ogg", {}),
        ("ogg_named_wav.wav", {}),
        ("flac_no_extension", {}),
        ("float_over_one.wav", {}),
        ("stereo_one_side.wav", {}),
        ("impulse.wav", {}),
        ("opus48.opus", {}),
        ("one_sample.wav", {"short": "2.268e-05 s"}),
        ("seven_samples.wav", {"short": "0.0001587 s", "silent": "peak"}),
        ("short_2047.wav", {"short": "0.09288 s", "silent": "peak"}),
        ("silence.wav", {"silent": "peak is 0 "}),
        ("dc_one.wav", {"silent": "equal"}),
        ("stereo_antiphase.wav", {"silent": "cancel"}),
        ("truncated_half.wav", {"truncated": "promises 88200 bytes, and 44078 are there"}),
        ("truncated_half.mp3", {"truncated": "promises 44100 samples, and 19631 are there"}),
        ("truncated_half.ogg", {"truncated": "last page", "silent": "peak"}),
        ("truncated_44.wav", {"truncated": "and 0 are there", "empty": "no samples"}),
        ("zero_bytes.wav", {"unreadable": "0 bytes"}),
        ("git_lfs_pointer.wav", {"unreadable": "git-LFS"}),
        ("html_error_page.mp3", {"unreadable": "HTML"}),
        ("inf_one.wav", {"non-finite": "NaN or infinite"}),
    ],
)
def test_odd_file_has_its_problems_with_their_details(found, name, problems):
    assert list(found[name]) == list(problems)
    for problem, detail in problems.items():
        assert detail in found[name][problem]


def test_every_problem_is_a_known_one(found, clips):
    seen = {problem for problems in found.values() for problem in problems}
    assert seen | {"clipped"} == set(PROBLEMS)
    assert set(check_clips([clip for clip, _ in clips.values()])["problem"]) <= set(PROBLEMS)


def test_esc10_is_whole(esc10):
    paths = sorted(esc10.glob("audio/*.ogg"))
    assert len(paths) == 400
    assert not set(check_clips(paths, n_jobs=2)["problem"]) & {*FATAL, "truncated", "short"}


def test_urbansound8k_is_described_as_by_soundfile(urbansound8k):
    paths = sorted(urbansound8k.glob("audio/*/*.wav"))
    assert paths
    table = describe_clips(paths)
    assert table["path"].tolist() == [str(path) for path in paths]
    for path, row in zip(paths, table.itertuples()):
        info = soundfile.info(path)
        assert row.seconds == info.frames / info.samplerate, path.name
        found = (row.format, row.subtype, row.sample_rate, row.channels)
        assert found == (info.format, info.subtype, info.samplerate, info.channels), path.name
        assert row.peak == np.abs(soundfile.read(path, dtype="float32")[0]).max(), path.name


def test_odd_files_have_the_seconds_that_are_read_and_not_those_of_their_header(faults, manifest):
    table = describe_clips([faults / name for name in manifest["file"]])
    rows = manifest["frames"] != ""
    assert rows.sum() > 30
    expected = manifest["frames"][rows].astype(int) / manifest["sample_rate"][rows].astype(int)
    pd.testing.assert_series_equal(table["seconds"][rows & table["format"].notna()], expected, check_names=False)
    refused = table[manifest["expect"] == "error"]
    assert refused.drop(columns="path").isna().all(axis=None)
    assert table["path"].tolist() == [str(faults / name) for name in manifest["file"]]


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


# Clips that give no features


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("position", [0, RATE // 2, -1])
def test_one_sample_that_is_not_finite_is_found_wherever_it_lies(value, position):
    samples = TONE.astype(float)
    samples[position] = value
    assert problems_of(samples) == ["non-finite"]
    assert problems_of(np.stack([TONE, samples])) == ["non-finite"]
    assert problems_of(sound_file(samples, subtype="DOUBLE")) == ["non-finite"]
    assert problems_of(samples[position:][:1]) == ["short", "non-finite"]


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 0)), np.zeros(0, np.int16), []], ids=repr)
def test_no_samples_are_empty(samples):
    assert problems_of((samples, RATE)) == ["empty"]
    assert problems_of(sound_file(samples)) == ["empty"]
    assert check_clips([TONE, samples])["problem"].to_dict() == {1: "empty"}


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT], ids=repr)
def test_missing_value_among_clips_is_unreadable(missing):
    table = check_clips([TONE, missing])
    assert table["problem"].to_dict() == {1: "unreadable"}
    assert "missing" in table["detail"][1]
    assert table["path"].tolist() == [None]


def test_missing_file_and_folder_are_unreadable_and_named(tmp_path):
    table = check_clips([tmp_path / "missing.wav", TONE, str(tmp_path)])
    assert table["problem"].to_dict() == {0: "unreadable", 2: "unreadable"}
    assert table["path"].to_dict() == {0: str(tmp_path / "missing.wav"), 2: str(tmp_path)}
    assert "no such file" in table["detail"][0]
    assert "folder" in table["detail"][2]


@pytest.mark.parametrize(
    "clip",
    [
        b"",
        b"RIFF",
        b"<html>404</html>",
        np.zeros((1000, 2)),
        np.zeros((2, 3, 4)),
        np.zeros(5, complex),
        np.array(["dog.wav"]),
        (np.zeros(5), 0),
        (np.zeros(5), "8000"),
        (3, 8000),
        {"path": "dog.wav"},
        io.StringIO("RIFF"),
        "",
        "do\0g.wav",
        "missing.wav",
        np.zeros(0),
        np.array([0, np.nan]),
        ("clip.wav", 1.0, None),
        ("clip.wav", 7, 1),
        ("clip.wav", -1, 2),
        ("clip.wav", 0, 0),
        ("clip.wav", "a", 1),
        ("clip.wav", 0, math.nan),
        ("clip.wav", math.inf, 1),
    ],
    ids=lambda clip: str(clip)[:30].replace("\0", "NUL"),
)
def test_what_the_reader_refuses_is_found_with_its_reason(clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("clip.wav").write_bytes(sound_file(TONE))
    with pytest.raises(AudioReadError) as caught:
        load_audio(clip)
    found = check_clips([TONE, clip])
    assert caught.value.reason in found["detail"].tolist()
    assert FATAL & set(found["problem"])


# Files longer than a block, and files that were cut


def test_all_blocks_of_a_file_count():
    samples = np.zeros(BLOCK + 1000, np.float32)
    assert problems_of(sound_file(samples, subtype="FLOAT")) == ["silent"]
    for value, expected in [(0.5, []), (-0.5, []), (np.nan, ["non-finite"])]:
        for position in (0, -1):
            samples[:] = 0
            samples[position] = value
            assert problems_of(sound_file(samples, subtype="FLOAT")) == expected
    samples[:] = np.resize(TONE, len(samples))
    samples[-999:] = 1
    content = sound_file(samples, subtype="FLOAT")
    assert problems_of(content) == ["clipped"]
    (row,) = describe_clips([content]).itertuples()
    assert (row.seconds, row.peak) == (len(samples) / RATE, 1)


@pytest.mark.parametrize("container, subtype", CAN_BE_CUT)
def test_a_file_without_its_end_is_truncated(container, subtype):
    content = sound_file(NOISE, RATE, container, subtype)
    assert problems_of(content) == []
    for share in (0.5, 0.9):
        assert problems_of(content[: int(share * len(content))]) == ["truncated"]


@pytest.mark.parametrize("n", [5000, 5001, 5002, 5003])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("container, subtype", CAN_BE_CUT)
def test_whole_files_of_any_length_are_not_truncated(container, subtype, channels, n):
    content = sound_file(np.stack([NOISE[:n]] * channels), RATE, container, subtype)
    assert problems_of(content) == []


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_bytes_after_the_samples_are_no_loss(subtype):
    content = sound_file(TONE, subtype=subtype)
    assert problems_of(content + b"LIST\x04\0\0\0INFO") == []
    assert problems_of(content + bytes(range(1, 200))) == []


# Clips of all kinds


def test_each_problem_stands_at_the_position_of_its_clip(clips):
    table = check_clips([clip for clip, _ in clips.values()])
    expected = [(i, problem) for i, (_, problems) in enumerate(clips.values()) for problem in problems]
    assert list(zip(table.index, table["problem"])) == expected
    assert list(table.columns) == ["path", "problem", "detail"]
    assert table.index.name is None
    paths = [clip[0] if isinstance(clip, tuple) and len(clip) == 3 else clip for clip, _ in clips.values()]
    paths = [str(path) if isinstance(path, (str, Path)) else None for path in paths]
    assert table["path"].dropna().to_dict() == {i: path for i, path in enumerate(paths) if path is not None}
    assert describe_clips([clip for clip, _ in clips.values()])["path"].dropna().tolist() == list(filter(None, paths))


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


# The form of clips


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


def test_a_row_a_clip_and_only_the_path_of_those_that_cannot_be_read(clips):
    table = describe_clips([clip for clip, _ in clips.values()])
    assert list(table.columns) == ["path", "format", "subtype", "sample_rate", "channels", "seconds", "peak"]
    assert table.index.tolist() == list(range(len(clips)))
    unreadable = [problems == ["unreadable"] for _, problems in clips.values()]
    assert table["format"].isna().tolist() == unreadable
    assert table[unreadable].drop(columns="path").isna().all(axis=None)


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
