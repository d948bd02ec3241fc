"""Fixtures that tests of several nouns share."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from skaudio.dsp import describe_kernel, kernel

ROOT = Path(__file__).parents[1]
_HOME = os.environ.get("SKAUDIO_DATA")

# Processes that compile librosa's gufuncs at the same time can leave a cache that crashes every later reader
# (https://github.com/numba/numba/issues/10128), so each test process compiles into a folder of its own.
os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="skaudio-numba-")
atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)


# What a shell starts in its background ignores Ctrl-C, and so would all processes that tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REAL_SOUND = {"esc10", "urbansound8k", "faults"}


def pytest_collection_modifyitems(items):
    """Mark what asks for real sound."""
    for item in items:
        if REAL_SOUND.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("real_sound")


def _real_sound(name):
    if not _HOME or not (Path(_HOME) / name).is_dir():
        pytest.skip(f"needs real sound: SKAUDIO_DATA names no folder with {name}")
    return Path(_HOME).resolve() / name


@pytest.fixture(scope="session")
def esc10():
    """The folder of ESC-10."""
    return _real_sound("ESC-10")


@pytest.fixture(scope="session")
def urbansound8k():
    """The folder of UrbanSound8K, partly downloaded."""
    return _real_sound("UrbanSound8K")


@pytest.fixture(scope="session")
def faults():
    """The folder of odd and broken files, with its manifest.csv."""
    return _real_sound("faults")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the sources, so that the build leaves nothing behind in them."""
    sources = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
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


@pytest.fixture(scope="module", params=["native", "numpy"])
def each_kernel(request):
    """A file's tests run with the native kernel, and without."""
    before = os.environ.pop("SKAUDIO_KERNEL", None)
    try:
        if request.param == "native" and kernel() != "native":
            pytest.skip(f"there is no native kernel: {describe_kernel()}")
        os.environ["SKAUDIO_KERNEL"] = request.param
        get_reusable_executor().shutdown()  # workers that were started with another environment
        yield request.param
    finally:
        get_reusable_executor().shutdown()
        os.environ.pop("SKAUDIO_KERNEL", None)
        if before is not None:
            os.environ["SKAUDIO_KERNEL"] = before


@pytest.fixture
def no_windows():
    """Figures are drawn without a window, and none is open before or after."""
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    plt.close("all")  # the examples of docstrings leave some
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def noisy():
    """Rows of uneven classes, a fifth of them mislabelled: the validation loss falls, and then rises."""
    from networks import noisy_rows

    return noisy_rows()


@pytest.fixture(scope="session")
def ten_models(tmp_path_factory):
    """Pipelines of ten kinds that are fitted once, and their model files."""
    from saving import fitted_and_saved

    return fitted_and_saved(tmp_path_factory)


@pytest.fixture
def splits(monkeypatch):
    """What each fit splits: its rows and their groups, and what the split returns."""
    from skaudio.neural import _base

    found, original = [], _base.validation_data

    def recording(estimator, X, codes, weights, X_val, y_val, groups, seed):
        found.append((X, groups, original(estimator, X, codes, weights, X_val, y_val, groups, seed)))
        return found[-1][-1]

    monkeypatch.setattr(_base, "validation_data", recording)
    return found


@pytest.fixture
def last_bits_may_differ(request, monkeypatch):
    """One check compares rows in another order to 1e-9; on some processors float32 sums depend on a row's place."""
    from sklearn.utils import estimator_checks

    if request.node.callspec.params["check"].func.__name__ != "check_methods_sample_order_invariance":
        return
    compare = estimator_checks.assert_allclose_dense_sparse

    def compared(x, y, **tolerances):
        compare(x, y, **{**tolerances, "atol": 1e-6})

    monkeypatch.setattr(estimator_checks, "assert_allclose_dense_sparse", compared)


@pytest.fixture
def noting():
    """A classifier that notes what it is given; nothing is noted from before."""
    from marking import Noting

    Noting.trained.clear()
    Noting.asked.clear()
    return Noting
