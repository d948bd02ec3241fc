"""Damaged files are read, or refused by `AudioReadError`: as bytes as by path, in time and in bounds of memory."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "benchmarks" / "fuzz.py"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_damaged_files_by_the_thousand(seed, tmp_path):
    done = subprocess.run(
        [sys.executable, FUZZ, "--files", "2000", "--seed", str(seed), "--keep", tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("0 findings\n")
