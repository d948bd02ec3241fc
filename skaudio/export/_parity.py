"""`Parity`: how far a graph is from the pipeline it was made of, on real clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skaudio.clips import as_clip
from skaudio.exceptions import ExportError
from skaudio.export._plan import Plan


@dataclass(frozen=True)
class Parity:
    """How a graph and the pipeline differ on some clips.

    Attributes
    ----------
    n_clips : int
        How many there were.
    features_worst, features_mean : float
        Differences of the features, absolute.
    probabilities_worst, probabilities_mean : float
        Differences of the probabilities, absolute.
    changed : list
        The clips whose most probable class is another one.
    """

    n_clips: int
    features_worst: float
    features_mean: float
    probabilities_worst: float
    probabilities_mean: float
    changed: list[Any] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.n_clips} clips: features differ by {self.features_worst:.2g} at most and {self.features_mean:.2g} "
            f"in the mean, probabilities by {self.probabilities_worst:.2g} and {self.probabilities_mean:.2g}; "
            f"{len(self.changed)} classes changed"
        )


def parity_of(
    plan: Plan, run: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], clips: Any, atol: float
) -> Parity:
    """Compare a graph with its pipeline, clip by clip.

    Parameters
    ----------
    plan : Plan
        What was exported.
    run : callable
        From a waveform of shape (1, n_samples) to probabilities and features, by the graph.
    clips : list of clips
        As for the pipeline.
    atol : float
        How far probabilities may differ.

    Raises
    ------
    ExportError
        If they differ by more, or there are no clips.
    AudioReadError
        If a clip cannot be read.
    """
    features, shares, changed = [], [], []
    for clip in clips:
        row = plan.features.transform([clip])
        expected = plan.pipeline[1:].predict_proba(row)[0]
        waveform, _ = plan.recipe.reader.read(as_clip(clip))
        found, found_row = run(np.ascontiguousarray(waveform, np.float32)[None])
        shares.append(np.abs(found[0] - expected))
        features.append(np.abs(np.asarray(found_row[0], np.float64) - np.asarray(row)[0]).ravel())
        if found[0].argmax() != expected.argmax():
            changed.append(clip)
    if not shares:
        raise ExportError("clips is empty; some are needed to compare the graph with the pipeline")
    of_features, of_shares = np.concatenate(features), np.concatenate(shares)
    worst = float(of_shares.max())
    parity = Parity(
        len(shares), float(of_features.max()), float(of_features.mean()), worst, float(of_shares.mean()), changed
    )
    if not worst <= atol:  # NaN is never
        clip = clips[int(np.argmax([share.max() for share in shares]))]
        raise ExportError(
            f"the graph differs from the pipeline by more than atol={atol:g}: {parity}; worst of {clip!r}"
        )
    return parity
