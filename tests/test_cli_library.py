"""``skaudio library`` as a user runs it."""

import json

import numpy as np
import pandas as pd
import pytest
from running import skaudio_commands
from sounds import hiss, tone, write

from skaudio.library import SoundLibrary


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    for k in range(4):
        write(place / "s" / "tones" / f"tone {k}.wav", tone(300 * (k + 1), seed=k))
        write(place / "s" / "noise" / f"hiss{k}.wav", hiss(seed=k))
    write(place / "query.wav", tone(310))
    (place / "s" / "bad.wav").write_bytes(b"<html>no</html>")
    return place


@pytest.fixture(scope="module")
def done(place):
    commands = {
        "none": ["library", "search", "tone"],
        "add": ["library", "add", "s", "--preset", "tutorial"],
        "again": ["library", "update", "--json"],
        "fine": ["library", "add", "s/tones", "-l", "fine.library", "--preset", "tutorial"],
        "info": ["library", "info", "--json"],
        "words": ["library", "search", "tone", "-k", "3", "--json"],
        "sound": ["library", "search", "query.wav", "-k", "2", "--unlike", "s/noise/hiss0.wav", "--json"],
        "both": ["library", "search", "query.wav", "hiss", "-k", "8"],
        "part": ["library", "search", "query.wav", "--offset", "0.1", "--duration", "0.2", "-k", "1"],
        "tag": ["library", "tag", "high", "s/tones/tone 3.wav", "s/noise/hiss0.wav"],
        "tagged": ["library", "search", "query.wav", "--tag", "high", "--json"],
        "where": ["library", "search", "query.wav", "--where", "seconds=:0.4"],
        "same": ["library", "duplicates", "--by", "content"],
        "map": ["library", "map", "-o", "map.csv"],
        "figure": ["library", "map", "--method", "pca", "--json"],
        "export": ["library", "export", "-o", "high.m3u", "--tag", "high"],
        "copies": ["library", "export", "s/noise/hiss1.wav", "-o", "out"],
        "gone": ["library", "search", "nowhere.wav"],
        "bad query": ["library", "search", "s/bad.wav"],
        "bad where": ["library", "search", "query.wav", "--where", "seconds"],
        "bad weight": ["library", "search", "query.wav", "--weight", "mfcc"],
        "no folder": ["library", "add", "nowhere", "-l", "new.library"],
        "no pattern": ["library", "add", "s", "-l", "new.library", "--pattern", "{label}_x_{n}"],
    }
    return dict(zip(commands, skaudio_commands(list(commands.values()), cwd=place)))


def test_add_hears_a_folder_and_lists_what_it_cannot(place, done):
    assert done["add"].returncode == 3
    assert "9 added" in done["add"].stdout
    assert "cannot read" in done["add"].stderr
    assert "bad.wav" in done["add"].stderr
    report = json.loads(done["again"].stdout)
    assert (done["again"].returncode, report["n_unchanged"], report["failures"]) == (0, 9, [])
    found = json.loads(done["info"].stdout)
    assert (found["sounds"], found["unreadable"], found["folders"]) == (8, 1, [str(place / "s")])
    assert [each["path"] for each in found["failures"]] == [str(place / "s" / "bad.wav")]


def test_a_folder_without_faults_is_no_failure(done):
    assert (done["fine"].returncode, done["fine"].stderr) == (0, "")
    assert "4 added" in done["fine"].stdout


def test_search(place, done):
    names = [each["path"].rpartition("/")[2] for each in json.loads(done["words"].stdout)["results"]]
    assert len(names) == 3
    assert all("tone" in name for name in names)
    found = json.loads(done["sound"].stdout)["results"]
    expected = SoundLibrary(place / "sounds.library").search(
        str(place / "query.wav"), 2, unlike=str(place / "s" / "noise" / "hiss0.wav")
    )
    assert [each["id"] for each in found] == expected["id"].tolist()
    np.testing.assert_allclose([each["similarity"] for each in found], expected["similarity"])
    assert "hiss" in done["both"].stdout
    assert "tone 0.wav" in done["part"].stdout
    assert done["where"].stdout == "nothing is found\n"


def test_tags_and_exports(place, done):
    assert done["tag"].stdout == "high: given to 2 sounds\n"
    assert len(json.loads(done["tagged"].stdout)["results"]) == 2
    assert done["same"].stdout.endswith("0 sounds in 0 groups\n")
    assert len(pd.read_csv(place / "map.csv")) == 8
    assert (place / "map.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(done["figure"].stdout)["n_sounds"] == 8
    assert len((place / "high.m3u").read_text().splitlines()) == 5
    assert [each.name for each in (place / "out").iterdir()] == ["hiss1.wav"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("none", "skaudio library add FOLDER makes one"),
        ("gone", "no file 'nowhere.wav'"),
        ("bad query", "cannot read"),
        ("bad where", "NAME=VALUE"),
        ("bad weight", "PART=NUMBER"),
        ("no folder", "no such folder"),
        ("no pattern", "do not match"),
    ],
)
def test_mistakes_are_one_line(place, done, command, words):
    (line,) = done[command].stderr.splitlines()
    assert (done[command].returncode, done[command].stdout) == (2, "")
    assert line.startswith("skaudio: error: ")
    assert words in line
    assert not (place / "new.library").exists()
