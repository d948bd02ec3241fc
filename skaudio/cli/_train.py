"""``skaudio train``: a pipeline fitted to all of a dataset, saved."""

from __future__ import annotations

import time
from pathlib import Path

from skaudio.cli._data import load
from skaudio.cli._output import check_output, save_model
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import console
from skaudio.cli._settings import pipeline_of


def train_pipeline(
    data: Path, output: Path, settings: list[str] | None, *, missing: str, columns: list[str] | None, seed: int
) -> None:
    """Fit and save. What it is worth is what ``skaudio evaluate`` says with the same settings."""
    check_output(output)
    pipeline = pipeline_of(settings, seed=seed, verbose=1)
    dataset = load(data, missing=missing, columns=columns, folds=False)
    import_keras_quietly()
    start = time.perf_counter()
    pipeline.fit(dataset.data, dataset.target)
    seconds = time.perf_counter() - start
    save_model(pipeline.set_params(features__verbose=0), output)  # the bar was for the training alone
    console.print(
        f"{output}: trained on {len(dataset.data)} clips of {len(dataset.target_names)} classes in {seconds:.1f} s; "
        "how good it is on clips it has not heard, `skaudio evaluate` tells",
        soft_wrap=True,
    )
