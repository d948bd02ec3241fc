"""One bad file does not end the work of a command: an outcome for every file."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from running import skaudio_command, skaudio_commands
from sklearn.naive_bayes import GaussianNB

from skaudio import load, make_audio_pipeline, predict_windows, save
from skaudio.datasets import load_dataset, make_urban_sounds
from skaudio.exceptions import LeakageWarning
from skaudio.windows import merge_windows

FAST = ("--set", "classifier__epochs=2", "--set", "classifier__hidden_layer_sizes=(8,)", "--set", "features__n_mfcc=8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with a dataset of 40 clips, three of them broken in ways of their own, and a model."""
    folder = tmp_path_factory.mktemp("failures")
    dataset = make_urban_sounds(folder / "urban", n_per_class=4)
    pipeline = make_audio_pipeline("tutorial", classifier=GaussianNB()).fit(dataset.data, dataset.target)
    save(pipeline, folder / "model.skaudio")
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
    "train": ["train", "urban", "-o", "trained.skaudio", *FAST],
}


@pytest.fixture(scope="module")
def answers(folder):
    """What the commands say to go on, and to stop."""
    commands = [[*command, "--on-error", "skip"] for command in COMMANDS.values()]
    commands += [["extract", "urban", "-o", "none.csv"], ["train", "urban", "-o", "none.skaudio", *FAST]]
    answers = skaudio_commands(commands, cwd=folder)
    return dict(zip([*COMMANDS, "extract and stop", "train and stop"], answers))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_others_are_done_and_the_failures_listed(answers, broken, command):
    done = answers[command]
    assert done.returncode == 3, done.stderr
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert len(errors) == 3
    for line, name, reason in zip(
        errors, broken, ("empty (0 bytes)", "it is text, not sound", "it starts as WAV does")
    ):
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
    assert load(folder / "trained.skaudio")["features"].cache is None


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


@pytest.mark.slow
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
    model = folder / "model.skaudio"
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


# What predict writes


@pytest.fixture(scope="module")
def long(folder):
    """A recording of 4.5 s."""
    path = folder / "long.wav"
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, int(4.5 * 22050))
    soundfile.write(path, noise * np.linspace(0, 1, len(noise)), 22050)
    return path


def test_predict_writes_tables_and_labels(folder, long, tmp_path):
    model = load(folder / "model.skaudio")
    table = predict_windows(model, [str(long)], window=1.0)
    names = list(model.classes_)
    common = ["predict", str(folder / "model.skaudio"), "long.wav", "--window", "1"]
    outputs = ["out.csv", "out.json", "out.txt", "out.selections.txt"]
    commands = [[*common, "-o", str(tmp_path / name), "--threshold", "0.3"] for name in outputs]
    for done in skaudio_commands(commands, cwd=folder):
        assert (done.returncode, done.stderr) == (0, "")
        assert "5 windows of 1 files" in done.stdout
    written = pd.read_csv(tmp_path / "out.csv")
    assert written["path"].tolist() == ["long.wav"] * 5
    assert written[["start", "end"]].to_numpy().tolist() == table[["start", "end"]].to_numpy().tolist()
    np.testing.assert_allclose(written[[f"p_{name}" for name in names]], table[names])
    assert written["predicted"].tolist() == table[names].idxmax(axis=1).tolist()
    assert pd.DataFrame(json.loads((tmp_path / "out.json").read_text())).shape == written.shape
    labels = merge_windows(table, threshold=0.3)
    lines = [line.split("\t") for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert [(float(a), float(b), name) for a, b, name in lines] == [
        (pytest.approx(row.start), pytest.approx(row.end), row.label) for row in labels.itertuples()
    ]
    raven = pd.read_csv(tmp_path / "out.selections.txt", sep="\t")
    assert raven["Annotation"].tolist() == labels["label"].tolist()
    assert raven["Begin Time (s)"].tolist() == pytest.approx(labels["start"].tolist())
    assert raven["Begin Path"].tolist() == ["long.wav"] * len(labels)
    # What is written can be read as a dataset again.
    (folder / "long.txt").write_text((tmp_path / "out.txt").read_text())
    with pytest.warns(LeakageWarning):
        dataset = load_dataset(folder / "long.txt")
    assert dataset.target.tolist() == labels["label"].tolist()


def test_predict_of_files_is_written_with_what_failed_told_of(folder, long, tmp_path):
    (tmp_path / "empty.wav").touch()
    arguments = ["predict", folder / "model.skaudio", long, "empty.wav", "-o", "out.csv"]
    done = skaudio_command(*arguments, cwd=tmp_path)
    assert done.returncode == 3
    assert "cannot read 'empty.wav'" in done.stderr
    assert pd.read_csv(tmp_path / "out.csv")["path"].tolist() == [str(long)]


def test_a_long_timeline_is_summed_up_on_the_terminal(folder, long):
    done = skaudio_command("predict", "model.skaudio", "long.wav", "--window", "0.2", "--hop", "0.1", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) < 20
    assert "44 windows" in done.stdout
    seconds = [float(line.split()[-2]) for line in done.stdout.splitlines() if line.rstrip()[-1:].isdigit()]
    assert sum(seconds) == pytest.approx(4.5, abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, says",
    [
        (["long.wav", "-o", "out.xlsx"], "must end in .csv, .json, .txt"),
        (["long.wav", "-o", "out.txt"], "they need --window"),
        (["long.wav", "long.wav", "--window", "1", "-o", "out.txt"], "belongs to one recording, and there are 2"),
        (["long.wav", "-o", "no/such/out.csv"], "no/such"),
    ],
)
def test_what_cannot_be_written_is_told_of_before_the_work(folder, long, arguments, says):
    done = skaudio_command("predict", "model.skaudio", *arguments, cwd=folder)
    assert done.returncode == 2
    assert says in done.stderr
