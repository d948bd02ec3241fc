"""The pipeline that a command starts from: ``--preset``, ``--model`` and ``--set step__parameter=value``."""

from __future__ import annotations

import ast
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.base import clone

from skaudio.exceptions import warn_user
from skaudio.neural import find_keras
from skaudio.pipeline import NETWORKS, make_audio_pipeline, model_of_preset

_WORDS = {"true": True, "false": False, "none": None, "null": None}
LONG_FRAME = 0.128
"""Seconds; a longer frame blurs sounds that change within it."""


@dataclass(frozen=True)
class Setup:
    """What a command is told of the pipeline.

    Parameters
    ----------
    preset : str
        The features, by name.
    model : str or None
        The classifier, by name; None is the preset's.
    settings : list of str or None
        Parameters, as ``step__parameter=value``.
    seed : int
        Seed of all that is random.
    model_file : Path or None
        The pretrained model of the preset "embedding".
    """

    preset: str = "strong"
    model: str | None = None
    settings: list[str] | None = None
    seed: int = 0
    model_file: Path | None = None

    @property
    def needs_keras(self) -> bool:
        """Whether the classifier is a network."""
        return (self.model or model_of_preset(self.preset)) in NETWORKS

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
            settings = frame_settings(features.sample_rate, features)
            warn_user(f"frames of {1000 * frame:.0f} ms blur what changes faster; {settings} make them shorter")
        return pipeline

    def features_and_classifier(self, *, n_jobs: int | None = -1, verbose: int = 0) -> Any:
        """Return the pipeline with all settings applied, whether or not its classifier can be fitted here."""
        if (self.model_file is None) == (self.preset == "embedding"):
            raise ValueError("--preset embedding and --model-file, the pretrained model, go together")
        pipeline = make_audio_pipeline(
            self.preset,
            classifier=self.model,
            model=None if self.model_file is None else str(self.model_file),
            n_jobs=n_jobs,
            random_state=self.seed,
            verbose=verbose,
        )
        if self.needs_keras:
            pipeline.set_params(classifier__verbose=0)
        for setting in self.settings or []:
            name, equals, text = setting.partition("=")
            name = name.strip()
            if not equals:
                raise ValueError(f"--set {setting!r} is not of the form step__parameter=value, as classifier__C=0.5")
            check_name(pipeline, name, "--set")
            pipeline.set_params(**{name: value_of(text, _current(pipeline, name))})
            check_value(pipeline, name, f"--set {setting!r}")
        return pipeline


def frame_settings(rate: float, features: Any) -> str:
    """Return the settings for frames of 25 ms or a little more, each 10 ms."""
    n_fft = 1 << int(0.025 * rate - 1).bit_length()
    settings = {"sample_rate": f"{rate:g}", "n_fft": n_fft, "hop_length": round(0.01 * rate), "n_mels": 40}
    octaves = [part for part in _parts_of(features) if "n_bands" in part.get_params(deep=False)]
    if octaves:  # those that there is room for
        settings["n_bands"] = min(octaves[0].n_bands, math.ceil(math.log2(rate / 2 / octaves[0].fmin)))
    return " ".join(f"--set features__{name}={value}" for name, value in settings.items())


def frame_of(features: Any) -> float | None:
    """Return the length of a transformer's frames in s, the longest of a union's; None where it has none."""
    lengths = [
        (part.win_length or part.n_fft) / part.sample_rate for part in _parts_of(features) if hasattr(part, "n_fft")
    ]
    return float(max(lengths, default=0)) or None


def _parts_of(features: Any) -> list[Any]:
    """Return the transformers of a union; of anything else, itself."""
    named = getattr(features, "named_transformers", None)
    return [features] if named is None else [part for part in named.values() if part != "drop"]


def _current(pipeline: Any, name: str) -> Any:
    """Return the value that a parameter has, also one that a union hands on to its transformers."""
    parameters = pipeline.get_params()
    step, _, parameter = name.partition("__")
    if name in parameters or step not in pipeline.named_steps:
        return parameters.get(name)
    return next((getattr(part, parameter) for part in _parts_of(pipeline[step]) if hasattr(part, parameter)), None)


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
    for part in {id(each): each for each in (owner, *_parts_of(owner))}.values():
        try:
            if hasattr(part, "_validate_params"):
                part._validate_params()  # now, and not after the clips have been read
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
def temporary_store(pipeline: Any, on_error: str = "skip") -> Iterator[None]:
    """Give `pipeline` a store while the block runs, unless it has one, so that each clip is extracted only once.

    With ``on_error="raise"`` no store is needed: no clips are read beforehand to find those that cannot be read.
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
