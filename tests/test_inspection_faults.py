"""Inspection of real files, whole and broken ones: the folder of faults has them of every kind."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from skaudio import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.inspection import PROBLEMS, check_clips, describe_clips

FATAL = {"unreadable", "empty", "non-finite"}
CUT = {"truncated_half.ogg", "bitflips.ogg", "truncated_half.wav", "truncated_44.wav", "truncated_half.mp3"}


def refusal(clip):
    """Return why the reader refuses a clip: a set of one reason, or none."""
    try:
        load_audio(clip, sample_rate=None)
    except AudioReadError as error:
        return {error.reason}
    return set()


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


def test_every_problem_is_a_known_one(found):
    looked_for_elsewhere = {"clipped", "loud", "duplicate", "near-duplicate"}
    assert {problem for problems in found.values() for problem in problems} | looked_for_elsewhere == set(PROBLEMS)


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
