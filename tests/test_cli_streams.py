"""Commands on terminals, pipes and names of any kind."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time

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


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes them")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_change_no_status(folder, closed):
    command = f"{sys.executable} -m skaudio.cli check odd {closed}"
    assert subprocess.run(command, shell=True, cwd=folder, stdin=subprocess.DEVNULL).returncode == 0


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


def children_of(parent):
    """Return the processes that a process has started."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file:
                if name.isdigit() and int(file.read().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(name))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes are listed as Linux does")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_search_that_is_ended_leaves_no_worker_and_no_file(folder, ending):
    (folder / "grid.json").write_text(json.dumps({"classifier__C": np.geomspace(1e-4, 1, 400).tolist()}))
    before = set(os.listdir(folder))
    process = subprocess.Popen(
        [*COMMAND, "search", "odd", *SMALL, "--grid", "grid.json", "--out", "found", "--n-jobs", "2"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(workers := children_of(process.pid)) < 3 and time.monotonic() < deadline:  # two, and loky's own
        time.sleep(0.2)
    assert len(workers) >= 3
    time.sleep(2)
    process.send_signal(ending)
    process.communicate(timeout=60)
    assert process.returncode == (143 if ending == signal.SIGTERM else -9)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and any(os.path.exists(f"/proc/{worker}") for worker in workers):
        time.sleep(0.2)
    assert not [worker for worker in workers if os.path.exists(f"/proc/{worker}")]
    if ending == signal.SIGTERM:
        assert set(os.listdir(folder)) - before <= {"found"}
        assert not os.path.exists(folder / "found" / "model.skaudio")
