"""Commands on terminals, pipes and names of any kind."""

import base64
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile

from skaudio.datasets import load_audio_folder
from skaudio.exceptions import LeakageWarning

COMMAND = (sys.executable, "-m", "skaudio.cli")
CLASSES = ("dog", "=1+1", r"$\frac{$", "\x1b[31mred", "naïve")
SMALL = ("--preset", "tutorial", "--model", "logistic")


def write_sounds(folder, classes):
    rng = np.random.default_rng(0)
    for name in classes:
        place = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else name.encode())
        os.makedirs(place)
        for k in range(3):
            with open(os.path.join(place, b"%d.wav" % k), "wb") as file:
                soundfile.write(file, rng.normal(0, 0.1, 22050), 22050, format="WAV")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    write_sounds(folder / "odd", CLASSES)
    write_sounds(folder / "bytes", (b"a\xff", b"b"))
    return folder


def run(folder, *arguments, **environment):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, env={**os.environ, **environment}
    )


@pytest.mark.slow
def test_names_of_classes_move_no_cursor_and_are_no_formula(folder):
    explored = run(folder, "explore", "odd", "--out", "figures")
    assert explored.returncode == 0, explored.stderr
    evaluated = run(folder, "evaluate", "odd", *SMALL, "--out", "report", "--safe-csv")
    assert evaluated.returncode == 0, evaluated.stderr
    for done in (explored, evaluated):
        assert b"\x1b" not in done.stdout + done.stderr
    assert rb"\x1b[31mred" in evaluated.stdout
    labels = set(pd.read_csv(folder / "report" / "predictions.csv")["label"])
    assert labels == {"'=1+1", *CLASSES} - {"=1+1"}
    page = (folder / "report" / "report.html").read_text("utf-8")
    linked = base64.b64decode(re.search(r"data:text/csv;base64,([^\"]+)", page)[1])
    assert linked == (folder / "report" / "predictions.csv").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_names_that_are_no_text_are_names(folder, environment):
    for arguments in (["check", "bytes"], ["evaluate", "bytes", *SMALL], ["check", "odd"]):
        done = run(folder, *arguments, **environment)
        assert (done.returncode, done.stderr.count(b"\n")) == (0, int(arguments[0] == "evaluate")), done.stderr
    extracted = run(folder, "extract", "bytes", "--preset", "tutorial", "-o", "rows.csv", **environment)
    assert extracted.returncode == 0, extracted.stderr
    rows = (folder / "rows.csv").read_bytes()
    assert rows.count(rb"bytes/a\xff/") == 3  # a path that can be printed
    assert rows.count(b",a\xff\n") == 3


@pytest.mark.filterwarnings("error")
def test_such_a_folder_is_a_dataset(folder):
    with pytest.warns(LeakageWarning):
        dataset = load_audio_folder(folder / "bytes")
    assert dataset.target_names.tolist() == ["a\udcff", "b"]
    assert all(map(os.path.exists, dataset.data))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes them")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_change_no_status(folder, closed):
    command = f"{sys.executable} -m skaudio.cli check odd {closed}"
    assert subprocess.run(command, shell=True, cwd=folder, stdin=subprocess.DEVNULL).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["check", "odd"], ["check", "odd", "--json"]])
def test_a_reader_that_has_gone_ends_the_command_in_silence(folder, arguments):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, *arguments], cwd=folder, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_a_grid_of_too_many_brackets_is_one_line(folder):
    (folder / "deep.json").write_text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")
    done = run(folder, "search", "odd", "--grid", "deep.json", *SMALL)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
