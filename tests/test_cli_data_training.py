"""The commands that train on data of every kind: `train`, `search` and `evaluate`."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
import soundfile
from alike import RATE, encoded, sound
from running import skaudio_command, skaudio_commands
from sklearn.naive_bayes import GaussianNB
from working import COLUMNS, folder, outputs  # noqa: F401 - a fixture

from skaudio import load, make_audio_pipeline, save
from skaudio.cli._search import read_grid
from skaudio.datasets import load_audio_folder, load_audio_table
from skaudio.exceptions import LeakageWarning

FAST = ("--set", "classifier__epochs=3", "--set", "classifier__hidden_layer_sizes=(16,)")


@pytest.mark.slow
def test_trained_model_names_files_and_windows_of_them(folder, tmp_path):
    model = tmp_path / "model.skaudio"
    done = skaudio_command("train", "classes", "-o", model, *FAST, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "12 clips of 3 classes" in done.stdout
    assert outputs(tmp_path) == {"model.skaudio"}
    pipeline = load(model)
    with pytest.warns(LeakageWarning):
        dataset = load_audio_folder(folder / "classes")
    clips, labels = dataset.data, dataset.target
    long = tmp_path / "long.wav"
    waveform = np.concatenate([np.random.default_rng(k).uniform(-0.3, 0.3, 22050) for k in range(5)])
    soundfile.write(long, waveform, 22050)
    done = skaudio_command("predict", model, long, "--window", "2", "--hop", "1.25", "--top", "1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    predictions = json.loads(done.stdout)["predictions"]
    assert [(each["start"], each["end"]) for each in predictions] == [(0, 2), (1.25, 3.25), (2.5, 4.5), (3, 5)]
    segments = [(str(long), each["start"], 2.0) for each in predictions]
    found = [each["classes"][0]["probability"] for each in predictions]
    np.testing.assert_allclose(found, pipeline.predict_proba(segments).max(axis=1), atol=1e-6)
    # As text, of a model that needs no TensorFlow.
    save(make_audio_pipeline(classifier=GaussianNB()).fit(clips, labels), model)
    done = skaudio_command("predict", model, long, clips[0], "--window", "2.5")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"long\.wav +0\.00 +2\.50 .*\n +2\.50 +5\.00 ", done.stdout)


def test_grid_of_yaml_is_that_of_json(folder):
    assert read_grid(folder / "grid.yaml") == read_grid(folder / "grid.json") == {"classifier__dropout": [0.1, 0.3]}


@pytest.mark.slow
def test_search_writes_all_candidates_and_the_best_pipeline(folder, tmp_path):
    arguments = ["search", "table.csv", *COLUMNS, "--grid", "grid.json", *FAST, "--seed", "1", "--out", tmp_path]
    done = skaudio_command(*arguments, "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    results = pd.read_csv(tmp_path / "cv_results.csv")
    assert outputs(tmp_path) == {"cv_results.csv", "model.skaudio"}
    assert sorted(results["param_classifier__dropout"]) == [0.1, 0.3]
    assert results["mean_test_score"].iloc[0] == pytest.approx(result["mean_accuracy"])
    assert results["mean_test_score"].is_monotonic_decreasing
    model = load(tmp_path / "model.skaudio")
    assert model["classifier"].dropout == result["best_params"]["classifier__dropout"]
    dataset = load_audio_table(folder / "table.csv", path_column="clip", label_column="kind", group_column="day")
    assert sum(fold["n_test"] for fold in result["folds"]) == len(dataset.data)
    assert set(model.predict(dataset.data)) <= set(dataset.target_names)


@pytest.mark.slow
def test_evaluate_of_a_folder_without_folds_warns_and_says_so(folder):
    done = skaudio_command("evaluate", "classes", *FAST, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "skaudio: warning: it has neither folds nor groups" in done.stderr
    assert "it has none of its own" in done.stdout


def test_evaluate_and_check_find_the_recordings_that_a_folder_does_not_tell(tmp_path):
    for label, seeds in (("dog", (0, 1)), ("siren", (2, 3))):
        (tmp_path / "cuts" / label).mkdir(parents=True)
        for seed in seeds:
            for k in range(3):
                cut = sound(seed, 6.0)[k * RATE : (k + 3) * RATE]
                (tmp_path / "cuts" / label / f"{seed}_{k}.wav").write_bytes(encoded(cut))
    evaluated, checked, plain = skaudio_commands(
        [
            ["evaluate", "cuts", "--groups", "infer", "--preset", "tutorial", "--model", "logistic", "--json"],
            ["check", "cuts", "--duplicates", "--json"],
            ["check", "cuts"],
        ],
        cwd=tmp_path,
    )
    assert evaluated.returncode == 0, evaluated.stderr
    assert "warning" not in evaluated.stderr
    found = json.loads(evaluated.stdout)
    assert found["n_groups"] == 4
    assert found["random_split"]["leaked_own"] == 0 < found["random_split"]["leaked"]
    assert checked.returncode == 1
    problems = json.loads(checked.stdout)["problems"]
    assert [os.path.basename(each["path"]) for each in problems] == [
        f"{seed}_{k}.wav" for seed in range(4) for k in (1, 2)
    ]
    assert {each["problem"] for each in problems} == {"near-duplicate"}
    assert plain.returncode == 0, plain.stdout
