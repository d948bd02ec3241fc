"""Commands on a disk without room: one line, exit status 2, and no part of an output."""

import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "skaudio.cli")
LINEAR = ("--preset", "tutorial", "--model", "logistic")


@pytest.fixture
def disk(tmp_path):
    """A disk of 1 MB that is full but for 2 kB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        with suppress(OSError), open(disk / "filling", "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


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
