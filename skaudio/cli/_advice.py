"""Whether the features suit the sounds: what `explore` and `check` say of rates and frames."""

from __future__ import annotations

from typing import Any

from skaudio.cli._settings import LONG_FRAME, frame_of, frame_settings


def advise(rates: dict[int, int], features: Any) -> list[str]:
    """Return what is to be said, a sentence each.

    Parameters
    ----------
    rates : dict of int to int
        How many clips have which sampling rate, in Hz.
    features : transformer
        What is going to read them.
    """
    sentences = []
    rate = getattr(features, "sample_rate", None)
    frame = frame_of(features)
    if rate is not None and rates:
        n_low = sum(n for each, n in rates.items() if 2 * each < rate)
        low = max((each for each in rates if 2 * each < rate), key=rates.__getitem__, default=0)
        if 2 * n_low > sum(rates.values()):
            sentences.append(
                f"{n_low} of {sum(rates.values())} clips have a rate far below the features' {rate:g} Hz, most of "
                f"them {low} Hz: frames are long for what they hold, and bands above {low / 2:g} Hz are empty. "
                f"For speech take --preset speech; else {frame_settings(low, features)}."
            )
            return sentences
    if frame is not None and frame > LONG_FRAME:
        sentences.append(
            f"Frames of {1000 * frame:.0f} ms blur what changes faster. Set {frame_settings(rate or 22050, features)}."
        )
    return sentences
