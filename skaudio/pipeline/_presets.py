"""The features that have a name."""

from __future__ import annotations

from typing import Any

from skaudio.feature_extraction import MFCCTransformer

PRESETS = {
    "tutorial": "40 mean MFCCs, as in the UrbanSound8K tutorials",
    "speech": "MFCCs of frames of 25 ms each 10 ms at 16 kHz, their statistics and those of their changes",
}
"""What `make_audio_pipeline` takes as ``preset``, in words."""


def make_features(preset: str, **parameters: Any) -> Any:
    """Return the transformer of a preset; `parameters` are what all have: ``cache``, ``n_jobs`` and ``verbose``.

    Raises
    ------
    ValueError
        If there is no such preset.
    """
    if preset == "tutorial":
        return MFCCTransformer(**parameters)
    if preset == "speech":
        return MFCCTransformer(
            sample_rate=16000,
            n_fft=512,
            win_length=400,
            hop_length=160,
            n_mels=40,
            n_mfcc=20,
            statistics=("mean", "std", "min", "max"),
            deltas=2,
            **parameters,
        )
    raise ValueError(f"preset={preset!r} is unknown; {' or '.join(map(repr, PRESETS))} is expected")
