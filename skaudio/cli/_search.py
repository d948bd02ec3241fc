"""``skaudio search``: the best parameters of a grid, by the dataset's own folds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV

from skaudio.cli._data import Source, readable
from skaudio.cli._output import beside, save_model
from skaudio.cli._quiet import import_keras_quietly, quiet_workers
from skaudio.cli._report import (
    console,
    failures_of,
    print_folds,
    print_json,
    print_table,
    show_progress,
    tell_failures,
)
from skaudio.cli._settings import check_name, own_store, pipeline_of
from skaudio.pipeline import ANN_PARAM_GRID

_SHOWN = 10  # candidates, the best first; the table that is written has all


def search_grid(
    data: Source,
    out: Path,
    grid: Path | None,
    settings: list[str] | None,
    *,
    seed: int,
    n_jobs: int | None,
    as_json: bool,
    on_error: str,
) -> int:
    """Search, print the best candidates, write ``cv_results.csv`` and ``model.joblib``."""
    values = ANN_PARAM_GRID if grid is None else read_grid(grid)
    pipeline = pipeline_of(settings, seed=seed, n_jobs=None)
    for name in (name for part in ([values] if isinstance(values, dict) else values) for name in part):
        check_name(pipeline, name, "the grid's")
        pipeline.set_params(**{name: pipeline.get_params().get(name)})  # a misspelt one is named before the work
    dataset = data.load()
    out.mkdir(parents=True, exist_ok=True)
    import_keras_quietly()
    with own_store(pipeline), quiet_workers():
        dataset, failures = readable(dataset, pipeline, on_error)
        search = GridSearchCV(pipeline, values, cv=dataset.cv, n_jobs=n_jobs, error_score="raise")
        show_progress(search)
        search.fit(dataset.data, dataset.target)
    search.best_estimator_.set_params(features__cache=pipeline.get_params()["features__cache"])
    table, model = out / "cv_results.csv", out / "model.joblib"
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score", kind="stable")
    with beside(table) as name:
        results.to_csv(name, index=False)
    save_model(search.best_estimator_, model)
    folds, n_test = np.unique(dataset.cv.fold_of(dataset.data), return_counts=True)
    scores = np.asarray([search.cv_results_[f"split{i}_test_score"][search.best_index_] for i in range(len(folds))])
    if as_json:
        print_json(
            {
                "data": str(data),
                "n_clips": len(dataset.data),
                "n_candidates": len(results),
                "best_params": search.best_params_,
                "folds": [{"fold": f, "n_test": n, "accuracy": s} for f, n, s in zip(folds, n_test, scores)],
                "mean_accuracy": scores.mean(),
                "sd_accuracy": scores.std(),
                "files": [str(table), str(model)],
                "failures": failures_of(failures),
                "seed": seed,
            }
        )
        return tell_failures(failures)
    rows = [
        [", ".join(f"{name}={value!r}" for name, value in row["params"].items()), f"{mean:.3f}", f"{sd:.3f}"]
        for (_, row), mean, sd in zip(
            results.head(_SHOWN).iterrows(), results["mean_test_score"], results["std_test_score"]
        )
    ]
    print_table(f"The best of {len(results)} candidates", ["parameters", "accuracy", "sd"], rows)
    print_folds("The best one by fold", list(folds), n_test.tolist(), scores)
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
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is no {path.suffix[1:].upper()}: {error}") from error
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
