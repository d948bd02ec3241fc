"""Commands on a disk without room: one line, exit status 2, and no part of an output."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from disks import fill, small_disk

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "skaudio.cli")
LINEAR = ("--preset", "tutorial", "--model", "logistic")


@pytest.fixture
def disk(tmp_path):
    """A disk of 1 MB that is full."""
    with small_disk(tmp_path, 1) as disk:
        fill(disk)
        yield disk


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract", "data", "--preset", "strong", "-o", "disk/rows.csv"),
        ("extract", "data", "--preset", "strong", "-o", "disk/rows.parquet"),
        ("train", "data", *LINEAR, "-o", "disk/model.skaudio"),
        ("train", "data", *LINEAR, "-o", "disk/model.joblib"),
        ("evaluate", "data", *LINEAR, "--out", "disk/report"),
        ("explore", "data", "--out", "disk/figures"),
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[-1:]),
)
def test_nothing_half_written_is_left(tmp_path, disk, arguments):
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for k in range(3):
            soundfile.write(tmp_path / "data" / name / f"{k}.wav", rng.normal(0, 0.1, 22050), 22050)
    done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True)
    (line,) = [line for line in done.stderr.splitlines() if "warning" not in line]
    assert done.returncode == 2, done.stderr
    assert line.startswith("skaudio: error: ")
    assert "space" in line, line
    files = [name for _, _, names in os.walk(disk) for name in names]
    assert files == ["filling"]
