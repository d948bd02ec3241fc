import csv
import io
import math
import os
import struct
import sys
import threading
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skaudio import load_audio
from skaudio.audio import RES_TYPES, open_bytes, open_path
from skaudio.audio._wav import PlainWav, parse_plain_wav
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError

RATE = 24000  # one that Opus has too
FORMATS = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "MS_ADPCM"),
    ("WAV", "ALAW"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


def librosa_load(source, **parameters):
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its fallback decoder imports modules that Python deprecates
        return librosa.load(source, **parameters)


@pytest.fixture(scope="module")
def stereo():
    """Two different channels, 0.5 s."""
    rng = np.random.default_rng(0)
    t = np.arange(RATE // 2) / RATE
    return np.stack([0.5 * np.sin(2 * np.pi * 440 * t), rng.uniform(-0.5, 0.5, len(t))]).astype(np.float32)


@pytest.fixture(scope="module")
def wav(stereo, tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "stereo.wav"
    soundfile.write(path, stereo.T, RATE, subtype="FLOAT")
    return path


# The numbers of librosa


def test_urbansound8k_has_the_bits_of_librosa(urbansound8k):
    paths = sorted(urbansound8k.glob("audio/*/*.wav"))
    assert paths
    for path in paths:
        waveform, rate = load_audio(path)
        expected, _ = librosa_load(path)
        assert rate == 22050
        np.testing.assert_array_equal(waveform, expected, err_msg=path.name)


def test_esc10_has_the_bits_of_librosa(esc10):
    for path in sorted(esc10.glob("audio/*.ogg"))[::20]:
        np.testing.assert_array_equal(load_audio(path)[0], librosa_load(path)[0], err_msg=path.name)


def test_every_esc10_clip_has_all_its_samples(esc10):
    paths = sorted(esc10.glob("audio/*.ogg"))
    assert len(paths) == 400
    found = {path.name: len(load_audio(path)[0]) for path in paths}
    expected = {path.name: math.ceil(soundfile.info(path).frames / 2) for path in paths}  # 44.1 to 22.05 kHz
    assert found == expected


@pytest.mark.parametrize("res_type", [name for name in RES_TYPES if name.startswith("soxr")] + ["fft", "polyphase"])
@pytest.mark.parametrize("sample_rate", [16000, 22050, 48000, None])
def test_resamplers_have_the_bits_of_librosa(wav, sample_rate, res_type):
    waveform, rate = load_audio(wav, sample_rate=sample_rate, res_type=res_type)
    expected, expected_rate = librosa_load(wav, sr=sample_rate, res_type=res_type)
    assert rate == expected_rate
    np.testing.assert_array_equal(waveform, expected)


def test_kaiser_fast_has_the_bits_of_librosa(wav):
    pytest.importorskip("resampy")
    waveform, _ = load_audio(wav, res_type="kaiser_fast")
    np.testing.assert_array_equal(waveform, librosa_load(wav, res_type="kaiser_fast")[0])
    assert not np.array_equal(waveform, load_audio(wav)[0])


@pytest.mark.parametrize("container, subtype", [("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)])
def test_parts_have_the_bits_of_librosa(stereo, tmp_path, container, subtype):
    path = tmp_path / "sound"
    soundfile.write(path, stereo.T, RATE, format=container, subtype=subtype)
    for offset, duration in [(0, None), (0.1, None), (0, 0.25), (0.1234567, 0.2), (0.4, 10)]:
        waveform, _ = load_audio(path, offset=offset, duration=duration)
        expected, _ = librosa_load(path, offset=offset, duration=duration)
        np.testing.assert_array_equal(waveform, expected, err_msg=f"{offset=}, {duration=}")


@pytest.mark.skipif(find_spec("samplerate") is not None, reason="samplerate is installed")
@pytest.mark.parametrize("res_type", ["linear", "sinc_best"])
def test_resampler_that_is_not_installed_is_an_import_error_naming_it(wav, res_type):
    with pytest.raises(ImportError, match=f"{res_type}.*pip install samplerate"):
        load_audio(wav, res_type=res_type)


# Sources


@pytest.mark.parametrize("container, subtype", FORMATS)
def test_formats_read_alike_by_name_by_content_and_by_file(stereo, tmp_path, container, subtype):
    path = tmp_path / f"sound.{container.lower()}"
    soundfile.write(path, stereo.T, RATE, format=container, subtype=subtype)
    content = path.read_bytes()
    with soundfile.SoundFile(path) as sound:
        frames = sound.read(dtype="float32")

    waveform, rate = load_audio(str(path), sample_rate=None)
    assert rate == RATE
    assert waveform.dtype == np.float32
    np.testing.assert_array_equal(waveform, frames.T.mean(axis=0))
    assert np.corrcoef(waveform[: len(stereo[0])], stereo.mean(axis=0)[: len(waveform)])[0, 1] > 0.9
    with path.open("rb") as file:
        sources = [path, content, bytearray(content), memoryview(content), io.BytesIO(content), file]
        for source in sources:
            np.testing.assert_array_equal(load_audio(source, sample_rate=None)[0], waveform, err_msg=repr(type(source)))


def test_directory_entry_is_a_path(wav):
    [entry] = os.scandir(wav.parent)
    [bytes_entry] = os.scandir(os.fsencode(wav.parent))
    expected = load_audio(wav)[0]
    np.testing.assert_array_equal(load_audio(entry)[0], expected)
    np.testing.assert_array_equal(load_audio(bytes_entry)[0], expected)


def test_file_object_is_rewound_before_it_is_read_and_left_open(wav):
    expected = load_audio(wav)[0]
    with wav.open("rb") as file:
        file.seek(1000)
        for _ in range(2):
            np.testing.assert_array_equal(load_audio(file)[0], expected)
        assert not file.closed


@pytest.mark.parametrize("name", ["sound", "sound.mp3", "sound.raw", "sound.txt", "SOUND.WAV", "s o\tü\n.wav"])
def test_content_decides_whatever_the_name(wav, tmp_path, name):
    (tmp_path / name).write_bytes(wav.read_bytes())
    np.testing.assert_array_equal(load_audio(tmp_path / name)[0], load_audio(wav)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_names_that_are_not_utf8_read_and_can_be_printed(wav, tmp_path):
    name = os.path.join(os.fsencode(tmp_path), b"caf\xe9.wav")
    with open(name, "wb") as file:
        file.write(wav.read_bytes())
    np.testing.assert_array_equal(load_audio(os.fsdecode(name))[0], load_audio(wav)[0])

    os.truncate(name, 10)
    with pytest.raises(AudioReadError, match=r"caf\\\\xe9\.wav") as caught:
        load_audio(os.fsdecode(name))
    assert str(caught.value).isprintable()
    caught.value.path.encode("utf-8")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs a list of open descriptors")
def test_files_are_closed_whether_they_read_or_not(wav, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        load_audio(wav)
        for bad in (broken, tmp_path):
            with pytest.raises(AudioReadError):
                load_audio(bad)
    assert len(os.listdir("/proc/self/fd")) == before


# Waveforms in memory


@pytest.mark.parametrize(
    "dtype, given, expected",
    [
        (np.uint8, [0, 128, 255], [-1, 0, 127 / 128]),
        (np.int16, [-32768, 0, 16384], [-1, 0, 0.5]),
        (np.int32, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (np.int8, [-128, 0, 64], [-1, 0, 0.5]),
        (np.uint16, [0, 32768, 65535], [-1, 0, 32767 / 32768]),
        (np.uint32, [0, 2**31, 2**31 + 2**30], [-1, 0, 0.5]),
        (">i2", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("<i2", [-32768, 0, 16384], [-1, 0, 0.5]),
        (">i4", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (">u2", [0, 32768, 49152], [-1, 0, 0.5]),
        (">f4", [-1, 0, 0.25], [-1, 0, 0.25]),
        (np.float16, [-1, 0, 0.25], [-1, 0, 0.25]),
        (np.float64, [-1, 0, 2.5], [-1, 0, 2.5]),
    ],
)
def test_integers_with_a_range_are_scaled_by_it(dtype, given, expected):
    for samples in (np.array(given, dtype), np.array([given, given], dtype)):
        waveform, _ = load_audio((samples, 8000), sample_rate=None)
        assert waveform.dtype == np.float32
        np.testing.assert_array_equal(waveform, np.float32(expected))


@pytest.mark.parametrize("dtype", ["int64", "uint64", ">i8"])
@pytest.mark.parametrize("hold", [np.asarray, lambda x: [x, 8000], list], ids=["array", "pair", "list"])
def test_integers_without_a_known_scale_are_refused_with_what_to_pass(dtype, hold):
    samples = np.array([100, 200, 300], dtype)
    source = tuple(hold(samples)) if hold(samples)[-1] == 8000 else hold(samples)
    with pytest.raises(AudioReadError, match=r"int64, whose full scale is not known.*'int16'.*'float32'"):
        load_audio(source if dtype != ">i8" else [100, 200, 300])


@pytest.mark.parametrize("subtype, dtype", [("PCM_16", "int16"), ("PCM_32", "int32")])
def test_integer_samples_give_what_their_file_gives(stereo, tmp_path, subtype, dtype):
    path = tmp_path / "sound.wav"
    soundfile.write(path, stereo.T, RATE, subtype=subtype)
    samples, _ = soundfile.read(path, dtype=dtype)
    np.testing.assert_array_equal(load_audio((samples.T, RATE))[0], load_audio(path)[0])


@pytest.mark.parametrize("samples", [[0.0, 0.5, -0.5], (0.0, 0.5, -0.5), pd.Series([0.0, 0.5, -0.5])], ids=type)
def test_a_pair_holds_any_array_like(samples):
    np.testing.assert_array_equal(load_audio((samples, 8000), sample_rate=None)[0], np.float32([0, 0.5, -0.5]))


def test_bare_waveform_is_at_the_declared_rate():
    samples = np.linspace(-1, 1, 100, dtype=np.float32)
    waveform, rate = load_audio(samples, sample_rate=8000)
    assert rate == 8000
    np.testing.assert_array_equal(waveform, samples)
    with pytest.raises(AudioReadError, match="sample_rate"):
        load_audio(samples, sample_rate=None)


@settings(deadline=None)
@given(
    arrays(np.float32, st.integers(1, 300), elements=st.floats(-1, 1, width=32)),
    st.integers(1, 200_000) | st.floats(0.5, 200_000),
    st.booleans(),
)
def test_pair_at_its_own_rate_comes_back_unchanged(samples, rate, declared):
    waveform, found = load_audio((samples, rate), sample_rate=rate if declared else None)
    assert found == rate
    assert waveform.tobytes() == samples.tobytes()
    assert not np.shares_memory(waveform, samples)


@settings(deadline=None)
@given(n=st.integers(1, 20_000), rate=st.integers(4000, 200_000), sample_rate=st.integers(4000, 96_000))
def test_resampled_length_is_exact(n, rate, sample_rate):
    waveform, found = load_audio((np.zeros(n), rate), sample_rate=sample_rate)
    assert found == sample_rate
    assert len(waveform) == math.ceil(n * (sample_rate / rate))


# Channels and parts


@pytest.mark.parametrize("form", ["path", "bytes", "pair"])
def test_channels(wav, stereo, form):
    source = {"path": wav, "bytes": wav.read_bytes(), "pair": (stereo, RATE)}[form]
    for channel, expected in [("mean", stereo.mean(axis=0)), (0, stereo[0]), (np.int64(1), stereo[1])]:
        waveform, _ = load_audio(source, sample_rate=None, channel=channel)
        np.testing.assert_array_equal(waveform, expected)
    with pytest.raises(AudioReadError, match=r"channel=2 does not exist; it has 2"):
        load_audio(source, channel=2)


def test_opposite_channels_mix_to_silence(stereo):
    assert not load_audio((np.stack([stereo[0], -stereo[0]]), RATE))[0].any()


@pytest.mark.parametrize("form", ["path", "bytes", "file", "pair"])
@pytest.mark.parametrize("offset, duration", [(0, None), (0.1, None), (0, 0.2), (0.1, 0.2), (0.45, 1)])
def test_offset_and_duration_cut_samples(wav, stereo, form, offset, duration):
    content = wav.read_bytes()
    source = {"path": wav, "bytes": content, "file": io.BytesIO(content), "pair": (stereo, RATE)}[form]
    waveform, _ = load_audio(source, sample_rate=None, offset=offset, duration=duration)
    start = int(offset * RATE)
    stop = None if duration is None else start + int(duration * RATE)
    np.testing.assert_array_equal(waveform, stereo.mean(axis=0)[start:stop])


@pytest.mark.parametrize(
    "segment, parameters, same_as",
    [
        ((0.1, 0.2), {}, {"offset": 0.1, "duration": 0.2}),
        ((0.1, None), {}, {"offset": 0.1}),
        ((0.1, 0.2), {"duration": 0.05}, {"offset": 0.1, "duration": 0.05}),
        ((0.1, 0.2), {"duration": 5}, {"offset": 0.1, "duration": 0.2}),
        ((0.125, 0.25), {"offset": 0.125}, {"offset": 0.25, "duration": 0.125}),
        ((0.125, 0.25), {"offset": 0.125, "duration": 0.0625}, {"offset": 0.25, "duration": 0.0625}),
    ],
)
def test_segment_is_a_clip_of_its_own(wav, segment, parameters, same_as):
    for path in (wav, str(wav)):
        waveform, _ = load_audio((path, *segment), **parameters)
        np.testing.assert_array_equal(waveform, load_audio(wav, **same_as)[0])


# What cannot be read


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
    reader.join(timeout=10)
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


# Plain 16-bit WAV, which is read without libsndfile


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav_of(samples, rate=8000, *, before=b"", after=b"", form=None, size=None):
    n_channels = samples.shape[1]
    form = form or struct.pack("<HHIIHH", 1, n_channels, rate, 2 * n_channels * rate, 2 * n_channels, 16)
    data = samples.astype("<i2").tobytes()
    data = b"data" + struct.pack("<I", len(data) if size is None else size) + data
    body = b"WAVE" + before + chunk(b"fmt ", form) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


STEREO_16 = np.random.default_rng(0).integers(-32768, 32768, (1000, 2))
PLAIN = {
    "as it is": wav_of(STEREO_16),
    "one channel": wav_of(STEREO_16[:, :1]),
    "chunks before": wav_of(STEREO_16, before=chunk(b"LIST", b"INFOabc") + chunk(b"JUNK", b"")),
    "chunks after": wav_of(STEREO_16, after=chunk(b"LIST", b"INFO") + chunk(b"id3 ", b"abcd")),
    "an odd rate": wav_of(STEREO_16, rate=44101),
}
NOT_PLAIN = {
    "24 bits": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 1, 2, 8000, 48000, 6, 24)),
    "another encoding": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 3, 2, 8000, 64000, 8, 32)),
    "a longer form": wav_of(STEREO_16, form=struct.pack("<HHIIHHH", 1, 2, 8000, 32000, 4, 16, 0)),
    "a wrong frame size": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 1, 2, 8000, 32000, 2, 16)),
    "a size of nothing": wav_of(STEREO_16, size=0),
    "an unknown size": wav_of(STEREO_16, size=0xFFFFFFFF),
    "more promised than there is": wav_of(STEREO_16, size=4004),
    "half a frame": wav_of(STEREO_16, size=3998),
    "two pieces of data": wav_of(STEREO_16, after=chunk(b"data", b"abcd")),
    "junk after": wav_of(STEREO_16, after=b"\0" * 100),
    "half a chunk after": wav_of(STEREO_16, after=b"LIST"),
    "a chunk after that is cut": wav_of(STEREO_16, after=b"LIST" + struct.pack("<I", 99) + b"INFO"),
    "a rate of 1": wav_of(STEREO_16, rate=1),
    "data before the form": b"RIFF" + struct.pack("<I", 20) + b"WAVE" + chunk(b"data", b"abcd"),
    "samples that begin late": wav_of(STEREO_16, before=chunk(b"LIST", b"INFO" + b"\0" * 9000)),
    "no RIFF": b"RIFX" + wav_of(STEREO_16)[4:],
}


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_plain_wav_has_the_bits_of_libsndfile(content, tmp_path):
    path = tmp_path / "plain.wav"
    path.write_bytes(content)
    expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
    for source in (content, path):
        with open_bytes(source) if source is content else open_path(source) as sound:
            assert isinstance(sound, PlainWav)
            assert (sound.rate, sound.channels, sound.finite) == (rate, expected.shape[1], True)
            assert np.concatenate(list(sound.blocks(0, None))).tobytes() == expected.tobytes()
            first, end = int(0.011 * rate), int(0.011 * rate) + int(0.01 * rate)
            assert np.concatenate(list(sound.blocks(0.011, 0.01))).tobytes() == expected[first:end].tobytes()
        assert load_audio(source, sample_rate=None)[0].tobytes() == expected.mean(axis=1).tobytes()
    with open_path(path) as sound, pytest.raises(ValueError, match="past its end"):
        list(sound.blocks(1.0, None))


@pytest.mark.parametrize("content", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whatever_is_not_plain_is_left_to_libsndfile(content, tmp_path):
    assert parse_plain_wav(content, len(content)) is None
    path = tmp_path / "other.wav"
    path.write_bytes(content)
    with open(path, "rb") as file:
        assert parse_plain_wav(file.fileno(), len(content)) is None
    try:
        expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        expected = np.empty((0, 1))
    if not len(expected) or not np.isfinite(expected).all():
        with pytest.raises(AudioReadError):
            load_audio(path)
    else:
        assert load_audio(path, sample_rate=None)[0].tobytes() == expected.mean(axis=1).tobytes()


@settings(deadline=None, max_examples=300)
@given(
    place=st.integers(0, 60),
    value=st.integers(0, 255),
    cut=st.one_of(st.none(), st.integers(0, 160)),
    tail=st.binary(max_size=24),
)
def test_a_damaged_header_is_read_as_libsndfile_reads_it_or_left_to_it(place, value, cut, tail):
    content = bytearray(wav_of(STEREO_16[:20], before=chunk(b"LIST", b"INFOab")))
    content[place] = value
    content = bytes(content[:cut]) + tail
    plain = parse_plain_wav(content, len(content))
    if plain is None:
        return
    expected, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    assert (plain.rate, plain.channels) == (rate, expected.shape[1])
    assert np.concatenate(list(plain.blocks(0, None))).tobytes() == expected.tobytes()


def test_a_large_plain_wav_comes_in_blocks_with_the_same_bits(tmp_path):
    path = tmp_path / "large.wav"
    samples = np.random.default_rng(0).integers(-32768, 32768, (1_300_001, 2), dtype=np.int16)
    soundfile.write(path, samples, 44100, subtype="PCM_16")
    with open_path(path) as sound:
        blocks = list(sound.blocks(0.5, None))
    assert len(blocks) == 3
    assert np.concatenate(blocks).tobytes() == (samples[22050:].astype(np.float32) / 32768).tobytes()
    with open_path(path) as sound:
        found = sound.blocks(0, None)
        next(found)
        os.truncate(path, 3_000_000)
        with pytest.raises(ValueError, match="shorter while it was read"):
            list(found)
