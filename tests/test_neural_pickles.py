"""Pickles of networks: small, equal in another process, and of any version that loads."""

import copy
import importlib
import pickle
import re
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from processes import default_of, run_python, small_of, three_classes
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import skaudio
from skaudio import ANNClassifier, CNNClassifier
from skaudio.neural import _network

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


MODULE = """
import keras


def network(meta, hidden_layer_sizes, dropout):
    layers = [keras.layers.Dense(units, activation="tanh") for units in hidden_layer_sizes]
    classes = keras.layers.Dense(meta["n_classes_"], activation="softmax")
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers, keras.layers.Dropout(dropout), classes])


def linear(meta):
    return network(meta, [], 0.0)


def sequences(meta):
    mean = keras.layers.GlobalAveragePooling1D()
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), mean, *network(meta, [4], 0.1).layers])
"""
SCRIPT = """
import pickle

import numpy as np

if __name__ == "__main__":
    for kind in ("ann", "cnn"):
        with open(f"{kind}.pickle", "rb") as file:
            network, X, y = pickle.load(file)
        assert network.scikeras_.model_ is network.model_
        found = network.predict_proba(X)
        again = type(network)(epochs=2, random_state=0).fit(X, y)
        with open(f"{kind}.found", "wb") as file:
            pickle.dump((found, again.predict_proba(X), again.model_.get_weights(), again.history_), file)

    data = np.load("data.npz")
    with open("classifiers.pkl", "rb") as file:
        flat, deep, search = pickle.load(file)
    found = {"flat": flat.predict_proba(data["X"]), "deep": deep.predict_proba(data["sequences"])}
    search.set_params(n_jobs=2).fit(data["X"], data["y"])
    best = search.best_params_["model"].__name__
    np.savez("found.npz", **found, scores=search.cv_results_["mean_test_score"], best=best)
"""


@pytest.fixture(scope="module")
def networks():
    """A network of each kind, and what it was trained on."""
    found = {}
    for kind in ("ann", "cnn"):
        X, y = three_classes(kind, 150)
        found[kind] = default_of(kind).fit(X, y), X, y
    return found


@pytest.fixture(scope="module")
def of_users(tmp_path_factory):
    """Networks of a user's functions, a search among them, and the folder whose module has the functions."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "networks_of_a_user.py").write_text(MODULE)
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = (rng.normal(size=(60, 5)) + np.eye(5)[y]).astype(np.float32)
    sequences = X[:, None] + np.zeros((3, 1), np.float32)
    parameters = {"epochs": 2, "learning_rate": 0.02, "random_state": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        user = importlib.import_module("networks_of_a_user")
    flat = ANNClassifier((6, 4), model=user.network, **parameters).fit(X, y)
    deep = CNNClassifier(model=user.sequences, **parameters).fit(sequences, y)
    grid = {"model": [user.network, user.linear]}
    search = GridSearchCV(clone(flat), grid, cv=2, refit=False, error_score="raise")
    return SimpleNamespace(folder=folder, X=X, y=y, sequences=sequences, flat=flat, deep=deep, search=search)


@pytest.fixture(scope="module")
def elsewhere(networks, of_users):
    """The folder in which another process wrote what it found; one for all, since each imports TensorFlow anew."""
    folder = of_users.folder
    for kind, content in networks.items():
        (folder / f"{kind}.pickle").write_bytes(pickle.dumps(content))
    np.savez(folder / "data.npz", X=of_users.X, y=of_users.y, sequences=of_users.sequences)
    (folder / "classifiers.pkl").write_bytes(pickle.dumps([of_users.flat, of_users.deep, of_users.search]))
    (folder / "script.py").write_text(SCRIPT)
    run_python("-W", "error", "script.py", cwd=folder)
    return folder


def test_a_fresh_process_loads_networks_and_trains_the_same(networks, elsewhere):
    for kind, (network, X, _) in networks.items():
        found, again, weights, history = pickle.loads((elsewhere / f"{kind}.found").read_bytes())
        expected = network.predict_proba(X)
        assert np.array_equal(found, expected)
        assert np.array_equal(again, expected)
        assert history == network.history_
        for a, b in zip(weights, network.model_.get_weights(), strict=True):
            assert np.array_equal(a, b)


def test_where_the_module_can_be_imported_it_is_loaded_and_searched_by_workers(of_users, elsewhere):
    found = np.load(elsewhere / "found.npz")
    assert np.array_equal(found["flat"], of_users.flat.predict_proba(of_users.X))
    assert np.array_equal(found["deep"], of_users.deep.predict_proba(of_users.sequences))
    search = clone(of_users.search).fit(of_users.X, of_users.y)
    assert np.array_equal(found["scores"], search.cv_results_["mean_test_score"])
    assert search.best_params_["model"].__name__ == str(found["best"])
    assert len(set(found["scores"])) == 2


@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_a_pickle_holds_the_weights_and_little_else(kind):
    X, y = three_classes(kind)
    network = default_of(kind, validation_fraction=0.3, early_stopping=True).fit(X, y)
    weights = sum(weight.nbytes for weight in network.model_.get_weights())
    content = pickle.dumps(network)
    assert weights < len(content) < weights + 20_000  # an optimizer's state would be twice the weights
    assert len(content) < 2 * weights
    assert not pickle.loads(content).model_.compiled


@pytest.mark.parametrize("kind", ["ann", "cnn"])
def test_copies_predict_the_same_and_train_on_their_own(kind, tmp_path):
    X, y = three_classes(kind)
    network = small_of(kind, warm_start=True, validation_fraction=0.3).fit(X, y)
    expected = network.predict_proba(X)
    joblib.dump(network, tmp_path / "network.joblib", compress=3)
    copies = [
        copy.deepcopy(network),
        pickle.loads(pickle.dumps(network, protocol=2)),
        pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(network)))),
        joblib.load(tmp_path / "network.joblib"),
    ]
    for copied in copies:
        assert np.array_equal(copied.predict_proba(X), expected)
        assert copied.history_ == network.history_
        assert copied.classes_.tolist() == network.classes_.tolist()
        assert copied.fit(X, y).n_iter_ == 4
        assert not np.array_equal(copied.predict_proba(X), expected)
        assert np.array_equal(network.predict_proba(X), expected)
    assert not hasattr(clone(network), "model_")


def test_a_pickle_of_other_versions_is_loaded_and_names_those_and_these(monkeypatch):
    X, y = three_classes("ann")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(_network, "_versions", lambda: {"keras": "3.0.0", "skaudio": "0.0.1"})
        network = small_of("ann").fit(X, y)
    content = pickle.dumps(network)
    here = f"keras {keras.__version__}, skaudio {skaudio.__version__}"
    loaded = pickle.loads(content)
    with pytest.warns(UserWarning, match=re.escape(f"keras 3.0.0, skaudio 0.0.1, and is built under {here}")):
        assert loaded.model_.built
    assert np.array_equal(loaded.predict_proba(X), network.predict_proba(X))
