"""What the tests of decoding share: two different channels, as samples and as a file."""

import numpy as np
import pytest
import soundfile

RATE = 24000  # one that Opus has too


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
