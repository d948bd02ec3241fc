"""Sounds of all kinds, features of all kinds, and pipelines of them, to export."""

import warnings

import numpy as np
from sklearn.pipeline import make_pipeline

from skaudio import MFCCTransformer
from skaudio.feature_extraction import (
    AudioFeatureUnion,
    ChromaTransformer,
    LogMelTransformer,
    ModulationTransformer,
    SpectralTransformer,
)

RATE = 22050
_RNG = np.random.default_rng(0)
_T = np.arange(2 * RATE) / RATE


def _sounds():
    """Return sounds of all kinds, by name."""
    noise = _RNG.normal(0, 0.1, len(_T))
    click = np.zeros(len(_T))
    click[9000] = 1
    half_silent = noise * (_T < 1)
    return {
        "noise": noise,
        "a rising tone": 0.3 * np.sin(2 * np.pi * (200 + 800 * _T) * _T),
        "silence": np.zeros(len(_T)),
        "a click": click,
        "noise, then silence": half_silent,
        "very quiet": 1e-4 * noise,
        "loud": np.clip(8 * noise, -1, 1),
        "constant": np.full(len(_T), 0.5),
        "one sample": np.array([0.5]),
        "100 samples": noise[:100],
        "eight frames": noise[: 7 * 512],
        "long": np.tile(noise, 6) * np.linspace(1, 0.01, 6 * len(_T)),
    }


SOUNDS = {name: samples.astype(np.float32) for name, samples in _sounds().items()}
CLIPS = list(SOUNDS.values())
LABELS = np.array(["ant", "bee", "cat"])[np.arange(len(CLIPS)) % 3]
SEVEN = ("mean", "std", "min", "max", "median", "skew", "kurtosis")

FEATURES = {
    "default": MFCCTransformer(),
    "all statistics": MFCCTransformer(n_mfcc=20, statistics=(*SEVEN, "p5", "p97.5"), deltas=2),
    "HTK": MFCCTransformer(n_mfcc=13, n_mels=40, htk=True, mel_norm=None, fmin=50.0, fmax=8000.0, lifter=22),
    "other frames": MFCCTransformer(n_fft=1024, hop_length=300, win_length=900, window="hamming", dct_type=3),
    "an odd length": MFCCTransformer(n_fft=1001, hop_length=77, n_mels=40, n_mfcc=13),
    "a prime length": MFCCTransformer(n_fft=509, hop_length=128, n_mels=40, n_mfcc=13, dct_type=1, norm=None),
    "magnitudes": LogMelTransformer(n_mels=40, power=1.0, top_db=40.0, statistics=("mean", "p50")),
    "another power": LogMelTransformer(n_mels=40, power=1.5, top_db=60.0, mel_norm=2.0),
    "no floor": LogMelTransformer(n_mels=40, top_db=None, statistics=("mean", "std")),
    "modulation": ModulationTransformer(n_mels=40),
    "other modulation": ModulationTransformer(n_mels=20, bands=(1.0, 3.0, 9.5), hop_length=256),
    "spectral": SpectralTransformer(statistics=("mean", "std", "min", "max", "median"), deltas=1),
    "spectral moments": SpectralTransformer(statistics=("skew", "kurtosis")),
    "chroma": ChromaTransformer(statistics=SEVEN),
    "union": AudioFeatureUnion([("mfcc", MFCCTransformer(deltas=1)), ("mel", LogMelTransformer(n_mels=40))]),
    "sequences": LogMelTransformer(n_mels=32, statistics=None, duration=1.5, deltas=1),
    "sequences of two": AudioFeatureUnion(
        [
            ("mfcc", MFCCTransformer(n_mfcc=13, statistics=None, duration=1.0)),
            ("spectral", SpectralTransformer(statistics=None, duration=1.0)),
        ]
    ),
}


def scale_of(values):
    """Return what each feature usually is: what a difference is to be seen beside."""
    return np.maximum(1.0, np.abs(values).max(axis=tuple(range(values.ndim - 1))))


def fitted(*steps):
    """Return a pipeline of steps, fitted as well as these few clips let it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_pipeline(*steps).fit(CLIPS, LABELS)
