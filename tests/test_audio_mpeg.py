"""MP3s as recorders, encoders and people who join files leave them."""

import io

import numpy as np
import pytest
import soundfile
from encoding import RATE, encoded, sweep
from mp3s import mp3, read, without_header
from oracle import librosa_load

from skaudio.audio import open_path
from skaudio.audio._content import Content
from skaudio.audio._mpeg import mpeg_streams
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips, describe_clips


@pytest.mark.parametrize("rate, n_channels", [(44100, 1), (48000, 2), (32000, 1), (22050, 2), (16000, 1), (8000, 1)])
def test_without_a_header_all_there_is_is_read(tmp_path, rate, n_channels):
    """The decoder's estimate from the first frames, which are faint, is a part of it, or more than there is."""
    content = mp3(sweep(20, rate, n_channels, quiet=5), rate)
    bare = without_header(content)
    path = tmp_path / "sound.mp3"
    path.write_bytes(bare)
    n_estimated = len(soundfile.read(io.BytesIO(bare))[0])
    whole, waveform = read(content), read(bare)
    assert n_estimated < len(waveform) or n_estimated == len(waveform) > len(whole)
    n = len(waveform) - len(whole)
    assert 0 <= n <= 3 * 1152  # the encoder's padding, which only the header tells
    starts = [start for start in range(n + 1) if np.array_equal(waveform[start : start + len(whole)], whole)]
    assert len(starts) == 1
    np.testing.assert_array_equal(read(path), waveform)
    with path.open("rb") as file:
        np.testing.assert_array_equal(read(file), waveform)
    assert check_clips([str(path), content]).empty


def test_the_decoder_s_own_estimate_is_less_than_half():
    bare = without_header(mp3(sweep(20, quiet=5)))
    assert len(soundfile.read(io.BytesIO(bare))[0]) < 0.5 * 20 * RATE
    assert len(read(bare)) > 20 * RATE


@pytest.mark.parametrize("write_xing", ["0", "1"])
@pytest.mark.parametrize("bitrate", [32000, 128000, 320000])
def test_a_constant_rate_is_healthy_with_a_header_and_without(tmp_path, write_xing, bitrate):
    content = encoded(sweep(6, n_channels=2), RATE, "mp3", "libmp3lame", bitrate=bitrate, write_xing=write_xing)
    path = tmp_path / "sound.mp3"
    path.write_bytes(content)
    assert check_clips([path, content]).empty
    n = len(read(path))
    assert n == 6 * RATE if write_xing == "1" else 6 * RATE < n < 6 * RATE + 3 * 1152
    np.testing.assert_array_equal(read(path), read(content))


@pytest.mark.parametrize("write_xing, says", [("0", "its last frame has"), ("1", "header promises 264600 samples")])
def test_one_that_is_cut_is_told_of(write_xing, says):
    content = encoded(sweep(6), RATE, "mp3", "libmp3lame", bitrate=64000, write_xing=write_xing)
    for size in (len(content) // 2, len(content) - 100):
        row = check_clips([content[:size]]).iloc[0]
        assert row.problem == "truncated"
        assert says in row.detail


@pytest.mark.parametrize("level, n_channels", [(0.0, 2), (0.99, 2), (0.99, 1)])
def test_one_longer_than_a_block_has_the_bits_of_one_read_whole(tmp_path, level, n_channels):
    """At low rates its frames lean on the bits of those before them, which a seek forgets."""
    path = tmp_path / "long.mp3"
    path.write_bytes(mp3(sweep(14, n_channels=n_channels), mode="CONSTANT", level=level))
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    with open_path(path) as sound:
        blocks = list(sound.blocks(0, None))
    assert len(blocks) > 2
    assert np.concatenate(blocks).tobytes() == expected.tobytes()
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(read(source), librosa_load(path, sr=None)[0])


@pytest.mark.parametrize("rate, level", [(44100, 0.0), (44100, 0.95), (22050, 0.9), (8000, 0.99)])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_a_part_is_a_cut_of_the_whole(tmp_path, rate, level, mode):
    """A decoder that enters in the middle lacks what the first frames there lean on: 0.5 of full scale off."""
    path = tmp_path / "sound.mp3"
    path.write_bytes(mp3(sweep(20, rate, 2), rate, mode=mode, level=level))
    whole = read(path)
    for offset, duration in [(0.05, 0.5), (3.1234567, 0.2), (11, 5), (19.5, None), (19.9, 10)]:
        start = int(offset * rate)
        expected = whole[start : None if duration is None else start + int(duration * rate)]
        for source in (path, path.read_bytes()):
            part = read(source, offset=offset, duration=duration)
            np.testing.assert_allclose(part, expected, rtol=0, atol=2e-7)
    with pytest.raises(AudioReadError, match="offset=25 s is past its end"):
        read(path, offset=25)


ID3 = b"ID3\x04\x00\x00" + bytes([0, 1, 0, 0]) + bytes(1 << 14)
ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize("between", [b"", ID3, ID3V1, ID3V1 + ID3, bytes(1000)], ids=len)
@pytest.mark.parametrize("counted", [True, False])
def test_joined_files_are_read_as_both(tmp_path, between, counted):
    """Xing's header in the first tells the length of the first, where the decoder stops."""
    first, second = mp3(sweep(3)), mp3(sweep(2, quiet=1))
    if not counted:
        second = without_header(second)
    expected = np.concatenate([read(first), read(second)])
    path = tmp_path / "joined.mp3"
    path.write_bytes(first + between + second + between)
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(read(source), expected)
        part = read(source, offset=2.5, duration=1)
        np.testing.assert_allclose(part, expected[int(2.5 * RATE) : int(3.5 * RATE)], rtol=0, atol=2e-7)
        np.testing.assert_allclose(read(source, offset=3.5), expected[int(3.5 * RATE) :], rtol=0, atol=2e-7)
    assert check_clips([path]).empty


@pytest.mark.parametrize("n_junk", [100, 5000, 60000])
@pytest.mark.parametrize("counted", [True, False])
def test_what_stands_behind_it_or_within_it_is_stepped_over(n_junk, counted):
    """As lyrics, pictures and chunks of a container do."""
    junk = np.random.default_rng(0).integers(0, 255, n_junk, "uint8").tobytes()
    content = mp3(sweep(2))
    content = content if counted else without_header(content)
    np.testing.assert_array_equal(read(content + junk), read(content))
    assert check_clips([content + junk]).empty
    if not counted:
        assert len(read(content + junk + content)) == 2 * len(read(content))


def test_three_joined_and_two_without_headers():
    one = mp3(sweep(2))
    np.testing.assert_array_equal(read(3 * one), np.tile(read(one), 3))
    bare = without_header(one)
    assert len(read(bare + bare)) == 2 * len(read(bare))


def test_joined_ones_that_differ_are_refused():
    content = mp3(sweep(2)) + mp3(sweep(2, 22050, 2), 22050)
    with pytest.raises(AudioReadError, match=r"2 MP3s joined, 22050 Hz with 2 .* and 44100 Hz with 1 .*split it"):
        read(content)
    assert check_clips([content]).problem.tolist() == ["unreadable"]


@pytest.mark.parametrize(
    "junk", [bytes(5000), b"recorder 1.0\n" * 9, b"\xff\xfb" * 400], ids=["zeros", "text", "syncs"]
)
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("name", ["sound.mp3", "sound.wav", "sound"])
def test_one_that_starts_late_is_read_by_path_and_by_content(tmp_path, junk, counted, name):
    content = mp3(sweep(2))
    content = content if counted else without_header(content)
    path = tmp_path / name
    path.write_bytes(junk + content)
    np.testing.assert_array_equal(read(path.read_bytes()), read(content))
    np.testing.assert_array_equal(read(path), read(content))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_short_ones(n):
    content = mp3(np.zeros((1, n * 100)))
    assert len(read(content)) == n * 100
    assert len(read(without_header(content))) >= n * 100


@pytest.mark.parametrize("codec, layer", [("mp2", "II"), ("libmp3lame", "III")])
def test_layers_are_named(codec, layer):
    content = encoded(sweep(2), RATE, "mp2" if codec == "mp2" else "mp3", codec, bitrate=128000)
    assert len(read(content)) >= 2 * RATE
    assert describe_clips([content])["subtype"].tolist() == [f"MPEG_LAYER_{layer}"]
    assert check_clips([content]).empty


def test_what_the_decoder_says_of_a_stream_is_the_header_s_word():
    """The parser of frames and the decoder agree on rate and channels."""
    for rate in (44100, 48000, 32000, 22050, 24000, 16000, 11025, 12000, 8000):
        for n_channels in (1, 2):
            content = mp3(sweep(1, rate, n_channels), rate)
            (stream,) = mpeg_streams(Content(content, len(content)))
            with soundfile.SoundFile(io.BytesIO(content)) as file:
                assert (stream.frame.rate, stream.frame.channels) == (file.samplerate, file.channels)
