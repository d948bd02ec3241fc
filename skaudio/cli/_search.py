"""``skaudio search``: the best parameters of a grid, by the dataset's own folds."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, ParameterGrid

from skaudio._writing import replacing
from skaudio.cli._data import Source, keep_readable
from skaudio.cli._evaluate import describe_folds
from skaudio.cli._output import save_model
from skaudio.cli._processes import quiet_workers
from skaudio.cli._progress import Ledger
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import (
    console,
    describe_accuracy,
    failures_of,
    print_folds,
    print_json,
    print_table,
    tell_failures,
)
from skaudio.cli._scoring import find_scorer
from skaudio.cli._settings import Setup, check_grid, temporary_store
from skaudio.pipeline import param_grid

_CAUTION = "It was chosen by these very folds: expect less of new clips. `skaudio score` on clips kept apart tells."
_SHOWN = 10  # candidates, the best first; the table that is written has all


def search_grid(
    data: Source,
    out: Path,
    grid: Path | None,
    setup: Setup,
    *,
    scoring: str,
    n_jobs: int | None,
    as_json: bool,
    on_error: str,
) -> int:
    """Search, print the best candidates, write ``cv_results.csv`` and ``model.skaudio``."""
    values = param_grid(setup.preset, setup.model) if grid is None else read_grid(grid)
    pipeline = setup.pipeline(n_jobs=None)
    check_grid(pipeline, values)
    dataset = data.load()
    scorer = find_scorer(scoring, dataset.target_names)
    out.mkdir(parents=True, exist_ok=True)
    if setup.needs_keras:
        import_keras_quietly()
    candidates = ParameterGrid(values)
    with temporary_store(pipeline), quiet_workers(networks=setup.needs_keras), tempfile.TemporaryDirectory() as folder:
        dataset, failures = keep_readable(dataset, pipeline, on_error)
        names, n_test = np.unique(folds := dataset.cv.fold_of(dataset.data), return_counts=True)
        ledger = Ledger(os.path.join(folder, "fits.jsonl"), scorer)
        search = GridSearchCV(pipeline, values, cv=dataset.cv, scoring=ledger, n_jobs=n_jobs, error_score="raise")
        with ledger.shown(len(candidates), len(names)):
            search.fit(dataset.data, dataset.target)
        right = ledger.right_of(search.best_estimator_, dataset.data, folds)
    words, interval = describe_accuracy(right, dataset.groups)
    search.best_estimator_.set_params(features__cache=pipeline.get_params()["features__cache"])
    table, model = out / "cv_results.csv", out / "model.skaudio"
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score", kind="stable")
    with replacing(table) as name:
        results.to_csv(name, index=False)
    save_model(search.best_estimator_, model)
    scores = np.asarray([right[folds == name].mean() for name in names])
    if as_json:
        print_json(
            {
                "data": str(data),
                "n_clips": len(dataset.data),
                "n_candidates": len(results),
                "scoring": scoring,
                "best_score": search.best_score_,
                "best_params": search.best_params_,
                "folds": [{"fold": f, "n_test": n, "accuracy": s} for f, n, s in zip(names, n_test, scores)],
                "mean_accuracy": scores.mean(),
                "sd_accuracy": scores.std(),
                **interval,
                "files": [str(table), str(model)],
                "failures": failures_of(failures),
                "seed": setup.seed,
            }
        )
        return tell_failures(failures)
    rows = [
        [", ".join(f"{name}={value!r}" for name, value in row["params"].items()), f"{mean:.3f}", f"{sd:.3f}"]
        for (_, row), mean, sd in zip(
            results.head(_SHOWN).iterrows(), results["mean_test_score"], results["std_test_score"]
        )
    ]
    print_table(f"The best of {len(results)} candidates", ["parameters", scoring, "sd"], rows)
    print_folds(f"The accuracy of the best one on {describe_folds(dataset)}", list(names), n_test.tolist(), scores)
    console.print(f"{words}\n{_CAUTION}\n")
    console.print(f"{table}: all candidates\n{model}: the best pipeline, trained on all clips", soft_wrap=True)
    return tell_failures(failures)


def read_grid(path: Path) -> Any:
    """Return the grid a JSON or YAML file holds: lists of values by ``step__parameter``, or a list of such grids."""
    if path.suffix not in (".json", ".yaml", ".yml"):
        raise ValueError(f"{str(path)!r} must end in .json, .yaml or .yml")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no grid {str(path)!r}")
    try:
        grid = json.loads(path.read_text("utf-8")) if path.suffix == ".json" else _read_yaml(path)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} is no {path.suffix[1:].upper()} of a grid: {error}") from error
    parts = grid if isinstance(grid, list) else [grid]
    if not parts or not all(
        isinstance(part, dict) and part and all(isinstance(values, list) and values for values in part.values())
        for part in parts
    ):
        raise ValueError(
            f"{str(path)!r} is no grid; lists of values by parameter are expected, as "
            '{"classifier__dropout": [0.2, 0.5]}'
        )
    return grid


def _read_yaml(path: Path) -> Any:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise ImportError(f"{str(path)!r} needs the package pyyaml: pip install pyyaml; .json needs none") from error
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
