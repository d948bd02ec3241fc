"""The commands with models and features by name, and without the extra keras."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
from running import skaudio_command, skaudio_commands

from skaudio.datasets import make_urban_sounds
from skaudio.pipeline import NETWORKS

# Runs a command as where the packages of the extra keras are not installed.
_WITHOUT_KERAS = """
import importlib.util, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "scikeras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in ("tensorflow", "keras", "scikeras") else found(name, *a)
import skaudio.neural._backend as backend
backend.find_spec = importlib.util.find_spec
from skaudio.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    dataset = make_urban_sounds(folder / "urban", n_per_class=4)
    rows = [(path, 0.0, 0.5) for path in dataset.data[:3]]
    pd.DataFrame(rows, columns=["file", "offset", "duration"]).to_csv(folder / "parts.csv", index=False)
    pd.DataFrame({"name": [*dataset.data[:2], "gone.wav"]}).to_csv(folder / "unlabelled.csv", index=False)
    return folder


def without_keras(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_KERAS, *arguments], capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", [["evaluate"], ["train", "-o", "m.skaudio"], ["search"]])
def test_without_keras_networks_say_what_to_install_before_the_data_are_looked_at(folder, command):
    done = without_keras(*command, "nowhere", cwd=folder)
    assert done.returncode == 2
    assert done.stderr == (
        'skaudio: error: neural networks need tensorflow, which is not installed: pip install "skaudio[keras]"; '
        "--model logistic, forest, svm and lda work without\n"
    )


@pytest.mark.slow
def test_without_keras_the_whole_job_is_done_with_another_model(folder):
    done = without_keras("evaluate", "urban", "--model", "lda", "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["folds"]) == 10
    done = without_keras("train", "urban", "--model", "forest", "-o", "forest.skaudio", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = without_keras("predict", "forest.skaudio", "parts.csv", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    predictions = json.loads(done.stdout)["predictions"]
    assert [(each["offset"], each["duration"]) for each in predictions] == [(0.0, 0.5)] * 3
    done = without_keras("predict", "forest.skaudio", "unlabelled.csv", "--column", "path=name", "--json", cwd=folder)
    assert done.returncode == 3
    assert len(json.loads(done.stdout)["predictions"]) == 2
    assert "cannot read 'gone.wav'" in done.stderr


@pytest.fixture(scope="module")
def searched(folder):
    (folder / "grid.json").write_text(json.dumps({"classifier__C": [0.01, 0.1], "features__n_mfcc": [13, 20]}))
    command = ["search", "urban", "--model", "logistic", "--grid", "grid.json", "--n-jobs", "2", "--out", "found"]
    return skaudio_command(*command, "--json", cwd=folder), skaudio_command(*command, cwd=folder)


@pytest.mark.slow
def test_a_search_states_an_interval_of_the_best_and_that_it_was_chosen(searched, folder):
    as_json, as_text = searched
    assert as_json.returncode == as_text.returncode == 0
    result = json.loads(as_json.stdout)
    scores = [each["accuracy"] * each["n_test"] for each in result["folds"]]
    assert result["accuracy"] == pytest.approx(sum(scores) / result["n_clips"])
    low, high = result["interval"]
    assert low <= result["accuracy"] <= high
    table = pd.read_csv(folder / "found" / "cv_results.csv")
    assert result["mean_accuracy"] == pytest.approx(table["mean_test_score"].max())
    assert f"accuracy {result['accuracy']:.3f} on 40 clips, 95 % interval" in as_text.stdout
    assert "chosen by these very folds" in as_text.stdout
    assert as_json.stderr == as_text.stderr == ""  # nothing redraws into a pipe


@pytest.mark.slow
def test_presets_are_ranked_with_intervals_of_their_differences(folder):
    command = ["evaluate", "urban", "--model", "lda", "--compare", "tutorial, speech"]
    as_json, as_text = skaudio_commands([[*command, "--json"], command], cwd=folder)
    assert (as_json.returncode, as_text.returncode) == (0, 0)
    result = json.loads(as_json.stdout)
    first, second = result["ranking"]
    assert {first["name"], second["name"]} == {"tutorial", "speech"}
    assert first["mean"] >= second["mean"]
    assert (first["low"], first["high"]) == (None, None)  # no NaN in JSON
    assert second["low"] <= second["difference"] <= second["high"]
    assert len(first["scores"]) == len(result["folds"]) == 10
    assert "Accuracy over 10 folds: the dataset's own folds" in as_text.stdout
    assert f"{first['mean']:.3f}" in as_text.stdout


@pytest.mark.slow
def test_all_models_are_ranked_and_networks_left_out_where_they_cannot_be_fitted(folder):
    done = without_keras("evaluate", "urban", "--preset", "tutorial", "--model", "compare", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {row["name"] for row in result["ranking"]} == {"forest", "logistic", "svm", "lda"}
    assert result["left_out"] == list(NETWORKS)


@pytest.mark.slow
def test_what_the_first_arguments_are_is_told_without_a_model_being_loaded(folder):
    soundfile.write(folder / "tone.wav", np.sin(np.arange(8000) / 5), 8000)
    (folder / "some.joblib").write_text("no model")
    commands = {
        "'tone.wav' is a sound file; a dataset's folder": ["explore", "tone.wav"],
        "'parts.csv' is a table, and MODEL comes first": ["predict", "parts.csv", "tone.wav"],
        "'tone.wav' is a sound file, and MODEL comes first": ["score", "tone.wav", "parts.csv"],
    }
    for says, done in zip(commands, skaudio_commands(list(commands.values()), cwd=folder)):
        assert done.returncode == 2
        assert says in done.stderr
    done = skaudio_command("predict", "some.joblib", "gone.wav", "--json", "--allow-pickle", cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["predictions"]) == (3, [])
    done = skaudio_command("check", "tone.wav", cwd=folder)
    assert "1 files: 0 with problems" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["predict", "gone.skaudio", "a.wav"], ["predict", "there.skaudio", "a.wav"]])
def test_missing_models_and_sounds_cost_no_start_of_tensorflow(folder, arguments):
    (folder / "there.skaudio").touch()
    code = (
        "import sys\nfrom skaudio.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.stdout.splitlines()[-1] == "False"


# Rates and frames


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """Sounds of 8 kHz in two folders, and one at another rate."""
    folder = tmp_path_factory.mktemp("slow")
    rng = np.random.default_rng(0)
    for label in ("one", "two"):
        (folder / "words" / label).mkdir(parents=True)
        for k in range(3):
            soundfile.write(folder / "words" / label / f"{k}.wav", rng.uniform(-0.5, 0.5, 8000), 8000)
    soundfile.write(folder / "words" / "two" / "3.wav", rng.uniform(-0.5, 0.5, 44100), 44100)
    return folder


@pytest.mark.slow
def test_low_rates_and_long_frames_are_told_of_with_what_to_set(slow):
    names = ("sample_rate=8000", "n_fft=256", "hop_length=80", "n_mels=40", "n_bands=5")
    settings = [f"features__{name}" for name in names]
    commands = [[command, "words", "--json"] for command in ("explore", "check")]
    commands += [["check", "words", "--json", "--preset", "speech"]]
    commands += [["check", "words", "--json", *(word for each in settings for word in ("--set", each))]]
    commands += [["check", "words", "--json", "--set", "features__sample_rate=8000"]]
    commands += [["evaluate", "words", "--model", "lda", *(word for each in settings for word in ("--set", each))]]
    commands += [["evaluate", "words", "--model", "lda", "--preset", "tutorial", "--set", "features__sample_rate=8000"]]
    answers = skaudio_commands(commands, cwd=slow)
    for done in answers[:2]:
        (advice,) = json.loads(done.stdout)["advice"]
        assert "6 of 7 clips have a rate far below the features' 22050 Hz, most of them 8000 Hz" in advice
        assert all(f"--set {each}" in advice for each in settings)
        assert "--preset speech" in advice
    for done in answers[2:4]:
        assert json.loads(done.stdout)["advice"] == []
    assert json.loads(answers[4].stdout)["advice"][0].startswith("Frames of 256 ms blur")
    assert answers[5].returncode == 0  # what is advised can be done
    assert "warning: frames of 256 ms blur what changes faster; --set features__sample_rate=8000" in answers[6].stderr


def test_check_tells_of_equal_sounds_across_classes_and_folds(tmp_path):
    rng = np.random.default_rng(0)
    for fold in (1, 2):
        for label in ("cow", "dog"):
            folder = tmp_path / "data" / f"fold{fold}" / label
            folder.mkdir(parents=True)
            soundfile.write(folder / "a.wav", rng.uniform(-0.5, 0.5, 22050), 22050)
    copied = (tmp_path / "data" / "fold1" / "cow" / "a.wav").read_bytes()
    (tmp_path / "data" / "fold2" / "dog" / "b.wav").write_bytes(copied)
    done = skaudio_command("check", "data", "--json", cwd=tmp_path)
    (problem,) = json.loads(done.stdout)["problems"]
    assert done.returncode == 1
    assert problem["problem"] == "duplicate"
    assert problem["detail"] == (
        f"its samples are those of '{os.path.join('data', 'fold1', 'cow', 'a.wav')}', of another class: cow there, "
        "dog here, of another fold: 1 there, 2 here"
    )
