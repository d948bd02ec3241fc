"""`check_audio_classifier`: what skaudio asks of a classifier beyond what scikit-learn asks."""

from __future__ import annotations

import copy
import os
import pathlib
import pickle
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, check_cv, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skaudio.testing._assertions import assert_raises, assert_same, name_failed_check

_PROBABILITY_ERROR = 1e-5  # a product of matrices of another size may sum float32 in another order


@dataclass
class _Rows:
    """Features of two and of three classes that are easy to tell apart."""

    X: np.ndarray  # (n, 6), or (n, 8, 6) for a classifier of sequences
    y: np.ndarray  # str
    groups: np.ndarray

    @property
    def binary(self) -> np.ndarray:
        return self.y != "siren"


def check_audio_classifier(classifier: Any) -> None:
    """Check that a classifier keeps skaudio's contract on labels, seeds, worker processes, threads and pickles.

    Parameters
    ----------
    classifier : estimator
        A classifier with `predict_proba`. It must learn three easy classes from 60 rows: of scaled features, or of
        short sequences if its tag ``three_d_array`` is true. It is cloned, and not changed itself. The parameters
        `random_state`, `warm_start` and `validation_fraction` must work as in skaudio's classifiers, if it has them.

    Raises
    ------
    AssertionError
        If it does not; the message names the check and what was found.

    Notes
    -----
    scikit-learn's ``check_estimator`` covers what holds of all estimators, but checks no classifier of sequences.
    Worker processes are started, which takes half a minute where each imports TensorFlow.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skaudio.testing import check_audio_classifier
    >>> check_audio_classifier(LogisticRegression())  # doctest: +SKIP
    """
    rows = _make_rows(sequences=get_tags(classifier).input_tags.three_d_array)
    with tempfile.TemporaryDirectory() as folder:
        for check in _CHECKS:
            with chdir(folder), name_failed_check(classifier, check):
                check(_seeded(classifier), rows)
        with name_failed_check(classifier, _check_writes_nothing):
            _check_writes_nothing(folder)
    with name_failed_check(classifier, _check_searches):  # outside of the folder: worker processes live longer
        _check_searches(_seeded(classifier), rows)


def _seeded(classifier: Any, seed: int = 0) -> Any:
    cloned = clone(classifier)
    return cloned.set_params(random_state=seed) if "random_state" in cloned.get_params() else cloned


def _make_rows(*, sequences: bool) -> _Rows:
    rng = np.random.default_rng(0)
    y = np.resize(["dog_bark", "siren", "drilling"], 60)
    centres = {"dog_bark": -2.0, "siren": 0.0, "drilling": 2.0}
    pattern = np.where(np.arange(6) % 2, 1.0, -1.0)
    centred = np.array([centres[label] * pattern for label in y]) + np.array([(y == "siren") * 2.0]).T
    X = centred[:, None, :].repeat(8, axis=1) if sequences else centred
    return _Rows((X + 0.3 * rng.normal(size=X.shape)).astype(np.float32), y, np.arange(60) // 3)


def _check_is_a_classifier(classifier: Any, rows: _Rows) -> None:
    assert is_classifier(classifier), "scikit-learn does not take it for a classifier, so folds are not stratified"
    in_pipeline = Pipeline([("classifier", classifier)])
    assert is_classifier(in_pipeline), "in a pipeline, scikit-learn does not take it for a classifier"
    skewed = np.sort(rows.y)
    for _, test in check_cv(3, skewed, classifier=is_classifier(classifier)).split(rows.X, skewed):
        assert len(np.unique(skewed[test])) == 3, "folds are not stratified"


def _check_labels(classifier: Any, rows: _Rows) -> None:
    names, codes = np.unique(rows.y, return_inverse=True)
    kinds = {
        "strings": rows.y,
        "strings as objects": rows.y.astype(object),
        "integers": codes * 10 - 10,
        "two booleans": rows.binary,
        "two strings": np.where(rows.binary, "yes", "no"),
        "two integers": np.where(rows.binary, 7, 3),
    }
    for kind, y in kinds.items():
        fitted = clone(classifier).fit(rows.X, y)
        assert_same(fitted.classes_, np.unique(y), f"classes_ of {kind}")
        assert fitted.predict(rows.X).dtype == y.dtype, f"{kind} are predicted as {fitted.predict(rows.X).dtype}"
        score = fitted.score(rows.X, y)
        assert score > 0.8, f"{kind}: {score:.0%} of what it was trained on is right, and 80 % is expected"
    assert_raises(ValueError, partial(clone(classifier).fit, rows.X, names[[0] * len(codes)]), "y of one class")


def _check_probabilities(classifier: Any, rows: _Rows) -> None:
    fitted = classifier.fit(rows.X, rows.y)
    found = fitted.predict_proba(rows.X)
    assert found.shape == (60, 3), f"the shape of the probabilities is {found.shape}, and (60, 3) is expected"
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6, "probabilities do not sum to 1"
    assert (found >= 0).all(), "some probabilities are below 0"
    assert_same(fitted.predict(rows.X), fitted.classes_[found.argmax(axis=1)], "predict and the highest probability")
    for i in (0, 59):
        one = fitted.predict_proba(rows.X[i : i + 1])
        assert one.shape == (1, 3), f"the probabilities of one clip have shape {one.shape}, and (1, 3) is expected"
        assert np.abs(one - found[i]).max() < _PROBABILITY_ERROR, "one clip alone has other probabilities"
    many = fitted.predict_proba(np.tile(rows.X, (200, *[1] * (rows.X.ndim - 1))))
    assert np.abs(many - np.tile(found, (200, 1))).max() < _PROBABILITY_ERROR, "12 000 rows have other probabilities"


def _check_x_untouched(classifier: Any, rows: _Rows) -> None:
    X, y = rows.X.copy(), rows.y.copy()
    X.flags.writeable = y.flags.writeable = False
    classifier.fit(X, y).predict_proba(X)
    assert_same(X, rows.X, "X after a fit")


def _check_weights(classifier: Any, rows: _Rows) -> None:
    wrong = np.where(rows.y == "siren", "drilling", "siren")
    X, y = np.concatenate([rows.X, rows.X]), np.concatenate([rows.y, wrong])
    weights = np.repeat([1.0, 0.0], 60)
    score = classifier.fit(X, y, sample_weight=weights).score(rows.X, rows.y)
    assert score > 0.8, f"rows of weight 0 are learnt from: {score:.0%} of the others are right"


def _check_seeds(classifier: Any, rows: _Rows) -> None:
    random.random(), np.random.random()  # noqa: NPY002  a state that no seed leads to
    random_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    environment = dict(os.environ)
    first = clone(classifier).fit(rows.X, rows.y).predict_proba(rows.X)
    second = clone(classifier).fit(rows.X, rows.y)
    assert_same(second.predict_proba(rows.X), first, "a second fit of the same seed")
    assert_same(second.fit(rows.X, rows.y).predict_proba(rows.X), first, "a second fit of the same classifier")
    assert random.getstate() == random_state, "the state of Python's random numbers has changed"
    for before, after in zip(numpy_state, np.random.get_state()):  # noqa: NPY002
        assert np.array_equal(before, after), "the state of NumPy's global random numbers has changed"
    assert dict(os.environ) == environment, "the environment has changed"


def _check_parameters(classifier: Any, rows: _Rows) -> None:
    assert_raises(TypeError, lambda: type(classifier)(misspelt_parameter=1), "a misspelt parameter")
    assert_raises(ValueError, lambda: clone(classifier).set_params(misspelt_parameter=1), "a misspelt parameter")
    before = classifier.get_params()
    classifier.fit(rows.X, rows.y).predict(rows.X)
    for name, value in classifier.get_params().items():
        assert value is before[name], f"fit changes the parameter {name}"
    state = {name: id(value) for name, value in vars(classifier).items()}
    classifier.predict_proba(rows.X[:5])
    assert {name: id(value) for name, value in vars(classifier).items()} == state, "predict_proba leaves state behind"


def _check_pickles(classifier: Any, rows: _Rows) -> None:
    fitted = classifier.fit(rows.X, rows.y)
    expected = fitted.predict_proba(rows.X)
    assert_same(pickle.loads(pickle.dumps(fitted)).predict_proba(rows.X), expected, "a pickled classifier")
    assert_same(copy.deepcopy(fitted).predict_proba(rows.X), expected, "a copied classifier")
    assert not hasattr(clone(fitted), "classes_"), "a clone is fitted"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "classifier.pkl").write_bytes(pickle.dumps((fitted, rows.X)))
        script = (
            "import pickle, numpy\n"
            "classifier, X = pickle.load(open('classifier.pkl', 'rb'))\n"
            "numpy.save('found.npy', classifier.predict_proba(X))\n"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=name, capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, f"a new process cannot load the pickle: {done.stderr[-500:]}"
        assert_same(np.load(folder / "found.npy"), expected, "a new process")


def _check_threads(classifier: Any, rows: _Rows) -> None:
    fitted = classifier.fit(rows.X, rows.y)
    expected = fitted.predict_proba(rows.X)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(fitted.predict_proba, [rows.X] * 32):
            assert_same(found, expected, "8 threads at once")


def _check_searches(classifier: Any, rows: _Rows) -> None:
    pipeline = Pipeline([("classifier", classifier)])
    serial, parallel = (
        cross_validate(pipeline, rows.X, rows.y, cv=2, n_jobs=n_jobs, return_estimator=True, error_score="raise")
        for n_jobs in (1, 2)
    )
    for one, other in zip(serial["estimator"], parallel["estimator"]):
        assert_same(other.predict_proba(rows.X), one.predict_proba(rows.X), "a fit in a worker process")
    search = GridSearchCV(pipeline, {"classifier": [classifier, clone(classifier)]}, cv=2, error_score="raise")
    search.fit(rows.X, rows.y)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] == scores[1], "the same classifier twice in a search has two scores"


def _check_validation_data(classifier: Any, rows: _Rows) -> None:
    if "validation_fraction" not in classifier.get_params():
        return
    train, held_out = np.arange(60) < 45, np.arange(60) >= 45
    with config_context(enable_metadata_routing=True):
        asking = clone(classifier).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline([("classifier", asking)], transform_input=["X_val"])
        pipeline.fit(rows.X[train], rows.y[train], X_val=rows.X[held_out], y_val=rows.y[held_out])
    last = pipeline["classifier"].history_["val_accuracy"][-1]
    score = pipeline.score(rows.X[held_out], rows.y[held_out])
    assert abs(last - score) < 1e-6, f"val_accuracy ends at {last}, and the score on the same data is {score}"
    split = clone(classifier).set_params(validation_fraction=0.25).fit(rows.X, rows.y, groups=rows.groups)
    assert "val_loss" in split.history_, "validation_fraction gives no val_loss"
    both = clone(classifier).set_params(validation_fraction=0.25)
    given = {"X_val": rows.X[held_out], "y_val": rows.y[held_out]}
    assert_raises(ValueError, lambda: both.fit(rows.X, rows.y, **given), "validation data from two sources")


def _check_warm_start(classifier: Any, rows: _Rows) -> None:
    if "warm_start" not in classifier.get_params():
        return
    warm = clone(classifier).set_params(warm_start=True).fit(rows.X, rows.y)
    again = pickle.loads(pickle.dumps(warm)).fit(rows.X, rows.y)
    if hasattr(warm, "history_"):
        n, found = warm.n_iter_, again.n_iter_
        assert found == 2 * n, f"a warm start goes from {n} epochs to {found}, and {2 * n} are expected"
    assert again.score(rows.X, rows.y) > 0.8, "a warm start unlearns"


def _check_bad_rows(classifier: Any, rows: _Rows) -> None:
    fitted = classifier.fit(rows.X, rows.y)
    not_finite = np.full_like(rows.X, np.nan)
    assert_raises(ValueError, lambda: clone(classifier).fit(not_finite, rows.y), "NaN, by fit,")
    assert_raises(ValueError, lambda: fitted.predict(not_finite), "NaN, by predict,")
    assert_raises(ValueError, lambda: fitted.predict(rows.X[..., :-1]), "X of another width")
    assert_raises(ValueError, lambda: fitted.predict(rows.X[0]), "a lone row")
    assert_raises(ValueError, lambda: clone(classifier).fit(rows.X, rows.y[:-1]), "y of another length")
    paths = np.array(["a.wav"] * 60)
    assert_raises((ValueError, TypeError), lambda: clone(classifier).fit(paths, rows.y), "X of paths")


def _check_writes_nothing(folder: str) -> None:
    assert os.listdir(folder) == [], f"files are left in the working folder: {os.listdir(folder)}"


_CHECKS = (
    _check_is_a_classifier,
    _check_labels,
    _check_probabilities,
    _check_x_untouched,
    _check_weights,
    _check_seeds,
    _check_parameters,
    _check_pickles,
    _check_threads,
    _check_validation_data,
    _check_warm_start,
    _check_bad_rows,
)
