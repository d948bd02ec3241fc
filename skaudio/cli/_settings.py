"""``--set step__parameter=value``, on the pipeline that a command starts from."""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skaudio.pipeline import make_audio_pipeline


def pipeline_of(settings: list[str] | None, *, seed: int, n_jobs: int | None = -1, verbose: int = 0) -> Any:
    """Return the tutorial's pipeline with `settings` applied; a value is a Python literal, or else text."""
    pipeline = make_audio_pipeline(n_jobs=n_jobs, random_state=seed, verbose=verbose)
    pipeline.set_params(classifier__verbose=0)
    for setting in settings or []:
        name, equals, text = setting.partition("=")
        if not equals or "__" not in name:
            raise ValueError(f"--set {setting!r} is not of the form step__parameter=value, as classifier__epochs=50")
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = text
        pipeline.set_params(**{name.strip(): value})
    return pipeline


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
