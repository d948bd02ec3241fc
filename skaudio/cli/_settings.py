"""``--set step__parameter=value``, on the pipeline that a command starts from."""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skaudio.pipeline import make_audio_pipeline

_WORDS = {"true": True, "false": False, "none": None, "null": None}


def pipeline_of(settings: list[str] | None, *, seed: int, n_jobs: int | None = -1, verbose: int = 0) -> Any:
    """Return the tutorial's pipeline with `settings` applied, each of them checked."""
    pipeline = make_audio_pipeline(n_jobs=n_jobs, random_state=seed, verbose=verbose)
    pipeline.set_params(classifier__verbose=0)
    for setting in settings or []:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals:
            raise ValueError(f"--set {setting!r} is not of the form step__parameter=value, as classifier__epochs=50")
        check_name(pipeline, name, "--set")
        pipeline.set_params(**{name: value_of(text, pipeline.get_params().get(name))})
        step = name.partition("__")[0]
        try:
            pipeline[step]._validate_params()  # now, and not after the clips have been read
        except ValueError as error:
            raise ValueError(f"--set {setting!r}: {error}") from error
    return pipeline


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
