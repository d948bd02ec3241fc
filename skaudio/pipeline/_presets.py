"""The features that have a name: as rows of statistics, and as sequences for networks that read frame by frame."""

from __future__ import annotations

from typing import Any

from skaudio.feature_extraction import (
    AudioFeatureUnion,
    ChromaTransformer,
    LogMelTransformer,
    MFCCTransformer,
    ModulationTransformer,
    SpectralTransformer,
)

PRESETS = {
    "strong": "statistics of MFCCs, mel bands, modulation, spectra and chroma, side by side",
    "tutorial": "40 mean MFCCs, as in the UrbanSound8K tutorials",
    "cnn": "mel bands frame by frame, for the convolutional network",
    "speech": "frames of 25 ms each 10 ms at 16 kHz",
}
"""What `make_audio_pipeline` takes as ``preset``, in words."""

_SPEECH: dict[str, Any] = {"sample_rate": 16000, "n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 40}


def make_features(preset: str, *, sequences: bool, **shared: Any) -> Any:
    """Return the transformer of a preset; `shared` are what all have: ``cache``, ``n_jobs`` and ``verbose``.

    Raises
    ------
    ValueError
        If there is no such preset.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset={preset!r} is unknown; {', '.join(map(repr, PRESETS))} are known")
    if sequences:
        return _sequences(preset, shared)
    if preset == "tutorial":
        return MFCCTransformer(**shared)
    if preset == "speech":
        return MFCCTransformer(
            n_mfcc=20, statistics=("mean", "std", "skew", "kurtosis", "p5", "p95"), deltas=2, **_SPEECH, **shared
        )
    # These parts were chosen on the folds of ESC-10, so that the accuracy there is a little optimistic.
    return AudioFeatureUnion(
        [
            ("mfcc", MFCCTransformer(n_mfcc=25, statistics=_SEVEN, deltas=1)),
            ("mel", LogMelTransformer(n_mels=64, statistics=("mean", "std", "p5", "p95"), deltas=1)),
            ("modulation", ModulationTransformer(n_mels=64)),
            ("spectral", SpectralTransformer(statistics=("mean", "std", "min", "max", "skew", "kurtosis"))),
            ("chroma", ChromaTransformer()),
        ],
        **shared,
    )


_SEVEN = ("mean", "std", "min", "max", "median", "skew", "kurtosis")


def _sequences(preset: str, shared: dict[str, Any]) -> Any:
    if preset == "tutorial":
        return MFCCTransformer(statistics=None, duration=4.0, **shared)
    if preset == "speech":
        return LogMelTransformer(statistics=None, duration=1.0, **_SPEECH, **shared)
    return LogMelTransformer(n_mels=64, statistics=None, duration=5.0, **shared)
