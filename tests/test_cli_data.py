"""The commands that look at data, and take features out of it, on data of every kind."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
import soundfile
from running import skaudio_command, skaudio_commands
from working import COLUMNS, folder, outputs  # noqa: F401 - a fixture

from skaudio import MFCCTransformer
from skaudio.datasets import find_sounds
from skaudio.datasets._sounds import ENDINGS

# explore


@pytest.mark.slow
def test_explore_counts_what_is_there_and_draws_it(folder, tmp_path):
    done = skaudio_command("explore", folder / "urban", "--json", "--out", tmp_path / "figures")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["n_clips"], result["n_unreadable"], len(result["folds"])) == (40, 0, 10)
    assert set(result["classes"].values()) == {4}
    infos = [soundfile.info(path) for path in (folder / "urban").rglob("*.wav")]
    for name, values in {
        "sample_rates": [info.samplerate for info in infos],
        "channels": [info.channels for info in infos],
        "subtypes": [info.subtype for info in infos],
    }.items():
        assert result[name] == {str(value): values.count(value) for value in set(values)}
    assert result["seconds"]["total"] == pytest.approx(sum(info.frames / info.samplerate for info in infos), abs=1e-3)
    assert outputs(tmp_path) == {f"figures/{name}.png" for name in ("class_counts", "lengths", "examples")}


@pytest.mark.slow
def test_explore_of_folders_and_tables_prints_classes_and_where_the_figures_are(folder, tmp_path):
    for arguments in (["classes"], ["table.csv", *COLUMNS]):
        done = skaudio_command("explore", *arguments, "--out", tmp_path, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert "12 clips" in done.stdout
        assert re.search(r"dog_bark +4\n", done.stdout)
        assert "no folds of its own" in done.stdout
        assert str(tmp_path / "lengths.png") in done.stdout
        assert "warning" not in done.stderr  # nothing is split here


@pytest.mark.slow
def test_explore_says_how_many_clips_of_urbansound8k_are_there(urbansound8k, tmp_path):
    done = skaudio_command("explore", urbansound8k, "--out", tmp_path)
    assert done.returncode == 2
    assert re.search(r"8712 of 8732 files .* --missing drop keeps the other 20", done.stderr)
    done = skaudio_command("explore", urbansound8k, "--out", tmp_path, "--missing", "drop")
    assert done.returncode == 0
    assert "8712 of 8732" in done.stderr
    assert "20 clips" in done.stdout


# check


@pytest.mark.slow
def test_check_names_files_with_problems_and_exits_with_1(folder):
    done = skaudio_command("check", "odd", cwd=folder)
    assert done.returncode == 1
    assert re.search(r"odd/broken\.wav +unreadable", done.stdout)
    assert re.search(r"odd/silent\.wav +silent", done.stdout)
    assert "3 files: 2 with problems, 1 without" in done.stdout
    assert "notes.txt" not in done.stdout
    as_json = json.loads(skaudio_command("check", "odd", "--json", cwd=folder).stdout)
    assert as_json["n_clips"] == 3
    assert [(os.path.basename(each["path"]), each["problem"]) for each in as_json["problems"]] == [
        ("broken.wav", "unreadable"),
        ("silent.wav", "silent"),
    ]


def test_check_exits_with_0_where_all_is_well(folder):
    data = (["urban"], ["classes"], ["table.csv", *COLUMNS])
    for done in skaudio_commands([["check", *arguments] for arguments in data], cwd=folder):
        assert (done.returncode, "0 with problems" in done.stdout) == (0, True), done.stdout


@pytest.mark.slow
def test_check_looks_at_what_the_loaders_read_links_to_folders_and_all_endings(tmp_path):
    """Some systems know no kind for half of the endings, or another one."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for ending in ENDINGS:
        soundfile.write(outside / f"a{ending}", np.zeros(22050), 22050, format="WAV")
    data = tmp_path / "data"
    data.mkdir()
    (data / "linked").symlink_to(outside, target_is_directory=True)
    (data / "no_ending").write_bytes((outside / "a.wav").read_bytes())
    (data / "notes.txt").write_text("not a sound")
    done = skaudio_command("check", "data", "--json", cwd=tmp_path)
    found = {row["path"] for row in json.loads(done.stdout)["problems"]}
    assert found == {os.path.join("data", "linked", f"a{ending}") for ending in ENDINGS} | {"data/no_ending"}
    assert set(find_sounds(data)) == {str(tmp_path / path) for path in found} - {str(data / "no_ending")}


def test_check_agrees_with_the_manifest_of_odd_files(faults):
    result = json.loads(skaudio_command("check", faults, "--json").stdout)
    expect = pd.read_csv(faults / "manifest.csv").set_index("file")["expect"]
    assert result["n_clips"] == len(expect)
    kinds = {"unreadable": "error", "empty": "empty", "non-finite": "non-finite"}
    found = {
        os.path.basename(each["path"]): kinds[each["problem"]]
        for each in result["problems"]
        if each["problem"] in kinds
    }
    assert {name: kind for name, kind in expect.items() if kind in kinds.values()} == {
        name: kind for name, kind in found.items() if expect[name] != "audio or error"
    }


# extract


@pytest.mark.slow
@pytest.mark.parametrize("data", ["urban", "table.csv"])
def test_extract_writes_a_row_a_clip_with_features_label_fold_and_group(folder, tmp_path, data):
    out = tmp_path / "features.csv"
    arguments = COLUMNS if data == "table.csv" else ()
    settings = ("--preset", "tutorial", "--set", "features__n_mfcc=5")
    done = skaudio_command("extract", data, "-o", out, *settings, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out)
    mfcc = MFCCTransformer(n_mfcc=5)
    features = list(mfcc.get_feature_names_out())
    more = ["label", "fold", "group"] if data == "urban" else ["label", "group"]
    assert list(table.columns) == ["path", *features, *more]
    rows = mfcc.transform([folder / path for path in table["path"]])
    np.testing.assert_allclose(table[features].to_numpy(), rows, rtol=1e-6)
    assert outputs(tmp_path) == {"features.csv"}
    again = tmp_path / "again.csv"
    skaudio_command("extract", data, "-o", again, *settings, *arguments, cwd=folder)
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.slow
def test_extract_in_parts_writes_the_same_rows_in_several_files(folder, tmp_path):
    for arguments in ([], ["--part-rows", "15"]):
        done = skaudio_command("extract", "urban", "-o", tmp_path / "features.csv", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert "40 clips in 3 parts" in done.stdout
    parts = [pd.read_csv(tmp_path / f"features-0000{k}.csv") for k in range(3)]
    assert [len(part) for part in parts] == [15, 15, 10]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), pd.read_csv(tmp_path / "features.csv"))
    assert len(outputs(tmp_path)) == 4


def test_extract_of_segments_says_where_each_one_is(folder, tmp_path):
    table = pd.DataFrame({"path": ["classes/siren/" + os.listdir(folder / "classes" / "siren")[0]] * 2})
    table.assign(label=["a", "b"], offset=[0.0, 0.2], duration=[0.2, 0.1]).to_csv(folder / "segments.csv", index=False)
    out = tmp_path / "features.csv"
    done = skaudio_command("extract", "segments.csv", "-o", out, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(out)[["offset", "duration", "label"]].to_numpy().tolist() == [[0.0, 0.2, "a"], [0.2, 0.1, "b"]]


def test_extract_writes_parquet_where_it_can(folder, tmp_path):
    pytest.importorskip("pyarrow")
    done = skaudio_command("extract", "urban", "-o", tmp_path / "features.parquet", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "features.parquet")) == 40


# What the user can put right

MISTAKES = {
    "folder without sounds": (["explore", "empty"], "'empty'"),
    "folder to check without sounds": (["check", "empty"], "no sound files in 'empty'"),
    "nothing to check": (["check", "nowhere"], "'nowhere'"),
    "table without such columns": (["explore", "table.csv"], "meant by --column path=NAME; it has clip, kind, day"),
    "unknown column": (["explore", "table.csv", "--column", "path=file", "--column", "label=kind"], "'file'"),
    "unknown role of a column": (["check", "table.csv", "--column", "file=clip"], "--column 'file=clip'"),
    "columns of a folder": (["explore", "classes", "--column", "path=clip"], "is a folder"),
    "text in place of a table": (["explore", "grid.json"], "grid.json"),
    "no output": (["extract", "urban"], "--output"),
    "output of an unknown kind": (["extract", "urban", "-o", "features.xlsx"], r"'features\.xlsx' must end in \.csv"),
    "output into a missing folder": (["extract", "urban", "-o", "no/such/features.csv"], "no/such"),
    "model in place of a folder": (["train", "urban", "-o", "empty"], "'empty' is a folder"),
    "folder for figures that is a file": (["explore", "urban", "--out", "grid.json"], "grid.json|File exists"),
    "missing grid": (["search", "urban", "--grid", "nowhere.json"], r"'nowhere\.json'"),
    "grid that is no JSON": (["search", "urban", "--grid", "broken.json"], r"'broken\.json' is no JSON"),
    "grid of single values": (["search", "urban", "--grid", "no_grid.json"], r"'no_grid\.json' is no grid"),
    "misspelt parameter in a grid": (["search", "urban", "--grid", "misspelt.json"], "'dropuot'"),
    "grid of another kind": (["search", "urban", "--grid", "table.csv"], "must end in"),
    "hop without a window": (["predict", "m.skaudio", "a.wav", "--hop", "1"], "--hop needs --window"),
    "window of no length": (["predict", "m.skaudio", "a.wav", "--window", "0"], "--window"),
}


@pytest.fixture(scope="module")
def answers(folder):
    before = outputs(folder)
    done = dict(zip(MISTAKES, skaudio_commands([arguments for arguments, _ in MISTAKES.values()], cwd=folder)))
    assert outputs(folder) == before, "something was written"
    return done


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_line_and_exit_status_2(answers, mistake):
    done, names = answers[mistake], MISTAKES[mistake][1]
    (line,) = done.stderr.splitlines()
    assert line.startswith("skaudio: error: ")
    assert re.search(names, line)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    [
        "folder without sounds",
        "nothing to check",
        "output into a missing folder",
        "model in place of a folder",
        "misspelt parameter in a grid",
    ],
)
def test_mistake_is_told_the_same_in_a_process_of_its_own(answers, folder, mistake):
    done, answer = skaudio_command(*MISTAKES[mistake][0], cwd=folder), answers[mistake]
    assert (done.returncode, done.stdout, done.stderr) == (answer.returncode, answer.stdout, answer.stderr)
