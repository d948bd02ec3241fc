"""Sounds that no other is like, and files of them."""

import io

import numpy as np
import soundfile

RATE = 22050


def sound(seed, seconds=4.0):
    """Return bursts of coloured noise and sweeps, another sound for each seed."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    time = np.arange(n) / RATE
    samples = rng.normal(0, 0.02, n)
    for _ in range(12):
        start, length, low, high = rng.uniform(0, seconds), rng.uniform(0.1, 0.6), *rng.uniform(150, 3500, 2)
        inside = (time >= start) & (time < start + length)
        local = time[inside] - start
        samples[inside] += 0.2 * np.sin(2 * np.pi * (low + (high - low) * local / length) * local)
    return samples.astype(np.float32)


def encoded(samples, rate=RATE, kind="WAV"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()
