"""A fitted network is data: it is loaded and predicts without Keras, and its pickles name no private module."""

import pickle
import pickletools
import subprocess
import sys

import numpy as np
import pytest

from skaudio import ANNClassifier, CNNClassifier
from skaudio.neural import _lazy_model

pytest.importorskip("keras")

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(40, 12, 6)).astype(np.float32)
Y = np.array(["cat", "dog"])[np.arange(40) % 2]

_ELSEWHERE = r"""
import os, pickle, re, sys
from pathlib import Path
import numpy as np
for name in ("dense", "convolutional"):
    network, rows = pickle.loads(Path(name + ".pickle").read_bytes())
    np.save(name, network.predict_proba(rows))
heavy = {"tensorflow", "keras", "scikeras", "matplotlib", "librosa"} & set(sys.modules)
assert not heavy, heavy
if os.path.exists("/proc/self/status"):  # kB at most so far
    assert int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) < 250_000
"""


@pytest.fixture(scope="module")
def fitted():
    return {
        "dense": (ANNClassifier((8, 4), epochs=2, random_state=0).fit(X[:, 0], Y), X[:, 0]),
        "convolutional": (CNNClassifier((4, 6), epochs=2, random_state=0).fit(X, Y), X),
    }


def test_a_process_that_loads_and_predicts_imports_no_keras(fitted, tmp_path):
    for name, content in fitted.items():
        (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(content))
    subprocess.run([sys.executable, "-W", "error", "-c", _ELSEWHERE], cwd=tmp_path, check=True)
    for name, (network, rows) in fitted.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), network.predict_proba(rows), atol=1e-6)


@pytest.mark.parametrize("name", ["dense", "convolutional"])
def test_a_pickle_names_no_private_module_of_the_network(fitted, name):
    network, _ = fitted[name]
    words = [word for _, word, _ in pickletools.genops(pickle.dumps(network.network_)) if isinstance(word, str)]
    ours = {word for word in words if word.startswith("skaudio.")}
    assert ours == {"skaudio.neural"}


def test_what_is_changed_of_the_shown_model_is_pickled(fitted):
    network = pickle.loads(pickle.dumps(fitted["dense"][0]))
    network.model_.get_layer("classes").bias.assign([50.0, 0.0])
    again = pickle.loads(pickle.dumps(network))
    assert again.predict_proba(X[:, 0])[:, 0] == pytest.approx(1)
    assert fitted["dense"][0].predict_proba(X[:, 0])[:, 0] != pytest.approx(1)


def test_a_loaded_network_is_trained_on(fitted):
    network = pickle.loads(pickle.dumps(fitted["dense"][0])).set_params(warm_start=True)
    assert network.fit(X[:, 0], Y).n_iter_ == 4
    assert network.scikeras_.model_ is network.model_


def test_a_model_that_cannot_be_made_leaves_the_data_to_predict_by(fitted, monkeypatch):
    network = pickle.loads(pickle.dumps(fitted["dense"][0]))
    expected = network.predict_proba(X[:, 0])

    def absent():
        raise ImportError("no Keras here")

    with monkeypatch.context() as here:
        here.setattr(_lazy_model, "import_keras", absent)
        with pytest.raises(ImportError, match="no Keras here"):
            network.summary()
        np.testing.assert_array_equal(network.predict_proba(X[:, 0]), expected)


def test_whoever_was_shown_the_model_changes_it_after_a_warm_start_too(fitted):
    network = pickle.loads(pickle.dumps(fitted["dense"][0])).set_params(warm_start=True)
    model = network.model_
    network.fit(X[:, 0], Y)
    model.get_layer("classes").bias.assign([50.0, 0.0])
    assert network.predict_proba(X[:, 0])[:, 0] == pytest.approx(1)
