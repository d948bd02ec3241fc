"""
Sounds of your own, from folders to a saved model
=================================================

A folder for each class is enough to start. Where several clips come from one recording, a table that names the
recording keeps the scores honest. The clips are synthetic.
"""

# %%
# Some sounds, in a folder for each class.
import os
import shutil
import tempfile
import warnings

import pandas as pd

from skaudio.datasets import load_audio_folder, load_audio_table, make_urban_sounds
from skaudio.exceptions import LeakageWarning

folder = tempfile.TemporaryDirectory()
source = make_urban_sounds(os.path.join(folder.name, "source"), n_per_class=10)
rows = []
for path, label, recording in zip(source.data, source.target, source.groups):
    os.makedirs(os.path.join(folder.name, "sounds", label), exist_ok=True)
    shutil.copy(path, os.path.join(folder.name, "sounds", label))
    rows.append((os.path.join("sounds", label, os.path.basename(path)), label, recording))

# %%
# First look for what is broken. Nothing is dropped by itself.
from skaudio.inspection import check_clips, describe_clips

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", LeakageWarning)
    dataset = load_audio_folder(os.path.join(folder.name, "sounds"))
print(check_clips(dataset.data)["problem"].value_counts())
print(describe_clips(dataset.data)[["sample_rate", "channels", "seconds"]].describe().loc[["min", "50%", "max"]])

# %%
# Listen to one of them. In a notebook, and on the page of this script, this is a player; it needs IPython.
from importlib.util import find_spec

dataset.listen(0) if find_spec("IPython") else None

# %%
# A folder says nothing of recordings, and the loader says so:
print(caught[0].message)

# %%
# With a table, it knows. Its folds keep the clips of a recording together.
table = pd.DataFrame(rows, columns=["file", "sound", "recording"])
table.to_csv(os.path.join(folder.name, "sounds.csv"), index=False)
careful = load_audio_table(
    os.path.join(folder.name, "sounds.csv"), path_column="file", label_column="sound", group_column="recording"
)
print(careful.DESCR)

# %%
# The scores of the two differ by what the first one leaks.
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import cross_val_score

from skaudio import make_audio_pipeline

pipeline = make_audio_pipeline(classifier=ExtraTreesClassifier(random_state=0), n_jobs=2)
for name, data in (("by class alone", dataset), ("recordings kept together", careful)):
    scores = cross_val_score(pipeline, data.data, data.target, cv=data.cv)
    print(f"{name}: {scores.mean():.3f}, sd {scores.std():.3f} over {len(scores)} folds of synthetic clips")

# %%
# Train on everything, save, load, and name new sounds: from a path, from bytes, or along a recording in windows.
from skaudio import load, save

model_path = os.path.join(folder.name, "model.skaudio")
save(pipeline.fit(careful.data, careful.target), model_path)
model = load(model_path)  # which runs no code from the file
path = careful.data[0]
with open(path, "rb") as file:
    print(model.predict([path, file.read()]))
windows = [(path, start, 0.2) for start in (0.0, 0.1)]
print(model.predict_proba(windows).round(2).max(axis=1))

# %%
# What it hears: samples, and the mel bands that one part of its features is made of.
import matplotlib.pyplot as plt

from skaudio.plotting import MFCCDisplay, WaveformDisplay

_, axes = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
WaveformDisplay.from_clip(path, ax=axes[0])
MFCCDisplay.from_clip(path, transformer=model["features"].named_transformers["mel"], kind="mel", ax=axes[1])
plt.show()

folder.cleanup()
