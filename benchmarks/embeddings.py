"""What a pretrained model's embeddings are worth with a linear classifier, and what they cost.

    python benchmarks/embeddings.py --model MODEL --data DATA [--output embedding] [--sample-rate 16000]
        [--window SECONDS] [--json embeddings.json]

MODEL is what `EmbeddingTransformer` takes; benchmarks/yamnet.py makes one. Features are extracted once. Accuracies are
means over the dataset's own folds, in %; pooling and regularisation are chosen by a nested search over the training
folds alone. CPU milliseconds are those of a clip from its path to its row, in one thread; memory is the peak of a
process that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from typing import Any

import numpy as np
from _measure import data_name, finish
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skaudio import make_audio_pipeline
from skaudio.datasets import load_dataset
from skaudio.feature_extraction import EmbeddingTransformer

POOLING = ("mean", "std", "max")
COST = """
import sys, time, json
parameters, clips = json.loads(sys.argv[1]), sys.argv[2:]
from skaudio.feature_extraction import EmbeddingTransformer
transformer = EmbeddingTransformer(**parameters)
transformer.transform(clips[:1])
start = time.process_time()
transformer.transform(clips)
cpu = (time.process_time() - start) / len(clips)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(1000 * cpu, int(peak) / 1000)
"""


class Pooled(TransformerMixin, BaseEstimator):
    """Some of the statistics that stand side by side."""

    def __init__(self, statistics: tuple[str, ...] = ("mean",)) -> None:
        self.statistics = statistics

    def fit(self, X: Any, y: Any = None) -> Pooled:
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        n = X.shape[1] // len(POOLING)
        return np.hstack([X[:, k * n : (k + 1) * n] for k, name in enumerate(POOLING) if name in self.statistics])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output")
    parser.add_argument("--sample-rate", type=float, default=16000)
    parser.add_argument("--window", type=float)
    parser.add_argument("--json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = load_dataset(options.data, missing="drop")
    y, folds = dataset.target, dataset.cv.fold_of(dataset.data)
    parameters = {name: getattr(options, name) for name in ("model", "output", "sample_rate", "window")}
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store.sqlite")
        transformer = EmbeddingTransformer(**parameters, pooling=POOLING, cache=store, n_jobs=2)
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            X = clone(transformer).transform(dataset.data)
            seconds.append(time.perf_counter() - start)
    cost = subprocess.run(
        [sys.executable, "-c", COST, json.dumps(parameters), *map(str, dataset.data[:40])],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    cpu, peak = map(float, cost.stdout.split())
    found = {
        "model": os.path.basename(options.model),
        "data": data_name(options.data),
        "n_clips": len(y),
        "n_folds": len(np.unique(folds)),
        "n_values": X.shape[1] // len(POOLING),
        "cold_seconds": seconds[0],
        "warm_seconds": seconds[1],
        "cpu_ms_a_clip": cpu,
        "peak_megabytes": peak,
        "rows": {},
    }
    grid = {
        "pool__statistics": [("mean",), ("mean", "max"), ("mean", "std", "max")],
        "classifier__C": [0.001, 0.01, 0.1, 1.0],
    }
    models = {"the preset (mean over time), its logistic regression": None, "pooling and C chosen": "nested search"}
    steps = [("pool", Pooled()), *make_audio_pipeline("embedding", model=transformer).steps[1:]]
    for name, chosen in models.items():
        accuracies = []
        for fold in np.unique(folds):
            train = folds != fold
            inner = [
                (np.flatnonzero(folds[train] != f), np.flatnonzero(folds[train] == f)) for f in np.unique(folds[train])
            ]
            model = Pipeline(steps)
            if chosen:
                model = GridSearchCV(model, grid, cv=inner, n_jobs=1)
            accuracies.append(100 * clone(model).fit(X[train], y[train]).score(X[~train], y[~train]))
        found["rows"][name] = {
            "accuracy": float(np.mean(accuracies)),
            "sd_folds": float(np.std(accuracies)),
            "settings": chosen or "as it is",
        }
        print(
            f"{name:45} {np.mean(accuracies):5.1f} (folds {np.std(accuracies):.1f}), {chosen or 'as it is'}", flush=True
        )
    for name, value in found.items():
        if name != "rows":
            print(f"{name:20} {value:.3f}" if isinstance(value, float) else f"{name:20} {value}")
    finish(found, options.json)


if __name__ == "__main__":
    main()
