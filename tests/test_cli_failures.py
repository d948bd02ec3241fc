"""One bad file does not end the work of a command: an outcome for every file."""

import json
import shutil

import joblib
import pandas as pd
import pytest
from running import skaudio_command, skaudio_commands
from sklearn.naive_bayes import GaussianNB

from skaudio import make_audio_pipeline
from skaudio.datasets import make_urban_sounds

FAST = ("--set", "classifier__epochs=2", "--set", "classifier__hidden_layer_sizes=(8,)", "--set", "features__n_mfcc=8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with a dataset of 40 clips, three of them broken in ways of their own, and a model."""
    folder = tmp_path_factory.mktemp("failures")
    dataset = make_urban_sounds(folder / "urban", n_per_class=4)
    pipeline = make_audio_pipeline(classifier=GaussianNB()).fit(dataset.data, dataset.target)
    joblib.dump(pipeline, folder / "model.joblib")
    for position, content in [(3, b""), (17, b"hello"), (29, b"RIFF\0\0\0\0WAVE")]:
        with open(dataset.data[position], "wb") as file:
            file.write(content)
    (folder / "grid.json").write_text('{"classifier__dropout": [0.1, 0.3]}')
    return folder


@pytest.fixture(scope="module")
def broken(folder):
    dataset = pd.read_csv(folder / "urban" / "metadata" / "UrbanSound8K.csv")
    return [dataset.slice_file_name[position] for position in (3, 17, 29)]


COMMANDS = {
    "extract": ["extract", "urban", "-o", "features.csv", "--set", "features__n_mfcc=8"],
    "extract in parts": ["extract", "urban", "-o", "parts.csv", "--part-rows", "15", "--set", "features__n_mfcc=8"],
    "evaluate": ["evaluate", "urban", *FAST, "--json"],
    "evaluate as text": ["evaluate", "urban", *FAST],
    "search": ["search", "urban", "--grid", "grid.json", *FAST, "--json", "--n-jobs", "1"],
    "train": ["train", "urban", "-o", "trained.joblib", *FAST],
}


@pytest.fixture(scope="module")
def answers(folder):
    """What the commands say to go on, and to stop."""
    commands = [[*command, "--on-error", "skip"] for command in COMMANDS.values()]
    commands += [["extract", "urban", "-o", "none.csv"], ["train", "urban", "-o", "none.joblib", *FAST]]
    answers = skaudio_commands(commands, cwd=folder)
    return dict(zip([*COMMANDS, "extract and stop", "train and stop"], answers))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_others_are_done_and_the_failures_listed(answers, broken, command):
    done = answers[command]
    assert done.returncode == 3, done.stderr
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert len(errors) == 3
    for line, name, reason in zip(errors, broken, ("empty (0 bytes)", "not recognised", "")):
        assert line.startswith("skaudio: error: cannot read '")
        assert name in line
        assert reason in line
    if "--json" in COMMANDS[command]:
        result = json.loads(done.stdout)
        assert result["n_clips"] == 37
        assert [failure["path"].endswith(name) for failure, name in zip(result["failures"], broken)] == [True] * 3
        assert result["failures"][0]["error"] == "the file is empty (0 bytes)"
    else:
        assert "37 clips" in done.stdout


@pytest.mark.slow
def test_what_is_written_is_of_the_others(answers, folder, broken):
    whole = pd.read_csv(folder / "features.csv")
    assert len(whole) == 37
    assert not any(path.endswith(tuple(broken)) for path in whole["path"])
    assert not whole.isna().any(axis=None)
    parts = pd.concat([pd.read_csv(path) for path in sorted(folder.glob("parts-*.csv"))])
    pd.testing.assert_frame_equal(parts.reset_index(drop=True), whole)
    assert joblib.load(folder / "trained.joblib")["features"].cache is None


@pytest.mark.slow
@pytest.mark.parametrize("command", ["extract and stop", "train and stop"])
def test_without_being_told_so_a_command_stops_at_the_first(answers, folder, broken, command):
    done = answers[command]
    assert done.returncode == 2
    assert f"{broken[0]}': the file is empty" in done.stderr.splitlines()[-1]
    assert not list(folder.glob("none.*"))


# What predict is given


def predicted(done):
    result = json.loads(done.stdout)
    return [each["file"] for each in result["predictions"]]


def test_predict_takes_folders_patterns_and_paths_on_standard_input(folder, tmp_path, broken):
    place = tmp_path / "new" / "deep"
    place.mkdir(parents=True)
    good = [path for path in sorted((folder / "urban").rglob("*.wav")) if path.name not in broken][:3]
    names = ["new/a.wav", "new/deep/b c.wav", "new/deep/[x].WAV"]
    for path, name in zip(good, names):
        shutil.copy(path, tmp_path / name)
    (place / ".hidden.wav").write_text("hidden")
    (tmp_path / "new" / "notes.txt").write_text("no sound")
    (tmp_path / "new" / ".cache").mkdir()
    (tmp_path / "new" / ".cache" / "c.wav").write_text("hidden")
    model = folder / "model.joblib"
    done = skaudio_command("predict", model, "new", "--json", cwd=tmp_path)
    assert (done.returncode, predicted(done)) == (0, sorted(names))
    done = skaudio_command("predict", model, "new/*.wav", "new/**/b*", "new/deep/[x].WAV", "--json", cwd=tmp_path)
    assert (done.returncode, predicted(done)) == (0, names)
    done = skaudio_command("predict", model, "-", "--json", cwd=tmp_path, input="\n".join(names) + "\n\n")
    assert (done.returncode, predicted(done)) == (0, names)
    mistakes = [(["new/*.flac"], "no file matches 'new/*.flac'"), (["new/.cache"], None), (["empty"], "no sound files")]
    (tmp_path / "empty").mkdir()
    for arguments, says in mistakes:
        done = skaudio_command("predict", model, *arguments, "--json", cwd=tmp_path)
        if says is None:
            assert done.returncode == 3  # it is asked for by name
        else:
            assert done.returncode == 2
            assert says in done.stderr
    done = skaudio_command("predict", model, "-", cwd=tmp_path, input="\n")
    assert done.returncode == 2
    assert "standard input has no paths" in done.stderr
