"""`Plan`: what of a fitted pipeline goes into a graph, or why it cannot."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skaudio._version import __version__
from skaudio.augmentation import AugmentedClassifier
from skaudio.exceptions import ExportError, warn_user
from skaudio.extraction import Padded, Recipe
from skaudio.feature_extraction import BaseAudioTransformer, recipe_of

_NEAR = 0.95  # of half the rate: what lies above it depends on the resampler


@dataclass(frozen=True)
class Plan:
    """The parts of a pipeline.

    Parameters
    ----------
    pipeline : Pipeline
        The whole.
    features : BaseAudioTransformer
        Its first step.
    recipe : Recipe
        What that does with a clip.
    middle : list of (str, estimator)
        The steps between.
    name : str
        Of the last step.
    classifier : classifier
        The last step.
    """

    pipeline: Pipeline
    features: BaseAudioTransformer
    recipe: Recipe
    middle: list[tuple[str, Any]]
    name: str
    classifier: Any

    @property
    def classes(self) -> list[Any]:
        """The labels, as JSON has them."""
        return [each.item() if isinstance(each, np.generic) else each for each in self.classifier.classes_]

    @property
    def sample_rate(self) -> float:
        """The rate of the waveforms."""
        return float(self.recipe.reader.sample_rate or 0)

    @property
    def n_samples(self) -> int | None:
        """The length that the graph brings waveforms to, where it does."""
        steps: list[Any] = list(self.recipe.features)
        while steps:
            step = steps.pop()
            if isinstance(step, Padded):
                return step.n_samples
            if step is not None:
                steps.append(step.of)
        return None

    def about(self) -> dict[str, str]:
        """Return what whoever uses the graph must know, by name; all of it is text."""
        reader = self.recipe.reader
        length = (
            f"any; cut or padded with silence to {self.n_samples} samples in the graph" if self.n_samples else "any"
        )
        if reader.offset or (reader.duration is not None and self.n_samples is None):
            until = "the end" if reader.duration is None else f"{reader.offset + reader.duration:g} s"
            length = f"that of the clip from {reader.offset:g} s to {until}"
        return {
            "classes": json.dumps(self.classes),
            "sample_rate": f"{self.sample_rate:g}",
            "waveform": "float32, full scale is 1, mono: "
            + ("the mean of the channels" if reader.channel == "mean" else f"channel {reader.channel}"),
            "length": length,
            "resampler": f"{reader.res_type}, as of soxr (HQ) or librosa; another one changes what lies near half the "
            "rate, and classes with it",
            "features": json.dumps(list(self.features.get_feature_names_out())),
            "skaudio": __version__,
        }

    def warn_of_resampling(self) -> None:
        """Warn where features reach so near to half the rate that the resampler matters most."""
        highest = min(getattr(self.features, "fmax", None) or math.inf, self.sample_rate / 2)
        if highest > _NEAR * self.sample_rate / 2:
            warn_user(
                f"the features reach up to {highest:g} Hz, near half of sample_rate={self.sample_rate:g}, where "
                f"resamplers differ: whoever feeds the graph must resample by {self.recipe.reader.res_type}; with "
                f"fmax={0.9 * self.sample_rate / 2:.0f} or less, MFCCs and mel bands bear others, too"
            )


def plan_of(estimator: Any) -> Plan:
    """Return the parts of a fitted pipeline.

    Raises
    ------
    ExportError
        If it is no pipeline from a transformer of this package to a classifier with probabilities.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    found = getattr(estimator, "best_estimator_", estimator)
    if isinstance(found, AugmentedClassifier):
        check_is_fitted(found)
        found = found.estimator_
    if not isinstance(found, Pipeline):
        raise ExportError(
            f"a {type(found).__name__} cannot be exported; a fitted Pipeline is expected, or a search of one"
        )
    if not found.steps:
        raise ExportError("the pipeline has no steps")
    (first, features), *rest = found.steps
    if not isinstance(features, BaseAudioTransformer):
        raise ExportError(
            f"the first step, {first!r}, is a {type(features).__name__}, and a transformer of skaudio is expected there"
        )
    steps = [(name, step) for name, step in rest if step is not None and not isinstance(step, str)]
    if not hasattr(found, "predict_proba"):
        last = found.steps[-1]
        raise ExportError(
            f"the last step, {last[0]!r}, is a {type(last[1]).__name__}, which gives no probabilities of classes"
        )
    check_is_fitted(found)
    if np.ndim(found.classes_) != 1 or isinstance(found.classes_, list):
        raise ExportError(
            f"the last step, {steps[-1][0]!r}, tells several things of a clip; one, its class, is expected"
        )
    return Plan(found, features, recipe_of(features), steps[:-1], *steps[-1])
