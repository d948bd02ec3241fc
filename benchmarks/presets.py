"""What presets and classifiers are worth on a dataset's own folds, how their settings were chosen, and what they cost.

    python benchmarks/presets.py DATA [--pattern PATTERN] [--seeds 3] [--json presets.json]

DATA is ESC-10, or any other dataset, folder or table. Linear classifiers have their one setting chosen by a nested
search over the training folds alone; networks and forests are taken as they are, over several seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skaudio import make_audio_pipeline
from skaudio.datasets import load_dataset
from skaudio.pipeline import NETWORKS, param_grid

PAIRS = [
    ("tutorial", "ann"),
    ("tutorial", "logistic"),
    ("tutorial", "forest"),
    ("strong", "ann"),
    ("strong", "logistic"),
    ("strong", "svm"),
    ("strong", "lda"),
    ("strong", "forest"),
    ("speech", "ann"),
    ("speech", "logistic"),
]
NESTED = {"logistic": "classifier__C", "svm": "classifier__estimator__C", "lda": "classifier__shrinkage"}


def measure(preset: str, name: str, X: np.ndarray, dataset: object, seeds: int) -> dict[str, object]:
    accuracies, errors, seconds = [], [], []
    for seed in range(seeds if name in (*NETWORKS, "forest") else 1):
        model = make_audio_pipeline(preset, classifier=name, random_state=seed)[1:]
        if name in NESTED:
            grid = {NESTED[name]: param_grid(preset, name)[NESTED[name]]}
            model = GridSearchCV(model, grid, cv=_inner(dataset), error_score="raise")
        shares = np.empty((len(X), len(dataset.target_names)))
        start = time.perf_counter()
        for train, test in dataset.cv.split(dataset.data):
            fitted = clone(model)
            if name in NESTED:
                fitted.set_params(cv=_inner(dataset, train))
            shares[test] = fitted.fit(X[train], dataset.target[train]).predict_proba(X[test])
        seconds.append(time.perf_counter() - start)
        right = dataset.target_names[shares.argmax(axis=1)] == dataset.target
        folds = dataset.cv.fold_of(dataset.data)
        accuracies.append([right[folds == fold].mean() for fold in dataset.cv.get_fold_names()])
        errors.append(_calibration_error(shares.max(axis=1), right))
    by_fold = np.asarray(accuracies)
    return {
        "preset": preset,
        "classifier": name,
        "n_features": X.shape[1],
        "accuracy": by_fold.mean(),
        "sd_folds": by_fold.mean(axis=0).std(),
        "sd_seeds": by_fold.mean(axis=1).std(),
        "calibration_error": float(np.mean(errors)),
        "seconds": float(np.mean(seconds)),
        "settings": "nested search" if name in NESTED else "as they are",
    }


def _inner(dataset: object, train: np.ndarray | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the splits of the training clips by the other folds."""
    folds = dataset.cv.fold_of(dataset.data)
    folds = folds if train is None else folds[train]
    if len(np.unique(folds)) < 2:
        return 3
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in np.unique(folds)]


def _calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error over ten bins of confidence."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(confidence[bins == k].mean() - right[bins == k].mean()) * (bins == k).mean() for k in set(bins)]
    return float(sum(gaps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--pattern")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = load_dataset(options.data, pattern=options.pattern)
    print(f"{options.data}: {len(dataset.data)} clips, {len(dataset.cv.get_fold_names())} folds", flush=True)
    rows, features = [], {}
    for preset, name in PAIRS:
        if preset not in features:
            transformer = make_audio_pipeline(preset, classifier="lda", n_jobs=options.n_jobs)["features"]
            start = time.perf_counter()
            features[preset] = transformer.fit_transform(dataset.data)
            print(f"{preset}: features in {time.perf_counter() - start:.1f} s", flush=True)
        row = measure(preset, name, features[preset], dataset, options.seeds)
        rows.append(row)
        print(
            f"{preset:10}{name:10}{row['accuracy']:.3f}  sd over folds {row['sd_folds']:.3f}, over seeds "
            f"{row['sd_seeds']:.3f}; calibration error {row['calibration_error']:.3f}; {row['seconds']:.1f} s",
            flush=True,
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(
                {"data": os.path.basename(options.data), "n_clips": len(dataset.data), "rows": rows}, file, indent=2
            )


if __name__ == "__main__":
    main()
