"""Imports stay light, and point downwards."""

import ast
import os
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
    "exceptions": 0,
    "_forks": 0,
    "_workers": 0,
    "_shown": 0,
    "_writing": 0,
    "_sqlite": -1,
    "_transaction": 0,
    "_user": 0,
    "_docstrings": 0,
    "_estimators": 0,
    "_environment": 1,
    "_labels": 1,
    "dsp": 0,
    "audio": 1,
    "store": 1,
    "clips": 2,
    "pretrained": 2,
    "extraction": 3,
    "model_selection": 3,
    "neural": 3,
    "_similar_clips": 4,
    "datasets": 5,
    "feature_extraction": 5,
    "inspection": 6,
    "augmentation": 7,
    "pipeline": 8,
    "persistence": 9,
    "plotting": 10,
    "report": 10,
    "export": 10,
    "serving": 10,
    "windows": 10,
    "labelling": 10,
    "library": 11,
    "testing": 11,
    "cli": 12,
}
# A name that has moved up is still found where it was; by asking for it alone.
UPWARDS = {("audio", "clips")}


def _modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def _noun(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_names(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; imports are absolute here"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _imported_nouns(path):
    for name in _imported_names(path):
        parts = name.split(".")
        if parts[0] == "skaudio" and len(parts) > 1 and parts[1] != "__version__":
            yield parts[1]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    noun = _noun(path)
    for imported in _imported_nouns(path):
        if (noun, imported) in UPWARDS and path.name == "__init__.py":
            continue
        assert imported in RANKS, f"{imported} has no layer"
        assert imported == noun or RANKS[imported] < RANKS[noun], f"{noun} imports {imported}, which is not below it"


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_folder_uses_what_another_keeps_to_itself(path):
    for name in _imported_names(path):
        _, noun, *rest = [*name.split("."), ""]
        if name.startswith("skaudio.") and noun != _noun(path):
            assert not any(part.startswith("_") and part != "__version__" for part in rest), (
                f"{path.name} opens a private door: {name}"
            )


def test_private_names_of_scikit_learn_are_imported_in_one_place():
    for path in _modules():
        private = [
            name
            for name in _imported_names(path)
            if name.startswith("sklearn.") and any(part.startswith("_") for part in name.split("."))
        ]
        assert not private or path.name == "_constraints.py", f"{path.name} imports {private}"


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_keras_is_mentioned_in_neural_alone(path):
    if _noun(path) == "neural" or path.name == "_tensorflow.py":
        pytest.skip("this is where Keras belongs")
    imported = {name.split(".")[0] for name in _imported_names(path)}
    allowed = {"tensorflow"} if path.name in ("_to_tflite.py", "_tflite.py") else set()  # which TFLite is part of
    assert not imported & ({"keras", "tensorflow", "scikeras"} - allowed)


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
        ("import skaudio.clips, skaudio.extraction", HEAVY),
        ("from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer", HEAVY | {"soundfile", "soxr"}),
        ("import skaudio.export", HEAVY | {"onnx", "onnxruntime", "skl2onnx"}),
        ("import skaudio.library", HEAVY | {"starlette", "uvicorn"}),
        ("import skaudio.serving", HEAVY | {"starlette", "uvicorn"}),
        ("import skaudio.cli", HEAVY | {"sklearn", "scipy", "pandas", "numpy"}),
        ("from skaudio import load_audio", HEAVY | {"sklearn", "pandas"}),
    ],
)
def test_import_is_light(code, absent):
    assert not _loaded_by(code) & absent


def test_features_need_no_scipy_signal():
    """Which takes longer to import than a cold process takes to classify a clip once it has started."""
    script = """
import sys
import numpy as np
from skaudio import make_audio_pipeline
make_audio_pipeline(classifier="lda")["features"].transform([np.sin(np.arange(22050.0))])
print("scipy.signal" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_all_public_names_resolve():
    for name in skaudio.__all__:
        assert getattr(skaudio, name) is not None
    assert set(skaudio.__all__) - {"__version__"} <= set(dir(skaudio))


SCRIPT = """
from skaudio import ANNClassifier, MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer

waveform, rate = load_audio("dog.wav", sample_rate=16000)
features = MFCCTransformer(n_mfcc=20, statistics=("mean", "std"), cache=True).fit(["dog.wav"])
union = AudioFeatureUnion([("mfcc", features), ("mel", LogMelTransformer(n_mels=40))], n_jobs=2)
model = make_audio_pipeline(classifier=ANNClassifier(epochs=3)).fit(["dog.wav"], ["dog"])
reveal_type(waveform.shape)
MFCCTransformer(nonsense=3)
load_audio("dog.wav", speed=2)
"""


@pytest.mark.slow
def test_a_users_script_is_type_checked_through_the_lazy_names(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [*command, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if " note: " not in line or "Revealed" in line]
    shape, nonsense, speed, last = lines
    assert shape.startswith('script.py:9: note: Revealed type is "tuple[')
    assert nonsense.startswith('script.py:10: error: Unexpected keyword argument "nonsense"')
    assert speed.startswith('script.py:11: error: Unexpected keyword argument "speed"')
    assert last.startswith("Found 2 errors")


def test_the_stub_names_what_there_is():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    listed = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert listed | {"__version__"} == set(skaudio.__all__)
    folders = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if not path.name.startswith(("_", "cli"))}
    assert {name for name in listed if (name in folders)} == folders - {"py.typed"}
