"""``skaudio cache`` on a store that holds a few clips."""

import json
import re

import numpy as np
import pytest
from running import skaudio_command

from skaudio import MFCCTransformer
from skaudio.cli._cache import bytes_of
from skaudio.store import FeatureStore


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "features.sqlite"
    MFCCTransformer(cache=path).fit_transform([np.full(9000, k / 99, np.float32) for k in range(30)])
    return path


def test_info_is_that_of_the_store(path):
    done = skaudio_command("cache", "info", "--path", path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == FeatureStore(path).info()
    assert "30 clips" in skaudio_command("cache", "info", "--path", path).stdout


@pytest.mark.slow
def test_prune_and_clear_forget(path):
    size = FeatureStore(path).info()["bytes"]
    done = skaudio_command("cache", "prune", f"{size // 2000}kB", "--path", path)
    assert (done.returncode, done.stderr) == (0, "")
    n = int(re.match(r"(\d+) clips forgotten", done.stdout)[1])
    assert FeatureStore(path).info()["clips"] == 30 - n < 30
    done = skaudio_command("cache", "clear", "--path", path)
    assert (done.returncode, done.stdout) == (0, f"{30 - n} clips forgotten\n")
    assert FeatureStore(path).info()["clips"] == 0


@pytest.mark.parametrize("size, n", [("1000", 1000), ("500MB", 500_000_000), ("1.5 g", 1_500_000_000), ("2k", 2000)])
def test_sizes_are_read(size, n):
    assert bytes_of(size) == n


@pytest.mark.slow
@pytest.mark.parametrize("arguments, words", [(["prune", "much"], "'much'"), (["info", "--path", "."], "is a folder")])
def test_mistakes_are_one_line(tmp_path, arguments, words):
    done = skaudio_command("cache", *arguments, cwd=tmp_path)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("skaudio: error: ")
    assert words in line
