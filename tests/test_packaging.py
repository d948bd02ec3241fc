"""The wheel holds the package alone, and a model pickled here works where only the wheel is installed."""

import email
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the sources, so that the build leaves nothing behind in them."""
    sources = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    shutil.copytree(ROOT / "skaudio", sources / "skaudio", ignore=shutil.ignore_patterns("__pycache__"))
    (sources / "tests").mkdir()
    (sources / "tests" / "__init__.py").touch()
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(out),
        str(sources),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"skaudio"}
    assert "skaudio/py.typed" in names
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "skaudio").rglob("*.py")}
    assert expected == {name for name in names if name.endswith(".py")}


def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra")) >= {"keras", "dask", "test"}
    core = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert not any("tensorflow" in line or "scikeras" in line for line in core)


@pytest.mark.slow
def test_a_pickle_works_in_an_isolated_process_with_the_wheel_alone(wheel, tmp_path):
    import joblib
    import numpy as np

    from skaudio import make_audio_pipeline
    from skaudio.datasets import make_urban_sounds

    dataset = make_urban_sounds(tmp_path / "data", n_per_class=2)
    pipeline = make_audio_pipeline(random_state=0).set_params(classifier__epochs=2)
    pipeline.fit(dataset.data, dataset.target)
    expected = pipeline.predict_proba(dataset.data[:3])
    joblib.dump(pipeline, tmp_path / "model.joblib")
    installed = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    script = f"""
import sys
sys.path.insert(0, {str(installed)!r})
import joblib, skaudio
assert skaudio.__file__.startswith({str(installed)!r}), skaudio.__file__
probabilities = joblib.load({str(tmp_path / "model.joblib")!r}).predict_proba({list(dataset.data[:3])!r})
print(probabilities.tobytes().hex())
"""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = np.frombuffer(bytes.fromhex(done.stdout.strip())).reshape(expected.shape)
    assert np.array_equal(found, expected)
