"""``skaudio demo``: the main job from a folder of sounds to a saved model that names an unheard file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedShuffleSplit, cross_val_score
from sklearn.utils import Bunch

from skaudio.cli._data import Source
from skaudio.cli._inflation import leaked_share
from skaudio.cli._output import new_axes, save_figure, save_model
from skaudio.cli._processes import quiet_workers
from skaudio.cli._progress import Ledger, progress
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import console, print_folds, print_heading, print_table
from skaudio.cli._settings import temporary_store
from skaudio.clips import as_clip
from skaudio.datasets import make_urban_sounds
from skaudio.pipeline import make_audio_pipeline
from skaudio.plotting import ClassCountDisplay, FoldScoresDisplay

# Small, so that the demonstration is short; `skaudio.pipeline.ANN_PARAM_GRID` is the one to search.
_GRID = {"classifier__dropout": [0.2, 0.5]}
_SEARCH_EPOCHS = 50
_RANDOM_SPLITS = 3


def show_demo(
    data: Source | None,
    out: Path,
    *,
    seed: int,
    n_jobs: int | None,
) -> None:
    """Run all steps, each printing what it found."""
    dataset, where = _load(data, out, seed)
    out.mkdir(parents=True, exist_ok=True)
    folds = dataset.cv.fold_of(dataset.data)
    _describe(dataset, folds, where)
    save_figure(ClassCountDisplay.from_dataset(dataset, ax=new_axes()).figure_, out / "class_counts.png")

    print_heading("Features")
    pipeline = make_audio_pipeline("tutorial", n_jobs=-1, random_state=seed)
    X = clone(pipeline["features"]).set_params(verbose=progress()).fit_transform(dataset.data)
    console.print(f"{X.shape[0]} clips, {X.shape[1]} features each: the mean of 40 MFCCs\n")

    import_keras_quietly()
    with quiet_workers(networks=True):
        _compare_splits(pipeline, X, dataset, seed, n_jobs)
        search = _search(pipeline, dataset, folds, n_jobs)
    scores = FoldScoresDisplay.from_cv_results(search.cv_results_, cv=dataset.cv, ax=new_axes())
    save_figure(scores.figure_, out / "fold_scores.png")
    model = out / "model.skaudio"
    unheard = _train(pipeline, search.best_params_, dataset, folds, model)
    _name_unheard(model, unheard, dataset)
    _say_what_next(data, out, model)


def _load(data: Source | None, out: Path, seed: int) -> tuple[Bunch, str]:
    if data is not None:
        return data.load(), str(data)
    root = out / "data"
    return make_urban_sounds(root, random_state=seed), f"{root} (synthetic: its figures say nothing about real sound)"


def _describe(dataset: Bunch, folds: np.ndarray, where: str) -> None:
    print_heading("Data")
    recordings = "" if dataset.groups is None else f" of {len(np.unique(dataset.groups))} recordings"
    console.print(where, soft_wrap=True)
    console.print(
        f"{len(dataset.data)} clips{recordings}, {len(dataset.target_names)} classes, {len(np.unique(folds))} folds"
    )
    counts = pd.Series(dataset.target).value_counts().sort_index()
    print_table("Clips by class", ["class", "clips"], [[name, n] for name, n in counts.items()])


def _compare_splits(pipeline: Any, X: np.ndarray, dataset: Bunch, seed: int, n_jobs: int | None) -> None:
    """Print what a random split promises, and what the dataset's folds measure."""
    print_heading("A random split, and the dataset's folds")
    splits = {
        f"random 80/20, {_RANDOM_SPLITS} times": StratifiedShuffleSplit(
            _RANDOM_SPLITS, test_size=0.2, random_state=seed
        ),
        "the dataset's folds": dataset.cv,
    }
    rows = []
    for name, cv in splits.items():
        scores = cross_val_score(pipeline[1:], X, dataset.target, cv=cv, n_jobs=n_jobs, error_score="raise")
        rows.append(
            [
                name,
                "unknown" if dataset.groups is None else f"{leaked_share(cv, dataset):.1%}",
                f"{scores.mean():.3f}",
                f"{scores.std():.3f}",
            ]
        )
    print_table("The same network, judged twice", ["split", "leaked", "accuracy", "sd"], rows)
    console.print("leaked: test clips whose recording is in training too. Believe the folds.\n")


def _search(pipeline: Any, dataset: Bunch, folds: np.ndarray, n_jobs: int | None) -> GridSearchCV:
    print_heading("Grid search over the folds, from clips to classes")
    # Threads of the features and processes of the search would share the same cores.
    candidate = clone(pipeline).set_params(features__n_jobs=None, classifier__epochs=_SEARCH_EPOCHS)
    with temporary_store(candidate), tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(os.path.join(folder, "fits.jsonl"), get_scorer("accuracy"))
        search = GridSearchCV(
            candidate, _GRID, cv=dataset.cv, scoring=ledger, n_jobs=n_jobs, refit=False, error_score="raise"
        )
        with ledger.shown(len(ParameterGrid(_GRID)), len(np.unique(folds))):
            search.fit(dataset.data, dataset.target)
    results = search.cv_results_
    search.best_params_ = results["params"][int(np.argmin(results["rank_test_score"]))]
    rows = [
        [params, f"{mean:.3f}", f"{sd:.3f}"]
        for params, mean, sd in zip(results["params"], results["mean_test_score"], results["std_test_score"])
    ]
    print_table(f"Candidates, {_SEARCH_EPOCHS} epochs each", ["parameters", "accuracy", "sd"], rows)
    names, counts = np.unique(folds, return_counts=True)
    best = int(np.argmin(results["rank_test_score"]))
    scores = np.asarray([results[f"split{i}_test_score"][best] for i in range(len(names))])
    print_folds("The best candidate by fold", list(names), counts.tolist(), scores)
    return search


def _train(pipeline: Any, best: dict[str, Any], dataset: Bunch, folds: np.ndarray, model: Path) -> int:
    """Train on all folds but the last, save, and return the position of a clip that was left out."""
    print_heading("A saved model, and a file it has not heard")
    last = np.unique(folds)[-1]
    heard = folds != last
    pipeline = clone(pipeline).set_params(**best, classifier__epochs=_SEARCH_EPOCHS)
    pipeline.fit(dataset.data[heard], dataset.target[heard])
    save_model(pipeline, model)
    console.print(f"{model}: trained on all folds but {last}", soft_wrap=True)
    return int(np.flatnonzero(~heard)[0])


def _name_unheard(model: Path, position: int, dataset: Bunch) -> None:
    """Name the class of a clip in a process that knows nothing but the model's file."""
    clip = as_clip(dataset.data[position]).path  # of a segment, the whole file
    command: list[Any] = [sys.executable, "-m", "skaudio.cli", "predict", str(model), clip, "--top", "1", "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ValueError(f"the saved model could not be used in a fresh process: {answer.stderr}")
    named = json.loads(answer.stdout)["predictions"][0]["classes"][0]
    console.print(
        f"{clip}\n  a fresh process says: {named['class']}, probability {named['probability']:.3f} "
        f"(it is: {dataset.target[position]})\n",
        soft_wrap=True,
    )


def _say_what_next(data: Source | None, out: Path, model: Path) -> None:
    print_heading("Next")
    console.print(f"Figures: {out / 'class_counts.png'}, {out / 'fold_scores.png'}", soft_wrap=True)
    console.print("With your own data, in a folder for each class, a CSV table, or UrbanSound8K's or ESC-50's layout:")
    for command in (
        "explore FOLDER",
        f"evaluate {data or 'FOLDER'}    (with better features than the tutorials'; --model compare ranks the models)",
        f"train {data or 'FOLDER'} -o my-model.skaudio",
        f"predict {model} FILE.wav",
    ):
        console.print(f"  skaudio {command}", soft_wrap=True)
