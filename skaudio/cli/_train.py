"""``skaudio train``: a pipeline fitted to all of a dataset, saved."""

from __future__ import annotations

import time
from pathlib import Path

from skaudio.cli._data import Source, keep_readable
from skaudio.cli._output import check_model_output, save_model
from skaudio.cli._progress import EpochLine, progress
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import console, tell_failures
from skaudio.cli._settings import Setup, temporary_store


def train_pipeline(
    data: Source,
    output: Path,
    setup: Setup,
    *,
    on_error: str,
) -> int:
    """Fit the pipeline and save it; ``skaudio evaluate`` with the same settings tells how good it is."""
    check_model_output(output)
    pipeline = setup.pipeline(verbose=progress())
    dataset = data.load(folds=False)
    if setup.needs_keras:
        import_keras_quietly()
        pipeline["classifier"].set_callbacks(EpochLine())
    start = time.perf_counter()
    with temporary_store(pipeline, on_error):
        dataset, failures = keep_readable(dataset, pipeline, on_error)
        pipeline.fit(dataset.data, dataset.target)
    seconds = time.perf_counter() - start
    if setup.needs_keras:
        pipeline["classifier"].set_callbacks()
    save_model(pipeline.set_params(features__verbose=0), output)  # the bar was for the training alone
    console.print(
        f"{output}: trained on {len(dataset.data)} clips of {len(dataset.target_names)} classes in {seconds:.1f} s; "
        "how good it is on clips it has not heard, `skaudio evaluate` tells",
        soft_wrap=True,
    )
    return tell_failures(failures)
