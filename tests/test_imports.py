"""Imports stay light, and point downwards."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skaudio

PACKAGE = Path(skaudio.__file__).parent

# The layers of the package: a module imports from a lower number, or from its own folder.
RANKS = {
    "_version": 0,
    "_constraints": 0,
    "_workers": 0,
    "exceptions": 0,
    "audio": 1,
    "dsp": 1,
    "model_selection": 1,
    "store": 1,
    "feature_extraction": 2,
    "neural": 2,
    "datasets": 2,
    "inspection": 3,
    "pipeline": 3,
    "plotting": 3,
    "testing": 4,
    "cli": 5,
}


def _modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def _noun(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_nouns(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; imports are absolute here"
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "skaudio" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    noun = _noun(path)
    for imported in _imported_nouns(path):
        assert imported in RANKS, f"{imported} has no layer"
        assert imported == noun or RANKS[imported] < RANKS[noun], f"{noun} imports {imported}, which is not below it"


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_keras_is_mentioned_in_neural_alone(path):
    if _noun(path) == "neural":
        pytest.skip("this is where Keras belongs")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not imported & {"keras", "tensorflow", "scikeras"}


def _loaded_by(code):
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"tensorflow", "keras", "librosa", "numba", "matplotlib"}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import skaudio", HEAVY | {"sklearn", "scipy", "pandas", "numpy", "soundfile", "soxr"}),
        ("from skaudio import MFCCTransformer", HEAVY | {"soundfile", "soxr"}),
        ("from skaudio import ANNClassifier", HEAVY),
        ("from skaudio import make_audio_pipeline; make_audio_pipeline()", HEAVY),
        ("import skaudio.datasets, skaudio.plotting, skaudio.model_selection", HEAVY),
        ("import skaudio.cli", HEAVY | {"sklearn", "scipy", "pandas", "numpy"}),
        ("from skaudio import load_audio", HEAVY | {"sklearn", "pandas"}),
    ],
)
def test_import_is_light(code, absent):
    assert not _loaded_by(code) & absent


def test_all_public_names_resolve():
    for name in skaudio.__all__:
        assert getattr(skaudio, name) is not None
    assert set(skaudio.__all__) - {"__version__"} <= set(dir(skaudio))
