"""Short WAV files that sound like something."""

import numpy as np
import soundfile

RATE = 22050


def tone(frequency, seconds=0.5, *, seed=0, noise=0.01):
    """A tone with a little noise."""
    n = int(seconds * RATE)
    random = np.random.default_rng(seed)
    return (0.3 * np.sin(2 * np.pi * frequency * np.arange(n) / RATE) + noise * random.normal(size=n)).astype("float32")


def hiss(seconds=0.5, *, seed=0, level=0.1):
    """White noise."""
    return (level * np.random.default_rng(seed).normal(size=int(seconds * RATE))).astype("float32")


def write(path, waveform, rate=RATE):
    """Write a waveform as 16-bit WAV, with the folders above it, and return its path as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, waveform, rate, subtype="PCM_16")
    return str(path)
