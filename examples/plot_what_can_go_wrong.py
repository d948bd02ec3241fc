"""
What can go wrong, and what skaudio does
========================================

Sound comes from recorders, browsers and other people's folders. Each paragraph below makes an untidy input of one kind
and prints what becomes of it: the right numbers where the meaning is plain, else an error that says what was found and
what would be right. All sounds are synthetic.
"""

# %%
# A small synthetic dataset, and a way to show what was said.
import io
import json
import os
import tempfile
import urllib.parse
import warnings
import zipfile

import numpy as np
import pandas as pd
import soundfile
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from skaudio import ANNClassifier, MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.datasets import load_audio_folder, load_audio_table, load_dataset, make_urban_sounds
from skaudio.inspection import check_clips
from skaudio.pipeline import predict_readable

folder = tempfile.TemporaryDirectory()
here = folder.name
dataset = make_urban_sounds(os.path.join(here, "data"), n_per_class=6)
clips, labels = dataset.data, dataset.target


def attempt(what, work):
    """Print what the work gives, what it warns of, or its error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = f"gives {work()}"
        except (ValueError, TypeError, ImportError) as error:
            outcome = f"{type(error).__name__}: {error}"
    for line in [outcome, *(f"warns: {warning.message}" for warning in caught)]:
        print(f"{what}\n    {line.replace(here, '...')}")


# %%
# Folds are never guessed
# -----------------------
# Folds go by the clips' paths, in whatever order, column or library they come. Rows of numbers are taken where their
# labels agree with the dataset's, row by row; shuffled ones would mix recordings of training and test.
model = make_audio_pipeline(classifier=LogisticRegression(max_iter=2000))
order = np.random.default_rng(0).permutation(len(clips))
shuffled = pd.DataFrame({"file": clips[order], "taken": "2024"})
features = MFCCTransformer().fit_transform(clips)

splits = [set(dataset.folds[order][test].tolist()) for _, test in dataset.cv.split(shuffled)]
print("the folds in the test splits of a shuffled frame of paths\n   ", splits)
attempt(
    "rows of features, in order",
    lambda: cross_val_score(LogisticRegression(max_iter=5000), features, labels, cv=dataset.cv).mean().round(2),
)
attempt(
    "rows of features, shuffled",
    lambda: cross_val_score(LogisticRegression(max_iter=5000), features[order], labels[order], cv=dataset.cv),
)

# %%
# Integers have a scale
# ---------------------
# It is that of their type, in any byte order. A list of integers, as JSON gives it, has none that is known.
waveform, rate = soundfile.read(clips[0], dtype="int16", always_2d=True)
waveform = waveform[:, 0]
for kind in ("<i2", ">i2", "int32"):
    samples = waveform.astype(kind) << (16 if kind == "int32" else 0)
    attempt(
        f"samples of {kind}", lambda samples=samples: f"a peak of {np.abs(load_audio((samples, rate))[0]).max():.3f}"
    )
attempt("a list of integers", lambda: load_audio((waveform.tolist(), rate)))
attempt(
    "floats that were never scaled", lambda: check_clips([waveform.astype("float32")])[["problem", "detail"]].values
)

# %%
# All of a file is read
# ---------------------
# MP3s of recorders have no header that tells their length, and joined ones have one for the first alone. What is cut
# is told of.
mp3 = io.BytesIO()
sound = np.random.default_rng(0).uniform(-0.3, 0.3, 12 * 44100) * (np.arange(12 * 44100) > 4 * 44100)
soundfile.write(mp3, sound, 44100, format="MP3", bitrate_mode="VARIABLE")
mp3 = mp3.getvalue()
attempt("an MP3 of 12 s", lambda: f"{len(load_audio(mp3)[0]) / 22050:.2f} s")
attempt("two of them joined", lambda: f"{len(load_audio(mp3 + mp3)[0]) / 22050:.2f} s")
attempt("behind zeros", lambda: f"{len(load_audio(bytes(4096) + mp3)[0]) / 22050:.2f} s")
attempt("one that is cut", lambda: check_clips([mp3[: len(mp3) // 2]])["detail"].tolist())

# %%
# What a file is, its content tells
# ---------------------------------
# Formats that need another decoder are named with it; so is what is no sound at all.
m4a = b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(64)
for what, content in {
    "an m4a called dog.wav": m4a,
    "a page called dog.wav": b"<!DOCTYPE html><html>Not found</html>",
    "an archive called dog.wav": b"PK\x03\x04" + bytes(64),
    "an empty file": b"",
}.items():
    attempt(what, lambda content=content: load_audio(content))

# %%
# Clips as others hand them over
# ------------------------------
# Taken where the meaning is plain, named with what to pass where it is not.
with zipfile.ZipFile(os.path.join(here, "sounds.zip"), "w") as archive:
    archive.write(clips[0], "dog.wav")


class Stream:
    """A response, or an object of a store: it can be read, once."""

    def __init__(self, path):
        self._file = open(path, "rb")  # noqa: SIM115

    def read(self, n=-1):
        with self._file:
            return self._file.read(n)


samples = load_audio(clips[0])[0]
row = MFCCTransformer().transform([clips[0]])
for what, clip in {
    "a stream that cannot go back": Stream(clips[0]),
    "an entry of an archive": zipfile.Path(os.path.join(here, "sounds.zip"), "dog.wav"),
    "a dict of Hugging Face's datasets": {"array": samples, "sampling_rate": 22050},
    "a pair as a list": [samples.tolist(), 22050],
    "an address": "https://example.org/dog.wav",
}.items():
    attempt(
        what, lambda clip=clip: f"the row of the file, to {np.abs(MFCCTransformer().transform([clip]) - row).max():.0e}"
    )
attempt("the values of a dict", lambda: MFCCTransformer().transform({"dog": samples}.values()))

# %%
# Layouts and tables are not read literally
# -----------------------------------------
# Folders of a split are no classes, the times of a table of events are times, and where no file is found the error
# says why.
for part in ("train", "test"):
    for name in ("cat", "dog"):
        place = os.path.join(here, "split", part, name)
        os.makedirs(place)
        for number in range(2):
            soundfile.write(os.path.join(place, f"{number}.wav"), 0.1 * np.sin(np.arange(8000) / 9), 8000)
attempt(
    "train/cat, test/cat",
    lambda: load_audio_folder(os.path.join(here, "split")).metadata.groupby(["label", "fold"]).size().to_dict(),
)


def write(name, text):
    path = os.path.join(here, "split", "train", "cat", name)
    with open(path, "w") as file:
        file.write(text)
    return path


events = write("events.csv", "file,start,end,label\n0.wav,0,0.25,bark\n0.wav,0.5,0.75,howl\n1.wav,0,0.5,bark\n")
attempt("a table of events", lambda: [clip[1:] for clip in load_dataset(events).data])
lines = write("clips.jsonl", "\n".join(json.dumps({"path": f"{k}.wav", "label": f"{k}"}) for k in range(2)))
attempt("JSON lines", lambda: load_dataset(lines).target.tolist())
attempt("no row of names", lambda: load_dataset(write("bare.csv", "0.wav,cat\n1.wav,dog\n")))
for what, spoil in {
    "backslashes": lambda path: ".\\" + path,
    "no ending": lambda path: path[:-4],
    "another root": lambda path: f"/home/someone/{path}",
    "addresses": lambda path: "file://" + urllib.parse.quote(os.path.join(os.path.dirname(events), path)),
}.items():
    table = pd.DataFrame({"path": [spoil("0.wav"), spoil("1.wav")], "label": ["cat", "dog"]})
    attempt(
        f"paths with {what}",
        lambda table=table: load_audio_table(
            table, path_column="path", label_column="label", root=os.path.dirname(events)
        ),
    )

# %%
# A clip that nobody heard has no class
# -------------------------------------
# A forest takes NaN, and an imputer makes something of it; either names a class for an empty file.
forest = make_audio_pipeline(classifier=RandomForestClassifier(random_state=0)).set_params(features__on_error="nan")
forest.fit(clips, labels)
empty = os.path.join(here, "empty.wav")
open(empty, "wb").close()
attempt("predict", lambda: forest.predict([empty, clips[0]]).tolist())
attempt("predict_readable", lambda: predict_readable(forest, [empty, clips[0]]))

# %%
# Networks that diverge, and labels that look alike
# -------------------------------------------------
attempt(
    "a learning rate of a million",
    lambda: ANNClassifier((8,), epochs=20, optimizer="sgd", learning_rate=1e6).fit(features, labels).predict(features),
)
attempt(
    "'dog' and 'dog '",
    lambda: ANNClassifier((8,), epochs=1).fit(features[:4], ["dog", "dog ", "cat", "cat"]).classes_.tolist(),
)
attempt(
    "a negative weight",
    lambda: ANNClassifier((8,), epochs=1).fit(features, labels, sample_weight=-np.ones(len(labels))),
)

folder.cleanup()
