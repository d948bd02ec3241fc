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
    (folder / "grid.json").write_text(json.dumps({"classifier__C": np.geomspace(1e-4, 1, 400).tolist()}))
    (folder / "epochs.json").write_text(json.dumps({"classifier__epochs": list(range(20, 60))}))
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


@pytest.mark.slow
@pytest.mark.parametrize("arguments", WITH_WORKERS.values(), ids=WITH_WORKERS)
def test_ctrl_c_at_any_moment_is_one_line(folder, arguments):
    """A terminal sends it to all processes of the group; half of the moments are those at which workers start."""
    latest = 6 if "logistic" in arguments else 14
    before = set(os.listdir(folder))
    for moment in np.random.default_rng(0).uniform(0.5, latest, 12):
        with start(folder, arguments) as process:
            time.sleep(moment)
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            said = [line for line in errors.splitlines() if "warning: it has neither folds nor groups" not in line]
            # The latter is 130 to a shell: Python's own answer where an import of C code was interrupted.
            assert process.returncode in (130, -signal.SIGINT)
            assert said == ["skaudio: interrupted"], moment
            assert not gone(process.pid, 20), moment
    assert set(os.listdir(folder)) - before <= {"found"}
    assert not os.path.exists(folder / "found" / "model.skaudio")


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_ten_ended_searches_leave_no_worker_and_no_file(folder, ending):
    before = set(os.listdir(folder))
    for moment in np.random.default_rng(ending).uniform(0.5, 3, 10):
        with start(folder, WITH_WORKERS["search"]) as process:
            deadline = time.monotonic() + 60
            while len(of_group(process.pid)) < 3 and time.monotonic() < deadline:
                time.sleep(0.1)
            assert len(of_group(process.pid)) >= 3  # its workers among them
            time.sleep(moment)
            process.send_signal(ending)
            process.communicate(timeout=60)  # workers hold the other end of its pipe
            assert process.returncode == (143 if ending == signal.SIGTERM else -9)
            assert not gone(process.pid, 30), moment
    if ending == signal.SIGTERM:
        assert set(os.listdir(folder)) - before <= {"found"}
    assert not os.path.exists(folder / "found" / "model.skaudio")
