"""The wheel holds the package alone, and says what it needs."""

import email
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from skaudio.dsp import kernel

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"skaudio"}
    assert "skaudio/py.typed" in names
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "skaudio").rglob("*.py")}
    assert expected == {name for name in names if name.endswith(".py")}
    page = {str(path.relative_to(ROOT)) for path in (ROOT / "skaudio/library/page/static").iterdir()}
    assert page <= set(names)
    assert not [name for name in names if name.endswith((".c", ".h"))]
    assert [name for name in names if "_kernel." in name] == ["skaudio/dsp/_native/_kernel.so"] * (kernel() == "native")
    assert wheel.name.split("-")[2:4] == ["py3", "none"]  # for all Pythons of a platform


def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra")) >= {"keras", "av", "dask", "test"}
    core = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert not any("tensorflow" in line or "scikeras" in line for line in core)


APPLICATION = """
import sys
from skaudio import load_audio
from skaudio.dsp import kernel
waveform, rate = load_audio(sys.argv[1], sample_rate=None)
print(len(waveform), rate, kernel())
"""
# What reading a clip needs none of; with them an application takes minutes to build.
LEFT_OUT = (
    *("tensorflow", "keras", "scikeras", "sklearn", "pandas", "librosa", "numba", "matplotlib", "joblib", "av"),
    *("polars", "pyarrow", "optuna", "dask", "pooch", "typer", "rich"),
)


@pytest.mark.slow
def test_an_application_made_by_pyinstaller_finds_the_lazy_names(wheel, tmp_path):
    """Names come out of a stub, and submodules are imported when they are first asked for: the hook tells of both."""
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", "site", wheel]
    subprocess.run(install, cwd=tmp_path, check=True)
    (tmp_path / "listen.py").write_text(APPLICATION)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "listen.py"]
    for name in LEFT_OUT:
        command += ["--exclude-module", name]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sound = tmp_path / "sound.wav"
    soundfile.write(sound, np.zeros(500), 8000)
    application = tmp_path / "dist" / "listen" / "listen"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([application, sound], cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (f"500 8000 {kernel()}\n", 0), done.stderr
