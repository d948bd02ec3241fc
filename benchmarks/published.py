"""Published protocols and ours on one dataset's official folds: accuracy, seconds, and what a random split would say.

    python benchmarks/published.py --data DATA [--seeds 3] [--only ROW ROW] [--json published.json]

DATA is ESC-10, ESC-50 or UrbanSound8K in its own layout, whole or partly downloaded. Features are extracted once a
protocol: they depend on the clip alone. Whatever is learnt or chosen is learnt and chosen inside the training folds;
where settings are searched, by a nested search over the training folds. Accuracies are means over the folds, in %; "sd"
is that of the folds, "seeds" that of the seeds' means. A random split puts clips of one recording on both sides: its
column says what it would have promised, and is comparable to nothing.

With --json, rows that the file has are kept and not run again, so that a long run can be cut and gone on with; with
--shares, so are the probabilities of each seed, from which averages are made.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _protocols import Row, extract, rows
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from skaudio import __version__
from skaudio.datasets import load_dataset

# Accuracies in %, official folds, as published: Piczak, "ESC: Dataset for Environmental Sound Classification", 2015;
# Salamon, Jacoby and Bello, "A Dataset and Taxonomy for Urban Sound Research", 2014.
PUBLISHED = {
    "ESC-10": {"piczak k-NN": 66.7, "piczak SVM": 67.5, "piczak forest": 72.7},
    "ESC-50": {"piczak k-NN": 32.2, "piczak SVM": 39.6, "piczak forest": 44.3},
    "UrbanSound8K": {"275-d SVM": 68.0, "275-d forest": 66.0},
}
# Means of the probabilities of others, seed by seed.
AVERAGES = {
    "average of strong network and cnn": ("strong network", "cnn"),
    "average of strong network, augmented, and cnn": ("strong network, augmented", "cnn"),
}


def predict_folds(row: Row, seed: int, X: Any, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return probabilities, or 1 for the class where a model has none, by models of the other folds."""
    classes = np.unique(y)
    shares = np.zeros((len(y), len(classes)))
    for name in np.unique(folds):
        train, test = np.flatnonzero(folds != name), np.flatnonzero(folds == name)
        model = clone(row.model(seed))
        if row.grid is not None:
            inner = folds[train]
            splits: Any = [(np.flatnonzero(inner != each), np.flatnonzero(inner == each)) for each in np.unique(inner)]
            if len(splits) < 2:
                splits = 2
            model = GridSearchCV(model, row.grid, cv=splits, error_score="raise")
        model.fit(X[train], y[train])
        known = np.searchsorted(classes, model.classes_)
        if hasattr(model, "predict_proba"):
            shares[np.ix_(test, known)] = model.predict_proba(X[test])
        else:
            shares[test, np.searchsorted(classes, model.predict(X[test]))] = 1.0
    return shares


def accuracies(shares: np.ndarray, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    right = np.unique(y)[shares.argmax(axis=1)] == y
    return np.asarray([right[folds == name].mean() for name in np.unique(folds)])


def summary(
    by_seed: list[np.ndarray], y: np.ndarray, folds: np.ndarray, random: np.ndarray | None, random_folds: np.ndarray
) -> dict[str, Any]:
    """Return what is kept of a protocol, in %."""
    found = np.asarray([accuracies(shares, y, folds) for shares in by_seed])
    return {
        "accuracy": 100 * float(found.mean()),
        "sd_folds": 100 * float(found.mean(axis=0).std()),
        "sd_seeds": 100 * float(found.mean(axis=1).std()) if len(found) > 1 else None,
        "n_seeds": len(found),
        "random_split": None if random is None else 100 * float(accuracies(random, y, random_folds).mean()),
    }


class Shares:
    """Probabilities that were found, kept in a folder, if there is one, for averages and for going on."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        if folder is not None:
            os.makedirs(folder, exist_ok=True)

    def get(self, name: str, make: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
        """Return them, and the seconds they took."""
        path = None if self._folder is None else os.path.join(self._folder, f"{name.replace(' ', '_')}.npz")
        if path is not None and os.path.exists(path):
            with np.load(path) as kept:
                return kept["shares"], float(kept["seconds"])
        start = time.perf_counter()
        shares = make()
        seconds = time.perf_counter() - start
        if path is not None:
            np.savez(path, shares=shares, seconds=seconds)
        return shares, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", metavar="ROW", help="names of rows")
    parser.add_argument("--no-random-split", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--shares", help="folder to keep probabilities in, and to take those from that are there")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = load_dataset(options.data, missing="drop")
    y = dataset.target
    folds = dataset.cv.fold_of(dataset.data)
    n_folds = len(np.unique(folds))
    random_folds = np.empty(len(y), int)
    largest = int(np.unique(y, return_counts=True)[1].max())
    splitter = StratifiedKFold(max(2, min(n_folds, largest)), shuffle=True, random_state=0)
    for k, (_, test) in enumerate(splitter.split(y, y)):
        random_folds[test] = k
    kind = {10: "ESC-10", 50: "ESC-50"}.get(len(dataset.target_names), "")
    kind = "UrbanSound8K" if "UrbanSound8K" in dataset.DESCR else kind
    print(f"{kind}: {len(y)} clips, {len(dataset.target_names)} classes, {n_folds} folds", flush=True)
    done: dict[str, Any] = {}
    if options.json and os.path.exists(options.json):
        with open(options.json, encoding="utf-8") as file:
            done = json.load(file)["rows"]
    extracted: dict[str, Any] = {}
    kept: dict[str, list[np.ndarray]] = {}

    def features(name: str) -> tuple[np.ndarray, list[str], float]:
        if name not in extracted:
            start = time.perf_counter()
            extracted[name] = (*extract(name, dataset), time.perf_counter() - start)
        return extracted[name]

    def wanted(name: str) -> bool:
        return name not in done and (options.only is None or name in options.only)

    def note(name: str, result: dict[str, Any]) -> None:
        result = {"published": PUBLISHED.get(kind, {}).get(name), **result}
        done[name] = result
        told = [f"{name:42}", "        " if result["published"] is None else f"{result['published']:5.1f}   "]
        told.append(f"{result['accuracy']:5.1f}  sd {result['sd_folds']:.1f}")
        told.append("" if result["sd_seeds"] is None else f"seeds {result['sd_seeds']:.1f} of {result['n_seeds']}")
        told.append("" if result["random_split"] is None else f"random {result['random_split']:.1f}")
        told.append(f"{result['seconds']:.0f} s + {result['feature_seconds']:.0f} s")
        print("  ".join(told), flush=True)
        if options.json:
            about = {
                "data": kind,
                "n_clips": len(y),
                "n_folds": n_folds,
                "version": __version__,
                "machine": f"{os.cpu_count()} cores, {platform.machine()}",
                "rows": done,
            }
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(about, file, indent=2)
                file.write("\n")

    print(f"{'':42}  published  ours, and what a random split would promise (not comparable)", flush=True)
    needed = {each for name, parts in AVERAGES.items() if wanted(name) for each in parts}
    shares = Shares(options.shares)
    with tempfile.TemporaryDirectory() as folder:
        for name, row in rows(features("strong")[1], os.path.join(folder, "features.sqlite")).items():
            if not wanted(name) and name not in needed:
                continue
            X, _, feature_seconds = features(row.features) if row.features else (dataset.data, [], 0.0)
            by_seed, seconds = [], []
            try:
                for seed in range(options.seeds if row.seeded else 1):
                    found = shares.get(f"{name} {seed}", partial(predict_folds, row, seed, X, y, folds))
                    by_seed.append(found[0])
                    seconds.append(found[1])
                random = None
                if not options.no_random_split:
                    random, _ = shares.get(f"{name} random", partial(predict_folds, row, 0, X, y, random_folds))
            except ValueError as error:  # of a few clips there may be fewer than a protocol needs
                print(f"{name:42}  cannot be done on these clips: {str(error).splitlines()[0]}", flush=True)
                continue
            kept[name] = [*by_seed, random]
            if name in done:
                continue
            result = summary(by_seed, y, folds, random, random_folds)
            chosen = "as it is" if row.grid is None else "nested search"
            note(name, {**result, "settings": chosen, "seconds": np.mean(seconds), "feature_seconds": feature_seconds})
    for name, parts in AVERAGES.items():
        if not wanted(name) or not all(part in kept for part in parts):
            continue
        means = [
            None if any(one is None for one in each) else np.mean(each, axis=0)
            for each in zip(*(kept[part] for part in parts))
        ]
        result = summary(means[:-1], y, folds, means[-1], random_folds)
        of_all = {kind: sum(done[part][kind] for part in parts) for kind in ("seconds", "feature_seconds")}
        note(name, {**result, "settings": "as it is", **of_all})


if __name__ == "__main__":
    main()
