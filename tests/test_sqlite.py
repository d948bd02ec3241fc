"""SQLite is Python's own, whenever TensorFlow is imported, which has another one without full-text search."""

import subprocess
import sys

import pytest

LIBRARY = "from skaudio.library import SoundLibrary; print(len(SoundLibrary('a.library').sounds))"


def run(script, folder):
    return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere libraries do not see each other's names")
@pytest.mark.parametrize(
    "before",
    ["import tensorflow", "import keras", "from skaudio.neural import import_keras; import_keras(); import sqlite3"],
)
def test_a_library_is_opened_after_tensorflow(before, tmp_path):
    pytest.importorskip("keras")
    done = run(f"{before}; {LIBRARY}", tmp_path)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


@pytest.mark.slow
def test_sqlite_that_tensorflow_has_replaced_is_told_of(tmp_path):
    pytest.importorskip("keras")
    begin = "import tensorflow, sqlite3; memory = sqlite3.connect(':memory:')"
    if run(f"{begin}; memory.execute('CREATE VIRTUAL TABLE t USING fts5(x)')", tmp_path).returncode == 0:
        pytest.skip("TensorFlow replaces nothing here")
    done = run(f"{begin}; {LIBRARY}", tmp_path)
    assert "import skaudio.library, or sqlite3, before TensorFlow" in done.stderr
