"""How many labels it takes: chosen sounds against random ones, on ESC-10's folds, by 5 seeds.

    python benchmarks/labelling.py --data ESC-10 [--model-file yamnet.onnx] [--json out.json] [--figure out.png]

Labels are given, a few at a time, to clips of four folds; the classifier of the labels so far is tried on the fifth.
What is counted is how many labels its mean accuracy over all folds and seeds needs to reach 95 % of what it reaches
with all labels.
"""

import argparse
import os
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # many small fits: threads would wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from types import SimpleNamespace

import numpy as np
import pandas as pd
from _measure import finish
from sklearn.base import clone

from skaudio.datasets import load_esc50
from skaudio.feature_extraction import EmbeddingTransformer
from skaudio.labelling import suggest
from skaudio.labelling._rounds import row_classifier
from skaudio.library._space import Space
from skaudio.pipeline import make_audio_pipeline

_AT_ONCE = 5
_FIRST = 10


def _pool(rows, scaled, dataset, train, features):
    """Return what `suggest` is given of a library: the clips of some folds."""
    sounds = pd.DataFrame({"id": train, "recording": dataset.groups[train].astype(str)})
    labels = pd.DataFrame({"sound": pd.Series(dtype=int), "label": "", "verdict": ""})
    return SimpleNamespace(sounds=sounds, vectors=rows[train], scaled=scaled[train], labels=labels, features=features)


def _curve(rows, scaled, dataset, features, strategy, fold, seed, most):
    train, test = (np.flatnonzero((dataset.folds == fold) == is_test) for is_test in (False, True))
    library = _pool(rows, scaled, dataset, train, features)
    random = np.random.default_rng(seed)
    state = np.random.RandomState(seed)
    scores = {}
    while len(library.labels) < most:
        n = _AT_ONCE if len(library.labels) else _FIRST
        if strategy == "random":
            there = np.setdiff1d(train, library.labels["sound"])
            chosen = random.choice(there, n, replace=False)
        else:
            chosen = suggest(None, library, n, strategy, random_state=state)["id"].to_numpy()
        said = pd.DataFrame({"sound": chosen, "label": dataset.target[chosen], "verdict": "positive"})
        library.labels = pd.concat([library.labels, said], ignore_index=True)
        known = library.labels["sound"].to_numpy(int)
        if len(set(dataset.target[known])) < 2:
            scores[len(known)] = np.mean(dataset.target[test] == dataset.target[known][0])
            continue
        classifier = clone(row_classifier(None, features)).fit(rows[known], dataset.target[known])
        scores[len(known)] = classifier.score(rows[test], dataset.target[test])
    return pd.Series(scores)


def _needed(curve, wanted):
    """Return how many labels a mean curve needs, between two points by a straight line."""
    reached = curve[curve >= wanted]
    if not len(reached):
        return None
    n = reached.index[0]
    before = curve.index[curve.index < n]
    if not len(before):
        return float(n)
    return float(np.interp(wanted, curve.loc[[before[-1], n]], [before[-1], n]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model-file", help="YAMNet as .onnx: its embeddings in place of the preset 'strong'")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most", type=int, default=140)
    parser.add_argument("--strategies", nargs="+", default=["random", "mixed", "uncertain", "diverse"])
    parser.add_argument("--json", default=None)
    parser.add_argument("--figure", default=None)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
    dataset = load_esc50(options.data, subset="esc10")
    if options.model_file:
        features = EmbeddingTransformer.from_preset("yamnet", options.model_file)
    else:
        features = make_audio_pipeline("strong", classifier="logistic")["features"]
    rows = features.set_params(n_jobs=-1).fit_transform(dataset.data)
    scaled = Space.fitted(rows, standardize=not options.model_file).scaled(rows)
    classifier = row_classifier(None, features)
    full = np.mean(
        [
            clone(classifier)
            .fit(rows[dataset.folds != fold], dataset.target[dataset.folds != fold])
            .score(rows[dataset.folds == fold], dataset.target[dataset.folds == fold])
            for fold in range(1, 6)
        ]
    )
    print(f"all {len(dataset.data) * 4 // 5} labels of four folds: {full:.3f}; 95 % of it: {0.95 * full:.3f}")
    results = {"full": full, "wanted": 0.95 * full, "strategies": {}}
    for strategy in options.strategies:
        curves = pd.DataFrame(
            {
                (seed, fold): _curve(rows, scaled, dataset, features, strategy, fold, seed, options.most)
                for seed in range(options.seeds)
                for fold in range(1, 6)
            }
        )
        mean = curves.mean(axis=1)
        by_seed = curves.T.groupby(level=0).mean().T
        needed = _needed(mean, 0.95 * full)
        spread = [_needed(by_seed[seed], 0.95 * full) for seed in by_seed]
        results["strategies"][strategy] = {"mean": mean.to_dict(), "labels": needed, "by_seed": spread}
        shown = ", ".join("-" if each is None else f"{each:.0f}" for each in spread)
        print(
            f"{strategy:10} {'not reached' if needed is None else f'{needed:.1f} labels'} (by seed: {shown})",
            flush=True,
        )
    if options.figure:
        _draw(results, options.figure)
    if options.json:
        finish(results, options.json)


def _draw(results, path):
    from matplotlib.figure import Figure

    axes = Figure(figsize=(7, 4.5), layout="constrained").subplots()
    for strategy, found in results["strategies"].items():
        axes.plot([*found["mean"]], [*found["mean"].values()], label=strategy)
    axes.axhline(results["wanted"], linestyle=":", color="gray", label="95 % of all labels'")
    axes.set(xlabel="labels", ylabel="accuracy on the fifth fold, mean of folds and seeds", title="ESC-10")
    axes.legend(frameon=False)
    axes.figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
