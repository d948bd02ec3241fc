"""What a few bytes can cost: rates that no sound has, and clips that do not fit in memory."""

import struct
import subprocess
import sys

import numpy as np
import pytest

from skaudio import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.feature_extraction import LogMelTransformer


def wav(rate, n=22_000):
    """Return a WAV of 16 bits whose header tells any rate."""
    form = struct.pack("<HHIIHH", 1, 1, rate, (2 * rate) & 0xFFFFFFFF, 2, 16)
    samples = np.random.default_rng(0).normal(0, 1000, n).astype("<i2").tobytes()
    head = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt \x10\0\0\0" + form
    return head + b"data" + struct.pack("<I", len(samples)) + samples


@pytest.mark.parametrize("rate", [1, 2, 5, 20])
def test_a_rate_that_makes_gigabytes_of_a_few_bytes_is_named(rate):
    with pytest.raises(AudioReadError, match=rf"its rate is {rate} Hz, at which 22000 samples are \d+ at 22050 Hz"):
        load_audio(wav(rate))
    assert len(load_audio(wav(rate), sample_rate=None)[0]) == 22_000
    assert len(load_audio(wav(rate), sample_rate=4 * rate)[0]) == 88_000


@pytest.mark.parametrize("rate", [100, 1000, 8000, 768_000, 4_294_967])
def test_rates_that_sounds_have_are_read(rate):
    found, _ = load_audio(wav(rate))
    assert len(found) == np.ceil(22_000 * (22050 / rate))


@pytest.mark.parametrize("rate", [1e300, 1e9, 2e8])
def test_a_rate_beyond_all_is_refused_at_once(rate):
    with pytest.raises(AudioReadError, match=r"its rate is .* Hz; one above 0, and 1e\+08 Hz at most"):
        load_audio((np.zeros(1000, np.float32), rate))


@pytest.mark.parametrize("rate", [1e-300, 1e-3])
def test_a_rate_of_next_to_nothing_is_refused(rate):
    with pytest.raises(AudioReadError, match="is its header right"):
        load_audio((np.zeros(1000, np.float32), rate))


def test_a_waveform_too_long_is_refused_before_it_is_copied():
    transformer = LogMelTransformer(max_duration=1.0)
    with pytest.raises(AudioReadError, match="longer than max_duration=1 s"):
        transformer.transform([np.zeros(30_000, np.float32)])
    assert transformer.transform([np.zeros(22_050, np.float32), (np.zeros(22_050, np.int16), 22_050)]).shape[0] == 2


LIMITED = """
import resource, sys, warnings
import numpy as np
import soundfile, soxr, pandas, scipy.fft, scipy.sparse
from skaudio import MFCCTransformer
MFCCTransformer().transform([np.zeros(30000, np.float32)])
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000,) * 2)
long = np.lib.stride_tricks.as_strided(np.zeros(1, np.int16), (120_000_000,), (0,))  # 480 MB as floats, none as it is
clips = [np.zeros(30000, np.float32), (long, 22050), np.zeros(30000, np.float32)]
rows, failures = MFCCTransformer().transform_with_failures(clips)
print(np.isnan(rows).all(axis=1).tolist(), failures[0].reason)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set by what Linux tells")
def test_a_clip_that_does_not_fit_in_memory_is_one_that_cannot_be_read():
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("[False, True, False] it does not fit in memory; set duration"), done.stderr
