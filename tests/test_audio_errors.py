"""What cannot be read is named, with its reason."""

import csv
import io
import math
import os
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from stereo import RATE, stereo, wav  # noqa: F401 - fixtures

from skaudio import load_audio
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError


@pytest.mark.parametrize("expect", ["audio", "empty", "non-finite", "error"])
def test_odd_files(faults, expect):
    with (faults / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["expect"] == expect]
    assert rows
    for row in rows:
        path = faults / row["file"]
        if expect == "audio":
            waveform, rate = load_audio(path, sample_rate=None)
            assert len(waveform), row
            assert np.isfinite(waveform).all(), row
            assert row["sample_rate"] in ("", str(rate)), row
            assert row["frames"] in ("", str(len(waveform))), row
            assert len(load_audio(path)[0]) == math.ceil(len(waveform) * (22050 / rate)), row
        else:
            with pytest.raises(AudioReadError, match=row["file"].replace(".", r"\.")) as caught:
                load_audio(path)
            assert caught.value.path == str(path)
            assert isinstance(caught.value.cause, Exception)
            assert not isinstance(caught.value, FileNotFoundError), row
            with pytest.raises(AudioReadError):
                load_audio(path.read_bytes())


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git-LFS"),
        (b"<!DOCTYPE html><title>404</title>", "HTML"),
        (b"\n <html><body>404</body></html>", "HTML"),
        (b"RIFF", "."),
    ],
)
def test_what_is_saved_under_the_name_of_sound_is_named(tmp_path, content, message):
    path = tmp_path / "dog.wav"
    path.write_bytes(content)
    with pytest.raises(AudioReadError, match=f"dog.wav.*{message}"):
        load_audio(path)
    with pytest.raises(AudioReadError, match=message):
        load_audio(content)


def test_missing_file_is_named(tmp_path):
    for missing in (tmp_path / "missing.wav", tmp_path / "no folder" / "missing.wav"):
        with pytest.raises(AudioFileNotFoundError, match=r"missing\.wav") as caught:
            load_audio(missing)
        assert caught.value.path == str(missing)
        assert caught.value.position is None
        assert isinstance(caught.value.cause, FileNotFoundError)


def test_folder_is_named(tmp_path):
    with pytest.raises(AudioReadError, match="folder") as caught:
        load_audio(tmp_path)
    assert caught.value.path == str(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    errors = []

    def read():
        try:
            load_audio(path)
        except AudioReadError as error:
            errors.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=300)
    assert not reader.is_alive()
    assert "not a regular file" in str(errors[0])
    assert errors[0].path == str(path)


@pytest.mark.parametrize("missing", [None, math.nan, np.float32("nan"), pd.NA, pd.NaT], ids=repr)
def test_missing_value_is_a_missing_clip(missing):
    with pytest.raises(AudioReadError, match="the clip is missing"):
        load_audio(missing)


@pytest.mark.parametrize(
    "source, message",
    [
        (np.zeros((1000, 2)), r"\(1000, 2\).*waveform\.T"),
        (np.zeros((2, 3, 4)), r"\(2, 3, 4\)"),
        (np.zeros(0), "no samples"),
        (np.zeros((2, 0)), "no samples"),
        (np.zeros((0, 100)), "."),
        (np.array([0, np.nan]), "NaN or infinite"),
        (np.array([0, -np.inf]), "NaN or infinite"),
        (np.array([0, 1e300]), "NaN or infinite"),
        (np.zeros(5, complex), "complex128"),
        (np.array(["dog.wav"]), "<U7"),
        ([[0.0], [0.0, 1.0]], "."),
        (3, r"the clip is a int; a path, bytes, an open file, a waveform"),
        ({"path": "dog.wav"}, "."),
        ((np.zeros(5), 0), "rate above 0"),
        ((np.zeros(5), -8000), "rate above 0"),
        ((np.zeros(5), math.inf), "rate above 0"),
        ((np.zeros(5), "8000"), "rate above 0"),
        ((np.zeros(5),), "pair"),
        ((3, 8000), "pair"),
        (io.StringIO("RIFF"), "rb"),
        (("dog.wav", -1, 2), "offset=-1"),
        (("dog.wav", 0, 0), "duration=0"),
        (("dog.wav", "a", 1), "offset='a'"),
        (("dog.wav", 0, math.nan), "duration=nan"),
    ],
)
def test_other_sources_are_refused_with_their_reason(source, message):
    with pytest.raises(AudioReadError, match=f"cannot read.*{message}"):
        load_audio(source)


@pytest.mark.parametrize("form", ["path", "bytes", "pair", "segment"])
def test_offset_past_the_end_is_named(wav, stereo, form):
    sources = {"path": wav, "bytes": wav.read_bytes(), "pair": (stereo, RATE), "segment": (wav, 0.1, 0.2)}
    with pytest.raises(AudioReadError, match=r"offset=0\.5 s is past"):
        load_audio(sources[form], offset=0.5)


def test_file_opened_as_text_is_refused(wav):
    with wav.open(encoding="latin-1") as file, pytest.raises(AudioReadError, match="binary mode"):
        load_audio(file)


@pytest.mark.parametrize(
    "path", ["do\0g.wav", "\ud800.wav", "x" * 5000 + ".wav", ""], ids=["nul", "surrogate", "long", ""]
)
def test_impossible_names_are_read_errors(path):
    with pytest.raises(AudioReadError):
        load_audio(path)


@pytest.mark.parametrize(
    "name, values",
    [
        ("sample_rate", [0, -1, math.nan, math.inf, "22050", True]),
        ("offset", [-0.1, math.nan, math.inf, None, "0", True]),
        ("duration", [0, -1, math.nan, math.inf, "1", True]),
        ("channel", [-1, 0.5, "left", None, True]),
        ("res_type", ["best", "", None]),
    ],
)
def test_parameter_out_of_range_is_a_value_error_naming_it(wav, name, values):
    for value in values:
        with pytest.raises(ValueError, match=name) as caught:
            load_audio(wav, **{name: value})
        assert not isinstance(caught.value, AudioReadError)
        assert repr(value) in str(caught.value)


def test_parameters_are_checked_before_the_file_is_looked_for():
    with pytest.raises(ValueError, match="offset"):
        load_audio("missing.wav", offset=-1)


def test_paths_are_named_as_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("missing.wav", Path("missing.wav")):
        with pytest.raises(AudioReadError) as caught:
            load_audio(path)
        assert caught.value.path == "missing.wav"


@pytest.mark.parametrize(
    "form, subtype, words", [("OGG", "VORBIS", "Ogg Vorbis, damaged or cut"), ("OGG", "OPUS", "Ogg Opus")]
)
def test_ogg_without_its_end_is_told_as_what_it_is(form, subtype, words):
    content = io.BytesIO()
    soundfile.write(content, np.random.default_rng(0).uniform(-0.5, 0.5, 24000), 24000, format=form, subtype=subtype)
    with pytest.raises(AudioReadError, match=words):
        load_audio(content.getvalue()[:60])
