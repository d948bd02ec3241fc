"""The main job: from sound files to a tuned, pickled classifier that works where only the wheel is installed."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score

from skaudio import make_audio_pipeline
from skaudio.datasets import load_esc50, make_urban_sounds
from skaudio.store import FeatureStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with skaudio as users install it, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def probabilities_elsewhere(installed, model, clips, empty):
    """Return what the pickle `model` says of `clips` in an isolated process, started in an empty folder."""
    script = f"""
import sys
sys.path.insert(0, {str(installed)!r})
import pickle, skaudio
assert skaudio.__file__.startswith({str(installed)!r}), skaudio.__file__
with open({str(model)!r}, "rb") as file:
    pipeline = pickle.load(file)
print(pipeline.predict_proba({list(clips)!r}).tobytes().hex())
"""
    empty.mkdir()
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(empty.iterdir()) == []
    return np.frombuffer(bytes.fromhex(done.stdout.strip())).reshape(len(clips), -1)


def search_pickle_predict(dataset, installed, folder, epochs):
    store = folder / "features.sqlite"
    pipeline = make_audio_pipeline(random_state=0, cache=store).set_params(classifier__epochs=epochs)
    search = GridSearchCV(
        pipeline, {"classifier__dropout": [0.2, 0.5]}, cv=dataset.cv, n_jobs=2, error_score="raise"
    ).fit(dataset.data, dataset.target)
    assert FeatureStore(store).info()["extractions"] == len(dataset.data)
    search.best_estimator_.set_params(features__cache=None)  # elsewhere there is no store
    model = folder / "model.pkl"
    model.write_bytes(pickle.dumps(search.best_estimator_))
    clips = dataset.data[::97]
    found = probabilities_elsewhere(installed, model, clips, folder / "empty")
    assert np.array_equal(found, search.best_estimator_.predict_proba(clips))
    return search


def test_synthetic_sounds_are_searched_pickled_and_named_elsewhere(installed, tmp_path):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=2)
    search_pickle_predict(dataset, installed, tmp_path, epochs=2)


def test_esc10_is_searched_over_its_folds_pickled_and_named_elsewhere(esc10, installed, tmp_path):
    dataset = load_esc50(esc10, subset="esc10")
    search = search_pickle_predict(dataset, installed, tmp_path, epochs=30)
    assert search.n_splits_ == 5
    assert search.best_score_ > 0.8


@pytest.mark.parametrize("preset, seeds, low, high", [("tutorial", 3, 0.64, 0.72), ("strong", 1, 0.87, 0.95)])
def test_presets_on_esc10_are_as_accurate_as_the_readme_says(esc10, preset, seeds, low, high):
    dataset = load_esc50(esc10, subset="esc10")
    X = make_audio_pipeline(preset, n_jobs=-1)[:1].fit_transform(dataset.data)
    means = [
        cross_val_score(
            make_audio_pipeline(preset, random_state=seed)[1:], X, dataset.target, cv=dataset.cv, error_score="raise"
        ).mean()
        for seed in range(seeds)
    ]
    assert low < np.mean(means) < high  # the standard error of one such mean is about 0.02
