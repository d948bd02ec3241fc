"""Commands that are interrupted, ended and killed at any moment: one line, no worker, nothing half written."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import soundfile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes are listed as Linux does"),
]

COMMAND = (sys.executable, "-m", "skaudio.cli")
LINEAR = ("--preset", "tutorial", "--model", "logistic")
WITH_WORKERS = {
    "search": ("search", "data", *LINEAR, "--grid", "grid.json", "--out", "found", "--n-jobs", "2"),
    "search with networks": (
        "search",
        "data",
        "--preset",
        "tutorial",
        "--grid",
        "epochs.json",
        "--out",
        "found",
        "--n-jobs",
        "2",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        (folder / "data" / name).mkdir(parents=True)
        for k in range(4):
            soundfile.write(folder / "data" / name / f"{k}.wav", rng.normal(0, 0.1, 22050), 22050)
    (folder / "grid.json").write_text(json.dumps({"classifier__C": np.geomspace(1e-4, 1, 4000).tolist()}))
    (folder / "epochs.json").write_text(json.dumps({"classifier__epochs": list(range(20, 400))}))
    return folder


def of_group(group):
    """Return the processes of a group that are alive."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, _, its_group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(name))
    return found


def gone(group, seconds):
    """Wait for all processes of a group to end, and tell which have not."""
    deadline = time.monotonic() + seconds
    while (left := of_group(group)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@contextmanager
def start(folder, arguments):
    """Start a command in a group of its own, which is killed at the end, should a test have failed before."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def heeds_signals(process):
    """Tell whether a command has begun: Python alone does not catch SIGTERM."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            caught = next(line for line in file if line.startswith("SigCgt:")).split()[1]
    except (OSError, StopIteration):
        return False
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def wait_until(process, is_so):
    deadline = time.monotonic() + 300
    while not is_so() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


def has(process, n):
    """Return what tells whether the command has begun and its group has `n` processes, workers among them."""
    return lambda: heeds_signals(process) and len(of_group(process.pid)) >= n


# How many processes there are, and seconds after that: imports, features, the start of workers, their work.
MOMENTS = [(1, 0.0), (1, 0.7), (1, 1.6), (2, 0.0), (2, 0.15), (3, 0.0), (3, 0.3), (3, 3.0)]


@pytest.mark.parametrize("arguments", WITH_WORKERS.values(), ids=WITH_WORKERS)
def test_ctrl_c_at_any_moment_is_one_line(folder, arguments):
    """A terminal sends it to all processes of the group."""
    before = set(os.listdir(folder))
    for moment in MOMENTS:
        n_processes, seconds = moment
        with start(folder, arguments) as process:
            wait_until(process, has(process, n_processes))
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=300)
            said = [line for line in errors.splitlines() if "warning: it has neither folds nor groups" not in line]
            # The latter is 130 to a shell: Python's own answer where an import of C code was interrupted.
            assert process.returncode in (130, -signal.SIGINT), moment
            assert said == ["skaudio: interrupted"], moment
            assert not gone(process.pid, 60), moment
    assert set(os.listdir(folder)) - before <= {"found"}
    assert not os.path.exists(folder / "found" / "model.skaudio")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_ended_searches_leave_no_worker_and_no_file(folder, ending):
    before = set(os.listdir(folder))
    for seconds in (0.0, 0.3, 1.0, 2.5):
        with start(folder, WITH_WORKERS["search"]) as process:
            wait_until(process, has(process, 3))
            time.sleep(seconds)
            process.send_signal(ending)
            process.communicate(timeout=300)  # workers hold the other end of its pipe
            assert process.returncode == (143 if ending == signal.SIGTERM else -9)
            assert not gone(process.pid, 60), seconds
    if ending == signal.SIGTERM:
        assert set(os.listdir(folder)) - before <= {"found"}
    assert not os.path.exists(folder / "found" / "model.skaudio")
