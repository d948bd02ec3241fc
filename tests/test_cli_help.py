"""Help and version, which load nothing heavy."""

import subprocess
import sys

import pytest
from running import skaudio_command

import skaudio


def test_help_names_the_commands():
    done = skaudio_command("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("demo", "evaluate", "predict", "--version"):
        assert word in done.stdout


@pytest.mark.parametrize(
    "command, words",
    [
        ("demo", ["--data", "--out", "--missing", "--seed", "--n-jobs"]),
        ("evaluate", ["DATA", "--set", "--missing", "--seed", "--n-jobs", "--json"]),
        ("predict", ["MODEL", "FILES", "--top", "--json", "trust"]),
    ],
)
def test_help_of_a_command_names_its_options(command, words):
    done = skaudio_command(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["evaluate", "--help"], ["predict", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    code = """
import sys
import skaudio.cli
try:
    skaudio.cli.main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
heavy = {"numpy", "scipy", "sklearn", "pandas", "librosa", "matplotlib", "tensorflow", "keras", "joblib", "soundfile"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert "Usage" in done.stdout
    assert done.stderr.strip() == "[]"


def test_version_is_that_of_the_package():
    done = skaudio_command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"skaudio {skaudio.__version__}\n", "")


def test_without_arguments_help_is_shown():
    done = skaudio_command()
    assert "Usage" in done.stdout + done.stderr
    assert "evaluate" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
