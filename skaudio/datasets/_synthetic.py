"""`make_urban_sounds`: a small synthetic dataset in UrbanSound8K's layout."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.signal
from sklearn.utils import Bunch

from skaudio.datasets._urbansound8k import load_urbansound8k
from skaudio.exceptions import DatasetError

_MARKER = "SYNTHETIC.txt"
_N_FOLDS = 10
# Rates, depths and channels as mixed as in the real dataset; none of them a format that holds the time of writing.
_RATES = (44100, 48000, 22050, 16000, 11025)
_SUBTYPES = ("PCM_16", "PCM_24", "PCM_16", "PCM_32", "PCM_U8", "MS_ADPCM")

_DESCRIPTION = """Synthetic sounds in UrbanSound8K's layout, made by skaudio.datasets.make_urban_sounds(n_per_class={n},
random_state={seed}). They stand in for real sound where none is at hand; an accuracy on them says nothing about real
sound. Each class has several recordings; the clips of one share its background noise and its source's voice, as
the slices of a field recording do, and stand in one fold."""


def make_urban_sounds(root: Any, *, n_per_class: int = 20, random_state: int = 0) -> Bunch:
    """Write a small synthetic dataset in UrbanSound8K's layout: 10 classes, 10 folds, several recordings a class.

    It is synthetic: made for trying things out, tests and examples, not for results. Rates, bit depths, channels and
    lengths are mixed. Clips of one recording share their background, so a random split leaks here as it does on the
    real dataset.

    Parameters
    ----------
    root : str or PathLike
        Folder to write; it must be missing, empty, or a synthetic dataset, which is replaced.
    n_per_class : int, default=20
        Clips a class, at least 2.
    random_state : int, default=0
        Seed; the same seed gives the same files.

    Returns
    -------
    Bunch
        As from `load_urbansound8k`; ``DESCR`` says that it is synthetic.

    Raises
    ------
    DatasetError
        If `root` holds anything else.
    ValueError
        If `n_per_class` is below 2.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(folder, n_per_class=2)
    >>> len(dataset.data), len(dataset.target_names)
    (20, 10)
    """
    if n_per_class < 2:
        raise ValueError(f"n_per_class={n_per_class} must be at least 2")
    root = os.path.abspath(os.fspath(root))
    ours = os.path.isfile(os.path.join(root, _MARKER))
    if os.path.exists(root) and not ours and (not os.path.isdir(root) or os.listdir(root)):
        raise DatasetError(f"{root!r} is not empty, and not a synthetic dataset that may be replaced")
    description = _DESCRIPTION.format(n=n_per_class, seed=random_state)
    os.makedirs(os.path.dirname(root), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".synthetic-", dir=os.path.dirname(root)) as folder:
        beside = os.path.join(folder, "dataset")
        _write(beside, n_per_class, random_state)
        with open(os.path.join(beside, _MARKER), "w", encoding="utf-8") as file:
            file.write(description + "\n")
        if os.path.isdir(root):
            shutil.rmtree(root)
        os.rename(beside, root)
    dataset = load_urbansound8k(root)
    dataset.DESCR = f"{description}\n\n{dataset}"
    return dataset


def _write(root: str, n_per_class: int, seed: int) -> None:
    import soundfile

    for fold in range(1, _N_FOLDS + 1):
        os.makedirs(os.path.join(root, "audio", f"fold{fold}"))
    rows = []
    # At least two clips a recording where there are enough, and from 20 clips on a recording in each fold.
    n_recordings = max(2, min(n_per_class // 2, max(_N_FOLDS, n_per_class // 8)))
    for class_id, (name, voice) in enumerate(_VOICES.items()):
        for recording in range(n_recordings):
            rng = np.random.default_rng((seed, class_id, recording))
            fs_id = 100000 + 1000 * class_id + recording
            fold = (recording + class_id) % _N_FOLDS + 1
            background = _background(rng)
            pitch = rng.uniform(0.6, 1.7)
            rate = int(rng.choice(_RATES))
            subtype = str(rng.choice(_SUBTYPES))
            stereo = rng.random() < 0.4
            for k in range(len(range(recording, n_per_class, n_recordings))):
                seconds = round(float(rng.choice((0.4, 0.8, 1.2, 1.6)) * rng.uniform(0.8, 1.2)), 3)
                mono = _clip(rng, voice, pitch, background, seconds, rate)
                samples = np.column_stack([mono, 0.8 * mono]) if stereo else mono
                file_name = f"{fs_id}-{class_id}-0-{k}.wav"
                soundfile.write(os.path.join(root, "audio", f"fold{fold}", file_name), samples, rate, subtype=subtype)
                start = 2.0 * k
                rows.append((file_name, fs_id, start, start + seconds, 1 + k % 2, fold, class_id, name))
    columns = ["slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class"]
    os.makedirs(os.path.join(root, "metadata"))
    pd.DataFrame(rows, columns=columns).to_csv(os.path.join(root, "metadata", "UrbanSound8K.csv"), index=False)


def _clip(
    rng: np.random.Generator,
    voice: Callable[..., np.ndarray],
    pitch: float,
    background: np.ndarray,
    seconds: float,
    rate: int,
) -> np.ndarray:
    """Return one slice: its class's voice at the recording's pitch, in the recording's background."""
    n = round(seconds * rate)
    time = np.arange(n) / rate
    sound = voice(rng, time, pitch, rate)
    sound = sound / max(1e-9, np.abs(sound).max())
    noise = scipy.signal.lfilter([1.0], background, rng.standard_normal(n))
    noise = noise / np.abs(noise).max()
    mixed = rng.uniform(0.25, 0.7) * sound + 0.5 * noise
    return 0.9 * mixed / np.abs(mixed).max() * rng.uniform(0.5, 1.0)


def _background(rng: np.random.Generator) -> np.ndarray:
    """Return an all-pole filter of a few random resonances: one recording's colour of noise."""
    poles = rng.uniform(0.6, 0.95, 3) * np.exp(1j * rng.uniform(0.05, 0.9, 3) * np.pi)
    return np.real(np.poly(np.concatenate([poles, poles.conj()])))


def _band(rng: np.random.Generator, n: int, rate: int, low: float, high: float) -> np.ndarray:
    nyquist = rate / 2
    edges = [min(low, 0.8 * nyquist) / nyquist, min(high, 0.95 * nyquist) / nyquist]
    return scipy.signal.lfilter(*scipy.signal.butter(2, edges, "band"), rng.standard_normal(n))


def _tones(time: np.ndarray, frequencies: Any, weights: Any) -> np.ndarray:
    return np.sum([weight * np.sin(2 * np.pi * f * time) for f, weight in zip(frequencies, weights)], axis=0)


def _pulses(time: np.ndarray, per_second: float, decay: float) -> np.ndarray:
    """Return an envelope that jumps to 1 `per_second` times a second and falls off in between."""
    return np.exp(-decay * ((time * per_second) % 1.0) / per_second)


def _air_conditioner(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    hum = _tones(time, 100 * pitch * np.arange(1, 4), (1.0, 0.5, 0.3))
    return 0.4 * hum + _band(rng, len(time), rate, 150, 1200 * pitch)


def _car_horn(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    harmonics = np.arange(1, 6)
    return _tones(time, 420 * pitch * harmonics, 1 / harmonics) + _tones(time, 520 * pitch * harmonics, 1 / harmonics)


def _children_playing(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    calls = np.zeros_like(time)
    for start in rng.uniform(0, time[-1], 6):
        glide = rng.uniform(500, 1200) * pitch * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(2, 6) * time))
        calls += np.sin(2 * np.pi * np.cumsum(glide) / rate) * np.exp(-(((time - start) / 0.12) ** 2))
    return calls


def _dog_bark(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    voice = _tones(time, 380 * pitch * np.arange(1, 8), 1 / np.arange(1, 8)) + _band(rng, len(time), rate, 400, 2500)
    return voice * _pulses(time + rng.uniform(0, 0.3), rng.uniform(1.5, 3), 12.0)


def _drilling(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    return np.sign(np.sin(2 * np.pi * 160 * pitch * time)) * 0.5 + _band(rng, len(time), rate, 1500, 6000)


def _engine_idling(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    return _tones(time, 45 * pitch * np.arange(1, 9), 1 / np.arange(1, 9)) * _pulses(time, 11 * pitch, 10.0)


def _gun_shot(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    start = rng.uniform(0, 0.3) * time[-1]
    decay = np.where(time < start, 0.0, np.exp(-9 * (time - start)))
    return decay * rng.standard_normal(len(time))


def _jackhammer(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    return _band(rng, len(time), rate, 300, 4000) * _pulses(time, 14 * pitch, 30.0)


def _siren(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    sweep = 900 * pitch * (1 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.4, 2) * time))
    phase = 2 * np.pi * np.cumsum(sweep) / rate
    return np.sin(phase) + 0.4 * np.sin(2 * phase)


def _street_music(rng: Any, time: np.ndarray, pitch: float, rate: int) -> np.ndarray:
    beat = rng.uniform(2, 4)
    notes = 220 * pitch * 2 ** (rng.choice([0, 3, 5, 7, 10, 12], 64) / 12)
    frequency = notes[np.minimum((time * beat).astype(int), 63)]
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    return (np.sin(phase) + 0.5 * np.sin(3 * phase)) * _pulses(time, beat, 3.0)


_VOICES = {
    "air_conditioner": _air_conditioner,
    "car_horn": _car_horn,
    "children_playing": _children_playing,
    "dog_bark": _dog_bark,
    "drilling": _drilling,
    "engine_idling": _engine_idling,
    "gun_shot": _gun_shot,
    "jackhammer": _jackhammer,
    "siren": _siren,
    "street_music": _street_music,
}
