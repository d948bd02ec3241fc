"""The command as a user runs it, in processes of its own."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import product

import joblib
import numpy as np
import pytest
from running import NOISE, skaudio_command, skaudio_commands
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skaudio import MFCCTransformer, load, make_audio_pipeline, save
from skaudio.datasets import make_urban_sounds
from skaudio.exceptions import AudioReadWarning


# What TensorFlow, Keras and absl print while they start.
@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("cli") / "small", n_per_class=3)


@pytest.fixture(scope="module")
def folder(dataset, tmp_path_factory):
    """A working directory with a dataset, models that load without TensorFlow, sounds, and files that are neither."""
    folder = tmp_path_factory.mktemp("work")
    os.symlink(os.path.dirname(os.path.dirname(os.path.dirname(dataset.data[0]))), folder / "small")
    for name, classifier in {"model": GaussianNB(), "no_probabilities": LinearSVC()}.items():
        pipeline = make_audio_pipeline(classifier=classifier).fit(dataset.data, dataset.target)
        save(pipeline, folder / f"{name}.skaudio")
    joblib.dump({"accuracy": 1.0}, folder / "dict.joblib")
    joblib.dump(make_audio_pipeline(classifier=GaussianNB()), folder / "unfitted.joblib")
    (folder / "text.joblib").write_text("hello")
    (folder / "text.skaudio").write_text("hello")
    (folder / "empty.joblib").touch()
    (folder / "text.wav").write_text("hello")
    (folder / "other").mkdir()
    for k in range(3):
        shutil.copy(dataset.data[10 * k], folder / f"{k}.wav")
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load(folder / "model.skaudio")


# What the user can put right: the arguments, and what the line on it names

MISTAKES = {
    "unknown option": (["--nope"], "--nope"),
    "unknown command": (["nope"], "nope"),
    "unknown option of a command": (["evaluate", "small", "--nope"], "--nope"),
    "no dataset": (["evaluate"], "DATA"),
    "no model": (["predict"], "MODEL"),
    "no files": (["predict", "model.skaudio"], "FILES"),
    "option without a value": (["demo", "--data"], "--data"),
    "seed that is no number": (["evaluate", "small", "--seed", "x"], "--seed"),
    "top below 1": (["predict", "model.skaudio", "0.wav", "--top", "0"], "--top"),
    "missing dataset": (["evaluate", "nowhere"], "'nowhere'"),
    "missing dataset of demo": (["demo", "--data", "nowhere"], "'nowhere'"),
    "unknown layout": (["evaluate", "other"], r"'other'.*UrbanSound8K\.csv.*esc50\.csv"),
    "unknown way with missing files": (["evaluate", "small", "--missing", "maybe"], "'maybe'.*'raise' or 'drop'"),
    "setting without a value": (["evaluate", "small", "--set", "classifier__epochs"], "--set 'classifier__epochs'"),
    "setting of an unknown step": (["evaluate", "small", "--set", "network__epochs=2"], "'network'"),
    "setting of an unknown parameter": (["evaluate", "small", "--set", "features__n_mfccs=2"], "'n_mfccs'"),
    "setting of a wrong value": (["evaluate", "small", "--set", "features__n_mfcc=many"], "'n_mfcc'.*'many'"),
    "setting of the steps themselves": (["evaluate", "small", "--set", "steps=3"], "steps"),
    "missing model": (["predict", "nowhere.skaudio", "0.wav", "--json"], r"'nowhere\.skaudio'"),
    "folder in place of the model": (["predict", "other", "0.wav", "--json"], "'other'"),
    "text in place of the model": (
        ["predict", "text.joblib", "0.wav", "--json", "--allow-pickle"],
        r"'text\.joblib' is not a model",
    ),
    "empty model": (
        ["predict", "empty.joblib", "0.wav", "--json", "--allow-pickle"],
        r"'empty\.joblib' is not a model",
    ),
    "another object": (["predict", "dict.joblib", "0.wav", "--json", "--allow-pickle"], "holds a dict"),
    "a pickle": (["predict", "dict.joblib", "0.wav"], "'dict.joblib' is a pickle, which runs .* --allow-pickle loads"),
    "text as a model": (["predict", "text.skaudio", "0.wav"], r"'text\.skaudio' is no archive of a model"),
    "another ending": (["train", "small", "-o", "model.zip"], r"'model\.zip' must end in \.skaudio"),
    "of a pickle nothing is told": (["info", "dict.joblib"], "nothing is told without running it"),
    "model without probabilities": (["predict", "no_probabilities.skaudio", "0.wav", "--json"], "no probabilities"),
    "model that is not fitted": (["predict", "unfitted.joblib", "0.wav", "--json", "--allow-pickle"], "not fitted"),
}


@pytest.fixture(scope="module")
def answers(folder):
    return dict(zip(MISTAKES, skaudio_commands([arguments for arguments, _ in MISTAKES.values()], cwd=folder)))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_line_that_names_it_and_exit_status_2(answers, mistake):
    done, names = answers[mistake], MISTAKES[mistake][1]
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert re.search(names, line)
    assert line.startswith("skaudio: error: ")
    assert not line.endswith(":")
    assert done.stdout == ""
    assert done.returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    ["unknown option", "missing dataset of demo", "setting of an unknown parameter", "text in place of the model"],
)
def test_mistake_is_told_the_same_in_a_process_of_its_own(answers, folder, mistake):
    done, answer = skaudio_command(*MISTAKES[mistake][0], cwd=folder), answers[mistake]
    assert (done.returncode, done.stdout, done.stderr) == (answer.returncode, answer.stdout, answer.stderr)


# predict


def test_predict_names_the_most_probable_classes_as_json(folder, model):
    files = ["2.wav", "0.wav", str(folder / "1.wav")]
    done = skaudio_command("predict", "model.skaudio", *files, "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    predictions = json.loads(done.stdout)["predictions"]
    assert [each["file"] for each in predictions] == files
    probabilities = model.predict_proba([str(folder / file) for file in files])
    for each, row in zip(predictions, probabilities):
        best = np.argsort(-row, kind="stable")[:3]
        assert [named["class"] for named in each["classes"]] == model.classes_[best].tolist()
        assert [named["probability"] for named in each["classes"]] == pytest.approx(row[best], abs=1e-6)


@pytest.mark.slow
def test_top_is_how_many_classes_are_named(folder):
    tops = {"1": 1, "4": 4, "99": 10}
    commands = [["predict", "model.skaudio", "0.wav", "--json", "--top", top] for top in tops]
    for done, n_named in zip(skaudio_commands(commands, cwd=folder), tops.values(), strict=True):
        (prediction,) = json.loads(done.stdout)["predictions"]
        assert len(prediction["classes"]) == n_named
        shares = [named["probability"] for named in prediction["classes"]]
        assert shares == sorted(shares, reverse=True)


@pytest.mark.slow
def test_predict_names_the_most_probable_classes_as_text(folder, model):
    done = skaudio_command("predict", "model.skaudio", "0.wav", "1.wav", "--top", "2", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.replace("│", " ").splitlines() if re.search(r"\d\.\d{3}", line)]
    expected = []
    for file in ("0.wav", "1.wav"):
        (row,) = model.predict_proba([str(folder / file)])
        for k, best in enumerate(np.argsort(-row, kind="stable")[:2]):
            expected.append([file] * (k == 0) + [model.classes_[best], f"{row[best]:.3f}"])
    assert rows == expected


@pytest.mark.slow
@pytest.mark.parametrize("window", [[], ["--window", "0.5"]], ids=["whole", "windows"])
def test_predict_gives_a_file_that_cannot_be_read_its_error_and_no_class(folder, model, window):
    """Also where the model was fitted with on_error="nan", and an imputer makes something of the clip."""
    forgiving = make_pipeline(MFCCTransformer(on_error="nan"), SimpleImputer(), GaussianNB())
    with pytest.warns(AudioReadWarning):
        forgiving.fit([str(folder / name) for name in ("0.wav", "1.wav", "text.wav")], ["a", "b", "a"])
    save(forgiving, folder / "forgiving.skaudio")
    bad = ["text.wav", "nowhere.wav"]
    asked = list(
        product(("model.skaudio", "forgiving.skaudio"), (["text.wav", "0.wav", "nowhere.wav", "1.wav"], bad), (0, 1))
    )
    commands = [["predict", name, *files, *["--json"] * as_json, *window] for name, files, as_json in asked]
    for (_, files, as_json), done in zip(asked, skaudio_commands(commands, cwd=folder)):
        assert done.returncode == 3
        first, second = done.stderr.splitlines()
        assert re.match(r"skaudio: error: cannot read 'text\.wav': .*it is text, not sound", first)
        assert second == "skaudio: error: cannot read 'nowhere.wav': there is no such file"
        if as_json:
            result = json.loads(done.stdout)
            named = {each["file"] for each in result["predictions"]}
            assert [each["path"] for each in result["failures"]] == bad
            assert result["failures"][1]["error"] == "there is no such file"
            assert named == set(files) - set(bad)
        else:
            assert "text.wav" not in done.stdout
            assert ("0.wav" in done.stdout) == ("0.wav" in files)


def test_predict_shows_file_names_as_they_are(folder):
    names = ["siren [take].wav", "take[/red].wav", ":dog:.wav"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "0.wav", folder / name)
    done = skaudio_command("predict", "model.skaudio", *names, "--top", "1", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in names if name not in done.stdout] == []


# With the network: TensorFlow starts


@pytest.mark.slow
def test_evaluate_prints_folds_mean_and_classes_the_same_as_json_and_as_text(dataset, folder):
    arguments = ["evaluate", "small", "--seed", "1", "--set", "classifier__epochs=2"]
    as_json, as_text = (
        skaudio_command(*arguments, *more, "--set", "classifier__hidden_layer_sizes=(16, 8)", cwd=folder)
        for more in (["--json"], [])
    )
    assert (as_json.returncode, as_json.stderr) == (0, "")
    result = json.loads(as_json.stdout)
    assert (result["data"], result["n_clips"], result["seed"]) == ("small", 30, 1)
    assert [(fold["fold"], fold["n_test"]) for fold in result["folds"]] == [(fold, 3) for fold in range(1, 11)]
    scores = [fold["accuracy"] for fold in result["folds"]]
    assert result["mean_accuracy"] == pytest.approx(np.mean(scores))
    assert result["sd_accuracy"] == pytest.approx(np.std(scores))
    low, high = result["interval"]
    assert low <= result["accuracy"] <= high
    assert result["n_groups"] == len(set(dataset.groups))
    assert result["balanced_accuracy"] == pytest.approx(result["accuracy"])  # of classes of equal size
    assert result["majority"] == 0.1
    assert 0 <= result["random_split"]["accuracy"] <= 1
    assert result["random_split"]["leaked"] > result["random_split"]["leaked_own"]
    assert list(result["classes"]) == dataset.target_names.tolist()
    assert {values["support"] for values in result["classes"].values()} == {3}

    assert as_text.returncode == 0, as_text.stderr
    share = f"{result['random_split']['leaked']:.1%}"
    assert re.search(f"a random split +{re.escape(share)}", as_text.stdout)
    assert NOISE.search(as_text.stderr) is None
    rows = [line.split() for line in as_text.stdout.replace("│", " ").splitlines()]
    # Of three clips each, so three digits tell one accuracy from another.
    printed = {row[0]: row[2] for row in rows if re.fullmatch(r"\d+ 3 \d\.\d{3}", " ".join(row))}
    assert printed == {str(fold): f"{score:.3f}" for fold, score in enumerate(scores, start=1)}
    mean, sd = re.search(r"mean (\d\.\d{3}), sd (\d\.\d{3}) over 10 folds", as_text.stdout).groups()
    assert (mean, sd) == (f"{np.mean(scores):.3f}", f"{np.std(scores):.3f}")
    assert [row[0] for row in rows if len(row) == 5 and row[4] == "3"] == dataset.target_names.tolist()


@pytest.mark.slow
def test_info_tells_what_a_model_file_holds_without_loading_it(folder, model):
    as_text, as_json = skaudio_commands([["info", "model.skaudio"], ["info", "model.skaudio", "--json"]], cwd=folder)
    card = json.loads(as_json.stdout)
    assert card["classes"] == model.classes_.tolist()
    for words in ("air_conditioner", "22050 Hz", "1412 a clip", "Pipeline(steps="):
        assert words in as_text.stdout
    code = """
import sys
from skaudio.cli import main
try:
    main(["info", "model.skaudio"])
except SystemExit as stop:
    assert not stop.code, stop.code
print(sorted({"skops", "tensorflow", "librosa"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_a_pickle_brings_no_store_to_where_a_command_runs(folder, model, tmp_path):
    joblib.dump(copy.deepcopy(model).set_params(features__cache="features.sqlite"), tmp_path / "relative.joblib")
    shutil.copy(folder / "0.wav", tmp_path)
    done = skaudio_command("predict", "relative.joblib", "0.wav", "--allow-pickle", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == ["0.wav", "relative.joblib"]


@pytest.mark.slow
def test_a_pickle_is_loaded_where_it_is_allowed(folder, model):
    joblib.dump(model, folder / "pickled.joblib")
    done = skaudio_command("predict", "pickled.joblib", "0.wav", "--allow-pickle", "--json", cwd=folder)
    plain = skaudio_command("predict", "model.skaudio", "0.wav", "--json", cwd=folder)
    assert (done.returncode, done.stdout) == (0, plain.stdout)
