"""
A library of sounds: find by content, label a few, get the rest
===============================================================

The sounds here are synthetic, and stand in for a folder of yours: ``python examples/plot_library.py FOLDER`` takes
that, and the names of its folders for what you would say on listening.
"""

import sys
import tempfile

import matplotlib.pyplot as plt

from skaudio.datasets import make_urban_sounds
from skaudio.labelling import fit_labels, score_labels, suggest
from skaudio.library import SoundLibrary

folder = tempfile.TemporaryDirectory()
if len(sys.argv) > 1:
    sounds, pattern = sys.argv[1], None
else:
    sounds, pattern = f"{folder.name}/sounds", "{group}-{label}-{take}-{slice}"
    make_urban_sounds(sounds, n_per_class=12)

# %%
# The library hears the folder once; afterwards it only looks for what has changed.
library = SoundLibrary(f"{folder.name}/sounds.library")
report = library.update(sounds, pattern=pattern, n_jobs=-1)
print(f"{report.n_added} files heard, {len(report.failures)} cannot be read")
print(f"{library.update().n_unchanged} files unchanged")

# %%
# What sounds like the first one? One result of each recording: cuts of one recording would take all places.
found = library.search(int(library.sounds["id"][0]), k=5, per_recording=1)
print(found[["path", "similarity"]])

# %%
# A few labels. Who listens would say what it is; here, the names tell.
truth = library.sounds.set_index("id")["weak_label"]
for round_ in range(5):
    for sound in suggest(None, library, 10, random_state=round_)["id"]:
        library.label(sound, truth[sound])
    rest = ~library.sounds["id"].isin(library.labels["sound"])
    named = library.predict(fit_labels(library))["predicted"]
    right = (named == library.sounds["weak_label"])[rest].mean()
    print(
        f"{len(library.labels)} labels: {right:.3f} of the other {rest.sum()} sounds are named as their names have them"
    )

# %%
# How good is it by what was labelled alone? By folds that keep recordings together, with an interval.
score = score_labels(library)
print(f"accuracy {score.accuracy:.3f}, 95 % interval {score.interval[0]:.3f} to {score.interval[1]:.3f}")

# %%
# And a map, alike sounds near each other.
places = library.map(method="pca").merge(library.sounds[["id", "predicted"]], on="id")
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
for name, part in places.groupby("predicted"):
    axes.scatter(part["x"], part["y"], s=14, label=name)
axes.set(xticks=[], yticks=[], title="Sounds, by what they were named")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
plt.show()
