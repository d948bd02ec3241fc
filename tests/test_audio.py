"""`load_audio`: the numbers of librosa, from sources of any kind."""

import io
import math
import os
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile
from oracle import librosa_load
from stereo import RATE, stereo, wav  # noqa: F401 - fixtures

from skaudio import load_audio
from skaudio.audio import RES_TYPES
from skaudio.exceptions import AudioReadError

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


@pytest.mark.parametrize("container, subtype", [("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")])
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


@pytest.mark.parametrize("subtype, dtype", [("PCM_16", "int16"), ("PCM_32", "int32")])
def test_integer_samples_give_what_their_file_gives(stereo, tmp_path, subtype, dtype):
    path = tmp_path / "sound.wav"
    soundfile.write(path, stereo.T, RATE, subtype=subtype)
    samples, _ = soundfile.read(path, dtype=dtype)
    np.testing.assert_array_equal(load_audio((samples.T, RATE))[0], load_audio(path)[0])


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
