"""What a refusal says: what the file is, in words of its own; nothing else is printed, and the check says the same."""

import subprocess
import sys

import numpy as np
import pytest
from encoding import RATE, decoded, encoded, sweep

from skaudio import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips

WAV = encoded(sweep(1), RATE, "wav", "pcm_s16le")
FLAC = encoded(sweep(1), RATE, "flac", "flac")


@pytest.mark.parametrize(
    "content, says",
    [
        (b"# A heading\n\nand a paragraph\n", "it is text, not sound: it starts with '# A heading"),
        ("grüße\n".encode() * 200, "it is text, not sound"),
        (bytes(range(128, 255)), "it is in no sound format that is known here; it starts with the bytes 80 81 82"),
        (WAV[:20] + b"\x34\x12" + WAV[22:], "it is WAV in an encoding that is not read here, number 0x1234"),
        (WAV[:22] + b"\0\0" + WAV[24:], "it starts as WAV does, and is damaged: Channel count is zero"),
        (WAV[:8] + b"EVAW" + WAV[12:], "it starts as WAV does, and is damaged"),
        (FLAC[: len(FLAC) // 2], "it is damaged: its decoder gives up after"),
        (b"ID3\4\0\0\0\0\0\x10" + bytes(16), r"it holds a tag \(ID3, APE\), and no sound after it"),
        (b"\xff\xfb\x90\x00" + bytes(3000), "it starts as MPEG audio does, and holds no frames"),
    ],
)
def test_a_refusal_says_what_the_file_is(content, says, tmp_path):
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    for source in (content, path):
        with pytest.raises(AudioReadError, match=says) as caught:
            load_audio(source)
        assert "\n" not in str(caught.value)
    (detail,) = check_clips([path]).detail
    assert detail == caught.value.reason


def test_the_check_refuses_a_rate_that_reading_refuses():
    few = WAV[:24] + (1).to_bytes(4, "little") + WAV[28:]
    with pytest.raises(AudioReadError, match="its rate is 1 Hz") as caught:
        load_audio(few)
    assert check_clips([few]).detail.tolist() == [caught.value.reason]


@pytest.mark.parametrize("n_channels", [1, 2])
def test_flac_in_ogg_is_read_where_its_first_page_tells_no_length(n_channels):
    content = encoded(sweep(3, n_channels=n_channels), RATE, "ogg", "flac")
    expected = decoded(content).mean(axis=0)
    waveform, rate = load_audio(content, sample_rate=None)
    assert rate == RATE
    np.testing.assert_array_equal(waveform, expected)
    part, _ = load_audio(content, sample_rate=None, offset=1.0, duration=0.5)
    np.testing.assert_array_equal(part, expected[RATE : RATE + RATE // 2])
    twice, _ = load_audio(content + content, sample_rate=None)
    np.testing.assert_array_equal(twice, np.tile(expected, 2))
    tagged, _ = load_audio(content + b"TAG" + bytes(125), sample_rate=None)
    np.testing.assert_array_equal(tagged, expected)
    assert check_clips([content]).empty


def test_flac_in_ogg_that_is_cut_or_chained_with_another_encoding_says_so():
    content = encoded(sweep(3), RATE, "ogg", "flac")
    with pytest.raises(AudioReadError, match=r"its Ogg pages end at byte \d+ of \d+; it is cut"):
        load_audio(content[: len(content) // 2])
    last = content.rindex(b"OggS")
    (problem,) = check_clips([content[:last]]).itertuples()
    assert (problem.problem, problem.detail) == ("truncated", "its last page is missing")
    with pytest.raises(AudioReadError, match="of FLAC and of another encoding"):
        load_audio(content + encoded(sweep(1, 48000), 48000, "ogg", "libopus"))


DAMAGED = """
import sys
from pathlib import Path
from threading import Thread
from skaudio import load_audio
from skaudio.exceptions import AudioReadError

def read(path):
    for source in (path, Path(path).read_bytes()):
        try:
            load_audio(source)
        except AudioReadError:
            pass

threads = [Thread(target=read, args=[path]) for path in sys.argv[1:]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
import ctypes
ctypes.CDLL(None).perror(b"C's own")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library's stream is a variable in glibc")
def test_decoders_print_nothing_and_other_code_still_can(tmp_path):
    whole = encoded(sweep(3), RATE, "mp3", "libmp3lame")
    rng = np.random.default_rng(0)
    paths = []
    for n in range(40):
        content = bytearray(whole)
        for at in rng.integers(len(content), size=8):
            content[at : at + 30] = rng.bytes(30)
        content[len(content) - 400 * (n % 3) :] = WAV[:4000] if n % 2 else b""
        paths.append(tmp_path / f"{n}.mp3")
        paths[-1].write_bytes(content)
    done = subprocess.run([sys.executable, "-c", DAMAGED, *paths], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.startswith("C's own")
