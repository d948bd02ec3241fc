"""Parameters that are wrong, or do not go together, are named at fit."""

import os

import numpy as np
import pytest
from networks import small
from sklearn.callback import ProgressBar
from sklearn.exceptions import NotFittedError

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def _dense(meta):
    """Return a network with one class too many."""
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), keras.layers.Dense(meta["n_classes_"] + 1)])


@pytest.mark.parametrize(
    ("parameters", "given", "error", "message"),
    [
        ({"early_stopping": True}, {}, ValueError, "early_stopping=True needs validation data"),
        ({"checkpoint": "best.keras"}, {}, ValueError, "checkpoint='best.keras' needs validation data"),
        ({"checkpoint": "best.h5", "validation_fraction": 0.3}, {}, ValueError, "best.h5.*must end in .keras"),
        ({"validation_fraction": 0.2}, {"X_val", "y_val"}, ValueError, r"validation_fraction=0\.2 and X_val"),
        ({}, {"X_val"}, ValueError, "X_val and y_val are given together"),
        ({}, {"y_val"}, ValueError, "X_val and y_val are given together"),
        ({"validation_fraction": 0.5}, {"one_group"}, ValueError, r"validation_fraction=0\.5 of 120 rows"),
        ({"optimizer": "adamant"}, {}, ValueError, "optimizer='adamant' is unknown"),
        ({"activation": "rellu"}, {}, ValueError, "rellu"),
        ({"model": lambda meta: None}, {}, ValueError, "must be a function defined at the top of a module"),
        ({"model": _dense}, {}, ValueError, r"model=_dense.*\(None, 3\) is expected"),
        ({"callbacks": ["early"]}, {}, TypeError, "callbacks holds 'early'"),
        ({"hidden_layer_sizes": ()}, {}, ValueError, r"hidden_layer_sizes=\(\)"),
    ],
)
def test_what_does_not_go_together_is_named_and_nothing_is_fitted(
    noisy, tmp_path, monkeypatch, parameters, given, error, message
):
    monkeypatch.chdir(tmp_path)
    X, y = noisy
    arguments = {"X_val": X[:9], "y_val": y[:9], "groups": np.zeros(len(y))}
    chosen = {"groups" if name == "one_group" else name for name in given}
    network = small(**parameters)
    with pytest.raises(error, match=message):
        network.fit(X, y, **{name: arguments[name] for name in chosen})
    assert not hasattr(network, "model_")
    with pytest.raises(NotFittedError):
        network.predict(X)
    assert os.listdir(tmp_path) == []


def test_a_failed_refit_leaves_no_network_of_other_classes(noisy):
    X, y = noisy
    network = small().fit(X, y)
    with pytest.raises(ValueError, match="needs validation data"):
        network.set_params(early_stopping=True).fit(X[:, :2], y == "cat")
    with pytest.raises(NotFittedError):
        network.predict(X)
    assert network.set_params(early_stopping=False).fit(X[:, :2], y == "cat").predict(X[:, :2]).dtype == bool


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"checkpoint": "no/such/folder/best.keras", "validation_fraction": 0.2}, "no folder"),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (10, 2.5)}, "hidden_layer_sizes"),
        ({"dropout": 1.0}, "dropout"),
        ({"epochs": 0}, "epochs"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"class_weight": "balance"}, "class_weight"),
    ],
)
def test_wrong_parameters_are_named_at_fit(noisy, parameters, message):
    with pytest.raises(ValueError, match=message):
        small(**parameters).fit(*noisy)


def test_callbacks_of_the_other_kind_are_named(noisy):
    with pytest.raises(TypeError, match="set_callbacks"):
        small(callbacks=[ProgressBar()]).fit(*noisy)
    with pytest.raises(TypeError, match=r"callbacks=\["):
        small().set_callbacks(keras.callbacks.TerminateOnNaN())


def test_wrong_data_are_named(noisy):
    X, y = noisy
    with pytest.raises(ValueError, match="one class, 'cat'"):
        small().fit(X, ["cat"] * len(X))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        small().fit(X, y[:-1])
    with pytest.raises(ValueError, match="NaN"):
        small().fit(np.full_like(X, np.nan), y)
    with pytest.raises(NotFittedError):
        small().predict(X)
    with pytest.raises(ValueError, match="'bear'"):
        small().fit(X, y, X_val=X[:1], y_val=["bear"])
    with pytest.raises(ValueError, match="transform_input"):
        small().fit(X, y, X_val=["a.wav", "b.wav"], y_val=y[:2])
    with pytest.raises(ValueError, match=r"validation_fraction=0\.1 of 4 rows"):
        small(validation_fraction=0.1).fit(X[:4], ["a", "a", "a", "b"])
