"""The same dense network trained by Keras, scikeras, skaudio, scikit-learn and, where it is installed, skorch.

    python benchmarks/training.py [--data DATA] [--repeats 5] [--epochs 20] [--json FILE]

In one process, on the same cores: the seconds of an epoch (6985 x 40 synthetic rows, layers of 100, 200 and 100
units, dropout 0.5, batches of 32; the best of the interleaved repeats) and of a first fit, the milliseconds of a
prediction, the memory that fits leave behind, and a whole grid search of 4 candidates over 10 folds of 320 rows. With
DATA, the accuracy of each on the dataset's own folds, from the same mean MFCCs.
"""

import argparse
import gc
import os
import statistics
import time
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import psutil
import tensorflow
from _measure import finish, interleaved
from scikeras.wrappers import KerasClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skaudio import ANNClassifier, MFCCTransformer
from skaudio.datasets import load_dataset

UNITS = (100, 200, 100)


def network(meta, dropout=0.5):
    """The tutorial's network."""
    layers = [keras.Input((meta["n_features_in_"],))]
    for units in UNITS:
        layers += [keras.layers.Dense(units, activation="relu"), keras.layers.Dropout(dropout)]
    return keras.Sequential([*layers, keras.layers.Dense(meta["n_classes_"], activation="softmax")])


class PlainKeras(ClassifierMixin, BaseEstimator):
    """What a user writes who needs no more than fit and predict."""

    def __init__(self, epochs=20):
        self.epochs = epochs

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.model_ = network({"n_features_in_": X.shape[1], "n_classes_": len(self.classes_)})
        self.model_.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        self.model_.fit(X, codes, batch_size=32, epochs=self.epochs, verbose=0)
        return self

    def predict_proba(self, X):
        return self.model_.predict(X, verbose=0)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def learners(epochs, seed=0):
    """Return a classifier of each library; the first is what the others are compared with."""
    scikeras = KerasClassifier(
        network, loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"], epochs=epochs,
        batch_size=32, verbose=0, model__dropout=0.5,
    )  # fmt: skip
    found = {
        "scikeras": scikeras,
        "plain Keras": PlainKeras(epochs),
        "skaudio": ANNClassifier(UNITS, epochs=epochs, random_state=seed),
        # It has no dropout; it stops by itself unless told that nothing is an improvement for long.
        "MLPClassifier": MLPClassifier(
            UNITS, batch_size=32, max_iter=epochs, n_iter_no_change=10**6, random_state=seed
        ),
    }
    skorch = skorch_learner(epochs)
    return found if skorch is None else {**found, "skorch": skorch}


def skorch_learner(epochs):
    """Return the network in skorch, or None where it is not installed."""
    try:
        import skorch
        import torch
    except ModuleNotFoundError:
        return None
    layers = []
    for units in UNITS:
        layers += [torch.nn.LazyLinear(units), torch.nn.ReLU(), torch.nn.Dropout(0.5)]
    layers += [torch.nn.LazyLinear(10)]
    return skorch.NeuralNetClassifier(
        torch.nn.Sequential(*layers), criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.001,
        batch_size=32, max_epochs=epochs, train_split=None, verbose=0,
    )  # fmt: skip


def rows(n, seed=0):
    """Return synthetic rows of 10 classes that overlap."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 10, n)
    centres = rng.normal(size=(10, 40))
    return (centres[y] + 2 * rng.normal(size=(n, 40))).astype(np.float32), y


def first_fits(X, y):
    """Return the seconds of a first fit of one epoch, all imports done."""
    seconds = {}
    for name, learner in learners(1).items():
        start = time.perf_counter()
        learner.fit(X, y)
        seconds[name] = time.perf_counter() - start
    return seconds


def epochs_of(X, y, epochs, repeats):
    """Return the seconds of an epoch, and the fitted classifiers."""
    fitted = {}

    def fit(name):
        fitted[name] = clone(learners(epochs)[name]).fit(X, y)

    sides = {name: partial(fit, name) for name in learners(epochs)}
    return {
        name: min(wall for wall, _ in seconds) / epochs for name, seconds in interleaved(sides, repeats).items()
    }, fitted


def latencies(fitted, X):
    """Return the milliseconds of predict_proba on 1, 100 and 10 000 rows, warm."""
    found = {name: {} for name in fitted}
    for n, calls in ((1, 30), (100, 30), (10_000, 5)):
        few = np.resize(X, (n, X.shape[1]))
        sides = {name: partial(learner.predict_proba, few) for name, learner in fitted.items()}
        interleaved(sides, 3)
        for name, seconds in interleaved(sides, calls).items():
            found[name][n] = 1e3 * statistics.median(wall for wall, _ in seconds)
    return found


def memory(X, y, fits=20):
    """Return the megabytes that a fit leaves behind, over `fits` of them."""
    found = {}
    process = psutil.Process()
    for name in learners(3):
        for _ in range(3):
            learners(3)[name].fit(X, y)
        gc.collect()
        before = process.memory_info().rss
        for _ in range(fits):
            learners(3)[name].fit(X, y)
        gc.collect()
        found[name] = (process.memory_info().rss - before) / 1e6 / fits
    return found


def searches(X, y, epochs):
    """Return the seconds of a grid search of 4 candidates over 10 folds, one after another."""
    grids = {
        "scikeras": ("model__dropout", [0.2, 0.3, 0.4, 0.5]),
        "skaudio": ("dropout", [0.2, 0.3, 0.4, 0.5]),
        "MLPClassifier": ("alpha", [1e-5, 1e-4, 1e-3, 1e-2]),
    }
    seconds = {}
    for name, (parameter, values) in grids.items():
        pipeline = make_pipeline(StandardScaler(), learners(epochs)[name])
        grid = {f"{pipeline.steps[-1][0]}__{parameter}": values}
        start = time.perf_counter()
        GridSearchCV(pipeline, grid, cv=10, error_score="raise").fit(X, y)
        seconds[name] = time.perf_counter() - start
    return seconds


def accuracies(data, seeds=3, epochs=100):
    """Return mean and standard error over the dataset's folds, each fold the mean of `seeds` fits."""
    dataset = load_dataset(data)
    X = MFCCTransformer(n_jobs=-1).fit_transform(dataset.data)
    y = np.unique(dataset.target, return_inverse=True)[1]
    found = {}
    for name in learners(epochs):
        scores = []
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            pipeline = make_pipeline(StandardScaler(), learners(epochs, seed)[name])
            scores.append(cross_val_score(pipeline, X, y, cv=dataset.cv, error_score="raise"))
        folds = np.mean(scores, axis=0)
        found[name] = {
            "mean": folds.mean(),
            "standard_error": folds.std(ddof=1) / len(folds) ** 0.5,
            "folds": len(folds),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--json")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)  # MLPClassifier's, as it has no more epochs than the others
    tensorflow.get_logger().setLevel("ERROR")  # its notes on tracing, of which Keras gives many
    tensorflow.zeros(1)  # starts it
    X, y = rows(6985)
    results = {"first fit, s": first_fits(X, y)}
    results["epoch, s"], fitted = epochs_of(X, y, options.epochs, options.repeats)
    for n in (1, 100, 10_000):
        results.setdefault("predict", latencies(fitted, X))
        results[f"predict {n}, ms"] = {name: found[n] for name, found in results["predict"].items()}
    del results["predict"]
    results["memory a fit, MB"] = memory(X[:320], y[:320])
    results["search, s"] = searches(X[:320], y[:320], options.epochs)
    if options.data:
        results["accuracy"] = accuracies(options.data)
    print(f"6985 x 40 synthetic rows, {options.epochs} epochs, best of {options.repeats}; in brackets, scikeras by it")
    for title, found in results.items():
        print(f"\n{title}")
        for name, value in found.items():
            if title == "accuracy":
                print(f"  {name:16} {value['mean']:.3f} ± {value['standard_error']:.3f} over {value['folds']} folds")
            else:
                print(f"  {name:16} {value:9.3f}  ({found['scikeras'] / value if value else np.inf:.1f})")
    finish(results, options.json)


if __name__ == "__main__":
    main()
