"""Clips that give no features, long files, and files that were cut."""

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from inspecting import NOISE, RATE, TONE, problems_of, sound_file

from skaudio import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips, describe_clips

BLOCK = 1 << 18  # samples that are read of a file at once
FATAL = {"unreadable", "empty", "non-finite"}
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
        pytest.param(io.StringIO("RIFF"), id="StringIO"),
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
