"""What the tests of the store share: clips and their rows, a store, and what is decoded."""

import numpy as np
import pytest
import soundfile
from counting import count_decodes, decodes

from skaudio import MFCCTransformer
from skaudio.store import FeatureStore


def write_clips(folder):
    """Write 96 clips of a second, and return their paths."""
    rng = np.random.default_rng(0)
    for k in range(96):
        soundfile.write(folder / f"{k:03}.wav", rng.uniform(-0.5, 0.5, 22050), 22050)
    return [str(path) for path in sorted(folder.iterdir())]


def n_decodes(log):
    return sum(map(len, decodes(log).values()))


def numbers(store):
    info = store.info()
    return {name: info[name] for name in ("clips", "hits", "misses", "extractions")}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def expected(clips):
    return MFCCTransformer().transform(clips)


@pytest.fixture
def log(tmp_path):
    """A file that notes each clip this process decodes."""
    count_decodes(tmp_path / "decodes.log")
    yield tmp_path / "decodes.log"
    count_decodes(None)


@pytest.fixture
def store(tmp_path):
    return FeatureStore(tmp_path / "store" / "features.sqlite")
