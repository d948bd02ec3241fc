"""The pipeline that a command starts from: ``--preset``, ``--model`` and ``--set step__parameter=value``."""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from skaudio.exceptions import warn_user
from skaudio.neural import find_keras
from skaudio.pipeline import make_audio_pipeline

_WORDS = {"true": True, "false": False, "none": None, "null": None}
LONG_FRAME = 0.128
"""Seconds beyond which a frame blurs what it is about."""


@dataclass(frozen=True)
class Setup:
    """What a command is told of the pipeline.

    Parameters
    ----------
    preset : str
        The features, by name.
    model : str
        The classifier, by name.
    settings : list of str or None
        Parameters, as ``step__parameter=value``.
    seed : int
        Seed of all that is random.
    """

    preset: str = "tutorial"
    model: str = "ann"
    settings: list[str] | None = None
    seed: int = 0

    @property
    def needs_keras(self) -> bool:
        """Whether the classifier is a network."""
        return self.model == "ann"

    def pipeline(self, *, n_jobs: int | None = -1, verbose: int = 0) -> Any:
        """Return the pipeline with all settings applied, each of them checked before any work."""
        if self.needs_keras:
            try:
                find_keras()
            except ImportError as error:
                raise ImportError(f"{error}; --model logistic, forest, svm and lda work without") from error
        pipeline = self.features_and_classifier(n_jobs=n_jobs, verbose=verbose)
        features = pipeline["features"]
        frame = frame_of(features)
        if frame is not None and frame > LONG_FRAME:
            warn_user(
                f"frames of {1000 * frame:.0f} ms blur what changes faster; {frame_settings(features.sample_rate)} "
                "make them 25 to 50 ms long"
            )
        return pipeline

    def features_and_classifier(self, *, n_jobs: int | None = -1, verbose: int = 0) -> Any:
        """Return the pipeline with all settings applied, whether or not its classifier can be fitted here."""
        pipeline = make_audio_pipeline(
            self.preset, classifier=self.model, n_jobs=n_jobs, random_state=self.seed, verbose=verbose
        )
        if self.needs_keras:
            pipeline.set_params(classifier__verbose=0)
        for setting in self.settings or []:
            name, equals, text = setting.partition("=")
            name = name.strip()
            if not equals:
                raise ValueError(f"--set {setting!r} is not of the form step__parameter=value, as classifier__C=0.5")
            check_name(pipeline, name, "--set")
            pipeline.set_params(**{name: value_of(text, pipeline.get_params().get(name))})
            check_value(pipeline, name, f"--set {setting!r}")
        return pipeline


def frame_settings(rate: float) -> str:
    """Return the settings for frames of 25 ms or a little more, each 10 ms."""
    n_fft = 1 << int(0.025 * rate - 1).bit_length()
    settings = {"sample_rate": f"{rate:g}", "n_fft": n_fft, "hop_length": round(0.01 * rate), "n_mels": 40}
    return " ".join(f"--set features__{name}={value}" for name, value in settings.items())


def frame_of(features: Any) -> float | None:
    """Return the length of a transformer's frames in s; None where it has none of its own."""
    parameters = features.get_params(deep=False)
    if not {"n_fft", "sample_rate"} <= set(parameters):
        return None
    return float((parameters.get("win_length") or parameters["n_fft"]) / parameters["sample_rate"])


def value_of(text: str, current: Any) -> Any:
    """Return what the text of a value means: a Python literal, true, false or none in any capitals, a list, or text."""
    text = text.strip()
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if isinstance(current, (tuple, list)):  # as mean,std
        return tuple(value_of(part, None) for part in text.strip("()[]").split(",") if part.strip())
    return text


def check_name(pipeline: Any, name: str, where: str) -> None:
    """Raise ValueError where a parameter's name lacks its step, and say which is meant."""
    if "__" in name:
        return
    steps = [step for step, estimator in pipeline.steps if name in estimator.get_params(deep=False)]
    if steps:
        meant = " or ".join(f"{step}__{name}" for step in steps)
        raise ValueError(f"{where} {name!r} names no step; did you mean {meant}?")
    raise ValueError(f"{where} {name!r} is no step__parameter, such as classifier__epochs")


def check_value(pipeline: Any, name: str, where: str) -> None:
    """Raise ValueError where a parameter that was set has a value that its estimator refuses."""
    *owners, _ = name.split("__")
    owner = pipeline
    for each in owners:
        owner = owner.get_params()[each]
    if not hasattr(owner, "_validate_params"):
        return
    try:
        owner._validate_params()  # now, and not after the clips have been read
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def check_grid(pipeline: Any, grid: Any) -> None:
    """Raise ValueError where a grid has a name or a value that the pipeline does not take."""
    for part in [grid] if isinstance(grid, dict) else grid:
        for name, values in part.items():
            check_name(pipeline, name, "the grid's")
            for value in values:
                check_value(clone(pipeline).set_params(**{name: value}), name, f"the grid's {name}={value!r}")


@contextmanager
def own_store(pipeline: Any, on_error: str = "skip") -> Iterator[None]:
    """Have each clip extracted once: give `pipeline` a store for as long as this lasts, unless it has one.

    Where all clips are read once and for all, to ``raise``, there is no need of one.
    """
    if on_error == "raise" or pipeline.get_params()["features__cache"] is not None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="skaudio-") as folder:
        pipeline.set_params(features__cache=os.path.join(folder, "features.sqlite"))
        try:
            yield
        finally:
            pipeline.set_params(features__cache=None)
