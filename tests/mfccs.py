"""What the tests of MFCCs share: clips of several rates, their rows, and parameters by name."""

import numpy as np
import pytest
import soundfile

from skaudio import MFCCTransformer

TOLERANCE = 5e-3
RATE = 22050


def ids(parameters):
    return ", ".join(f"{k}={'array' if np.size(v) > 9 else v}" for k, v in parameters.items()) or "defaults"


def make_noise():
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


def write_clips(folder):
    """40 short files of several rates, depths and channels: more than a batch."""
    rng = np.random.default_rng(1)
    paths = []
    for i in range(40):
        rate = (8000, 22050, 44100, 48000)[i % 4]
        channels = 1 + i % 2
        n = int(rate * rng.uniform(0.3, 0.6))
        tone = np.sin(2 * np.pi * rng.uniform(100, 3000, channels) * np.arange(n)[:, None] / rate)
        paths.append(str(folder / f"{i:02d}.wav"))
        subtype = ("PCM_16", "FLOAT", "PCM_24")[i % 3]
        soundfile.write(paths[-1], 0.3 * tone + rng.normal(0, 0.05, (n, channels)), rate, subtype=subtype)
    return paths


@pytest.fixture(scope="module")
def noise():
    return make_noise()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def rows(paths, each_kernel):
    return MFCCTransformer(n_jobs=1).transform(paths)


@pytest.fixture(scope="module")
def broken(paths, tmp_path_factory):
    """The same list with a missing file, an empty one, and a missing value."""
    empty = tmp_path_factory.mktemp("broken") / "empty.wav"
    empty.touch()
    clips = list(paths[:6])
    clips[1] = str(empty.parent / "missing.wav")
    clips[2] = empty
    clips[4] = None
    return clips
