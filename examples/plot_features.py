"""
From the tutorial's features to strong ones
===========================================

The tutorials average 40 MFCCs over a clip. What else there is in a sound adds up: how the coefficients spread, what the
mel bands do, how fast they rise and fall. Each step here is judged on the same folds.

With ``SKAUDIO_DATA`` set, this runs on ESC-10; else on synthetic sound, whose figures say nothing about real sound.
"""

# %%
# The sounds, and a store that keeps what is extracted of each.
import os
import tempfile

from skaudio.datasets import load_esc50, make_urban_sounds, select_clips

folder = tempfile.TemporaryDirectory()
real = os.path.join(os.environ.get("SKAUDIO_DATA", ""), "ESC-10")
if os.path.isdir(real):
    dataset = load_esc50(real, subset="esc10")
else:
    dataset = make_urban_sounds(folder.name, n_per_class=10)
    dataset = select_clips(dataset, dataset.folds <= 5)
print(dataset)
cache = os.path.join(folder.name, "features.sqlite")

# %%
# Four sets of features, one above the other; a union reads each clip once for all of its parts.
from sklearn.linear_model import LogisticRegression

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer, ModulationTransformer

mfcc = MFCCTransformer(n_mfcc=25, statistics=("mean", "std", "skew", "kurtosis"), deltas=1)
bands = LogMelTransformer(n_mels=64, statistics=("mean", "std", "p5", "p95"))
steps = {
    "tutorial": MFCCTransformer(cache=cache),
    "more statistics": mfcc,
    "and mel bands": AudioFeatureUnion([("mfcc", mfcc), ("mel", bands)]),
    "and modulation": AudioFeatureUnion([("mfcc", mfcc), ("mel", bands), ("modulation", ModulationTransformer())]),
    "strong": make_audio_pipeline("strong")["features"],
}
classifier = LogisticRegression(C=0.01, max_iter=5000)
pipelines = {
    name: make_audio_pipeline(classifier=classifier).set_params(features=features.set_params(cache=cache, n_jobs=2))
    for name, features in steps.items()
}

# %%
# The same folds for all, and the interval of each one's distance from the tutorial's.
from skaudio.model_selection import compare

table = compare(pipelines, dataset.data, dataset.target, cv=dataset.cv, reference="tutorial")
print(table.round(3).to_string())

# %%
# The folds of the first and of the last, by their names.
import matplotlib.pyplot as plt

from skaudio.plotting import FoldScoresDisplay

_, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for ax, name in zip(axes, ("tutorial", "strong")):
    FoldScoresDisplay.from_cv_results({"test_score": table.attrs["scores"][name]}, cv=dataset.cv, ax=ax)
    ax.set_xlabel(f"fold, {name}")
plt.show()

folder.cleanup()
