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
    "speech": "statistics of MFCCs, mel bands and modulation, of frames of 25 ms each 10 ms at 16 kHz",
    "embedding": "what a pretrained model makes of a clip, its mean over time",
}
"""What `make_audio_pipeline` takes as ``preset``, in words."""

_ALL_STATISTICS = ("mean", "std", "min", "max", "median", "skew", "kurtosis")
_SPEECH_FRAMES: dict[str, Any] = {
    "sample_rate": 16000,
    "n_fft": 512,
    "win_length": 400,
    "hop_length": 160,
    "n_mels": 40,
}


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
        return _make_sequence_features(preset, shared)
    if preset == "tutorial":
        return MFCCTransformer(**shared)
    # Chosen on the folds of ESC-10 and of spoken digits, so that the accuracies there are a little optimistic.
    mfcc_settings = _SPEECH_FRAMES if preset == "speech" else {}
    mel_settings = _SPEECH_FRAMES if preset == "speech" else {"n_mels": 64}
    parts: list[tuple[str, Any]] = [
        ("mfcc", MFCCTransformer(n_mfcc=25, statistics=_ALL_STATISTICS, deltas=1, **mfcc_settings)),
        ("mel", LogMelTransformer(statistics=("mean", "std", "p5", "p95"), deltas=1, **mel_settings)),
        ("modulation", ModulationTransformer(**mel_settings)),
    ]
    if preset == "strong":
        spectral = SpectralTransformer(statistics=("mean", "std", "min", "max", "skew", "kurtosis"))
        parts += [("spectral", spectral), ("chroma", ChromaTransformer())]
    return AudioFeatureUnion(parts, **shared)


def _make_sequence_features(preset: str, shared: dict[str, Any]) -> Any:
    if preset == "tutorial":
        return MFCCTransformer(statistics=None, duration=4.0, **shared)
    if preset == "speech":
        return LogMelTransformer(statistics=None, duration=1.0, **_SPEECH_FRAMES, **shared)
    return LogMelTransformer(n_mels=64, statistics=None, duration=5.0, **shared)
