"""MP3s that are damaged or short, or whose headers and tags are wrong."""

import io
import struct

import numpy as np
import pytest
import soundfile
from encoding import RATE, encoded, sweep
from mp3s import mp3, read, without_header

from skaudio.audio._content import Content
from skaudio.audio._mpeg import mpeg_streams
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips


def headerless(sound, rate=RATE):
    return encoded(sound, rate, "mp3", "libmp3lame", bitrate=64000, write_xing="0", id3v2_version="0")


@pytest.mark.parametrize("spoil", [lambda one: one + bytes(500) + one, lambda one: one[:9000] + one[9010:]])
def test_parts_behind_the_first_of_several_streams_are_cuts_of_the_whole(tmp_path, spoil):
    """How long a stream without a header is, only its end tells; damage makes two of one."""
    path = tmp_path / "sound.mp3"
    path.write_bytes(spoil(headerless(sweep(3))))
    whole = read(path)
    for offset in (0.5, 1.5, 2.0, 2.9, 4.0, 5.0):
        expected = whole[int(offset * RATE) :][:22050]
        if len(expected):
            np.testing.assert_array_equal(read(path, offset=offset, duration=0.5), expected)
    with pytest.raises(AudioReadError, match="past its end"):
        read(path, offset=100)


@pytest.mark.parametrize("quiet", [0.0, 5.0])
def test_another_header_than_xing_s_which_the_decoder_does_not_know_is_none(quiet):
    content = mp3(sweep(20, quiet=quiet))
    body = without_header(content)
    (stream,) = mpeg_streams(Content(body, len(body)))
    head = bytearray(stream.frame.size)
    head[:4] = body[:4]
    head[36:54] = struct.pack(">4sHHHII", b"VBRI", 1, 0, 75, len(content), 766)
    np.testing.assert_array_equal(read(bytes(head) + body), read(body))
    assert check_clips([bytes(head) + body]).empty


@pytest.mark.parametrize("first, second", [(1, 2), (2, 1)])
def test_joined_ones_of_other_channels_without_headers_are_refused(first, second):
    content = headerless(sweep(2, n_channels=first)) + headerless(sweep(2, n_channels=second))
    with pytest.raises(AudioReadError, match=r"2 MP3s joined, 44100 Hz with 1 .* and 44100 Hz with 2"):
        read(content)


def test_a_cut_one_before_another_is_told_of_and_parts_are_cuts(tmp_path):
    first, second = mp3(sweep(4)), mp3(sweep(3, quiet=1))
    path = tmp_path / "sound.mp3"
    path.write_bytes(first[: len(first) // 2] + second)
    whole = read(path)
    n_second = len(read(second))
    np.testing.assert_array_equal(whole[-n_second:], read(second))
    assert n_second + RATE < len(whole) < n_second + 3 * RATE
    np.testing.assert_array_equal(read(path, offset=3.5), whole[int(3.5 * RATE) :])
    assert check_clips([path]).problem.tolist() == ["truncated"]


def test_one_without_a_header_before_one_with_it_is_told_apart():
    bare, content = headerless(sweep(2)), mp3(sweep(3))
    np.testing.assert_array_equal(read(bare + content), np.concatenate([read(bare), read(content)]))


def test_a_header_that_tells_of_too_few_frames_is_told_of():
    content = mp3(sweep(20, quiet=5))
    at = content.index(b"Xing") + 8
    (stream,) = mpeg_streams(Content(content, len(content)))
    few = content[:at] + (stream.n_promised // 2).to_bytes(4, "big") + content[at + 4 :]
    (row,) = check_clips([few]).itertuples()
    assert row.problem == "truncated"
    assert f"tells of {stream.n_promised // 2} MPEG frames, and {stream.n_promised + 1} are there" in row.detail


def test_damage_within_one_with_a_header_costs_little_and_is_told_of():
    content = mp3(sweep(4))
    damaged = content[:9000] + content[9010:]
    assert len(read(damaged)) > 3.8 * RATE
    assert check_clips([damaged]).problem.tolist() == ["truncated"]


def test_very_short_ones_without_a_header():
    content = mp3(sweep(0.01, 24000), 24000, mode="CONSTANT", level=0.98)
    assert len(content) < 128
    assert len(read(content)) == len(soundfile.read(io.BytesIO(content))[0])


@pytest.mark.parametrize("tag", ["ape in front", "footer", "too small a size", "no size"])
def test_tags_of_odd_forms(tmp_path, tag):
    content = mp3(sweep(2))
    body = bytes(3000)
    tagged = {
        "ape in front": b"APETAGEX" + (2000).to_bytes(4, "little") + (3000).to_bytes(4, "little") + bytes(16) + body,
        "footer": b"ID3\x04\x00\x10" + bytes([0, 0, 23, 56]) + body + b"3DI\x04\x00\x10" + bytes([0, 0, 23, 56]),
        "too small a size": b"ID3\x04\x00\x00" + bytes([0, 0, 0, 100]) + body,
        "no size": b"ID3\x04\x00\x00" + bytes(4) + body,
    }[tag] + content
    path = tmp_path / "sound.mp3"
    path.write_bytes(tagged)
    for source in (path, tagged):
        np.testing.assert_array_equal(read(source), read(content))


@pytest.mark.parametrize("content", [b"\xff\xfb\x90\x64" * 1000, b"\xff\xfb\x90\x64" + bytes(100)])
def test_what_only_starts_as_one_is_refused_in_words_that_are_true(tmp_path, content):
    path = tmp_path / "sound.mp3"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(AudioReadError) as raised:
            read(source)
        assert "regular file" not in str(raised.value)
