"""`Parity`: how far a graph is from the pipeline it was made of, on real clips."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skaudio.clips import as_clip
from skaudio.exceptions import ExportError, first_line
from skaudio.export._plan import Plan
from skaudio.neural import CNNClassifier

_STEP_TOLERANCE = 2e-3  # how far probabilities of the same features may differ


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


def check_and_compare(
    plan: Plan, path: Any, open_graph: Callable[[], Callable[[np.ndarray], Any]], clips: Any, atol: float
) -> Any:
    """Check a graph by itself and, where there are clips, on them; print and return what came of those."""
    run = check_steps(plan, open_graph)
    if clips is None:
        return None
    parity = parity_of(plan, run, list(clips), atol)
    print(f"{os.fspath(path)}: {parity}")
    return parity


def check_steps(plan: Plan, open_graph: Callable[[], Callable[[np.ndarray], Any]]) -> Any:
    """Open a graph, check that its steps after the features agree with the pipeline's on some sounds, and return it.

    A converter may write a step that computes something else than scikit-learn's, or that no runtime knows. Any sound
    shows that. `parity_of` tells how far the features differ on real sounds.

    Raises
    ------
    ExportError
        If it cannot be opened or run, or says something else.
    """
    try:
        run = open_graph()
        answers = [(waveform, *run(waveform[np.newaxis])) for waveform in _sounds(plan)]
    except Exception as error:  # each runtime has its own
        raise ExportError(f"the graph was made, and cannot be run: {first_line(error)}") from error
    for waveform, shares, row in answers:
        if isinstance(plan.classifier, CNNClassifier):  # it finds equal frames bit by bit, the graph with a tolerance
            row = plan.features.transform([waveform])
        _check_finite(plan, np.asarray(row), waveform)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that these rows have not
            expected = plan.pipeline[1:].predict_proba(np.asarray(row))
        worst = float(np.abs(shares - expected).max())
        if not worst <= _STEP_TOLERANCE:
            steps = ", ".join(
                f"{name!r} {type(step).__name__}" for name, step in [*plan.middle, (plan.name, plan.classifier)]
            )
            raise ExportError(
                f"one of the steps {steps} was converted to something else: of the same features, its probabilities "
                f"differ by {worst:.2g}"
            )
    return run


def _check_finite(plan: Plan, row: np.ndarray, waveform: np.ndarray) -> None:
    """Raise an error that names the features that a graph cannot compute of a sound, and the pipeline can."""
    lacking = ~np.isfinite(row)
    if not lacking.any() or not np.isfinite(plan.features.transform([waveform])).all():
        return
    names = plan.features.get_feature_names_out()[lacking.reshape(-1, row.shape[-1]).any(axis=0)]
    raise ExportError(
        f"in the graph, which computes in float32, {', '.join(names[:3])}{' and others' * (len(names) > 3)} of some "
        "sounds are no finite numbers, as they are in the pipeline"
    )


def _sounds(plan: Plan) -> list[np.ndarray]:
    """Return noise, a rising tone, and noise that fades into silence, as long as the pipeline takes them."""
    reader = plan.recipe.reader
    seconds = min(reader.max_duration or math.inf, reader.offset + 1.3)
    n = max(1, int(seconds * plan.sample_rate))
    time, noise = np.arange(n) / plan.sample_rate, np.random.default_rng(0).normal(0, 0.1, n)
    tone = 0.5 * np.sin(2 * np.pi * (100 + 0.1 * plan.sample_rate * time) * time)
    fading = noise * np.exp(-6 * time) * (time < 0.8 * seconds)
    return [part.astype(np.float32) for part in (noise, tone, fading)]


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
