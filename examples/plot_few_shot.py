"""
A few labelled clips of each class
==================================

How far do a few labelled clips of each class go? Here with the features of ``"tutorial"`` and ``"strong"`` on a
synthetic dataset; and, where there is a dataset and a pretrained model, with its embeddings on real sound::

    python examples/plot_few_shot.py ESC-10 yamnet.onnx embedding

The clips are drawn from the training folds alone, three times each, and the accuracy is that of the folds left out.
"""

# %%
# The features, computed once: they depend on the clip alone.
import sys
import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone

from skaudio import make_audio_pipeline
from skaudio.datasets import load_dataset, make_urban_sounds, select_clips
from skaudio.feature_extraction import EmbeddingTransformer

arguments = sys.argv[1:] if len(sys.argv) > 2 else []
if arguments:
    dataset = load_dataset(arguments[0], missing="drop")
else:
    folder = tempfile.TemporaryDirectory()
    dataset = make_urban_sounds(folder.name, n_per_class=40)
    dataset = select_clips(dataset, dataset.folds <= 3)
pipelines = {name: make_audio_pipeline(name, classifier="logistic", n_jobs=2) for name in ("tutorial", "strong")}
if arguments:
    model = EmbeddingTransformer(arguments[1], output=arguments[2] if len(arguments) > 2 else None)
    pipelines["embedding"] = make_audio_pipeline("embedding", model=model, n_jobs=2)
rows = {name: pipeline["features"].fit_transform(dataset.data) for name, pipeline in pipelines.items()}

# %%
# A few clips of each class, drawn from the training folds.
folds, y = dataset.cv.fold_of(dataset.data), dataset.target
NUMBERS = (5, 10, 20) if arguments else (2, 5)


def few(train, n, seed):
    """Return `n` clips of each class among some, or as many as there are."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(train[y[train] == name])[:n] for name in np.unique(y)])


scores = {name: np.empty((len(NUMBERS), 3)) for name in rows}
for name, X in rows.items():
    for i, n in enumerate(NUMBERS):
        for seed in range(3):
            of_folds = []
            for fold in np.unique(folds):
                train, test = few(np.flatnonzero(folds != fold), n, seed), np.flatnonzero(folds == fold)
                fitted = clone(pipelines[name][1:]).fit(X[train], y[train])
                of_folds.append(fitted.score(X[test], y[test]))
            scores[name][i, seed] = np.mean(of_folds)

# %%
# Accuracy over the folds, mean and standard deviation of three draws.
print(f"{len(y)} clips, {len(np.unique(y))} classes, {len(np.unique(folds))} folds", "" if arguments else "(synthetic)")
print(f"{'features':10}", *[f"{n:>3} a class  " for n in NUMBERS])
for name, found in scores.items():
    print(f"{name:10}", *[f"{each.mean():.3f} ± {each.std():.3f}" for each in found])

# %%
for name, found in scores.items():
    plt.errorbar(NUMBERS, found.mean(axis=1), found.std(axis=1), marker="o", capsize=3, label=name)
plt.xlabel("labelled clips of each class")
plt.ylabel("accuracy over the folds")
plt.legend()
plt.show()
