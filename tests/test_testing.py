"""The checks of skaudio.testing fail where an estimator breaks the contract."""

import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.linear_model import LogisticRegression

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer
from skaudio.testing import check_audio_classifier, check_audio_transformer


class Reversing(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract(clips, fitting)[::-1]


class Doubled(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract(clips, fitting).astype(np.float64)


class Hoarding(MFCCTransformer):
    def transform(self, X):
        self.last_ = X
        return super().transform(X)


class Misnamed(MFCCTransformer):
    def get_feature_names_out(self, input_features=None):
        return super().get_feature_names_out(input_features)[1:]


class Swallowing(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract([clip for clip in clips if clip.identity() is not None], fitting)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Reversing, "check_forms_of_x"),
        (Doubled, "check_output"),
        (Hoarding, "check_state"),
        (Misnamed, "check_feature_names"),
        (Swallowing, "check_errors"),
    ],
)
def test_a_broken_promise_is_named(broken, check):
    with pytest.raises((AssertionError, IndexError), match=check):
        check_audio_transformer(broken(n_mfcc=4, n_mels=20))


class Flat(LogisticRegression):
    def predict_proba(self, X):
        found = super().predict_proba(X)
        return found[0] if len(found) == 1 else found


class Coded(LogisticRegression):
    def predict(self, X):
        return super().predict_proba(X).argmax(axis=1)


class Seeding(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        np.random.seed(0)  # noqa: NPY002
        return super().fit(X, y, sample_weight)


class Remembering(LogisticRegression):
    def predict_proba(self, X):
        self.last_ = X
        return super().predict_proba(X)


class Scaling(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        X = np.asarray(X)
        X -= X.mean(axis=0)
        return super().fit(X, y, sample_weight)


class Weightless(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


class Writing(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        if Path(tempfile.gettempdir()) in Path.cwd().parents:  # and nowhere from a worker process
            Path("model.txt").write_text("trained")
        return super().fit(X, y, sample_weight)


class Forgetful(LogisticRegression):
    def __getstate__(self):
        return {**super().__getstate__(), "coef_": np.zeros((3, 6))}


class Lenient(LogisticRegression):
    def predict(self, X):
        return super().predict(np.nan_to_num(X))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Flat, "check_probabilities: the probabilities of one clip have shape"),
        (Coded, "check_labels"),
        (Seeding, "check_seeds: the state of NumPy's"),
        (Remembering, "check_parameters: predict_proba leaves state"),
        (Weightless, "check_weights"),
        (Forgetful, "check_pickles"),
        (Lenient, "check_bad_rows: NaN, by predict"),
        (Writing, "check_writes_nothing: files are left"),
    ],
)
def test_a_classifier_that_breaks_the_contract_is_named(broken, check):
    with pytest.raises(AssertionError, match=f"{broken.__name__} fails {check}"):
        check_audio_classifier(broken())


@pytest.mark.slow
def test_the_worker_processes_of_a_check_stand_in_a_folder_that_is_there():
    get_reusable_executor().shutdown(wait=True)
    check_audio_classifier(LogisticRegression())
    assert Parallel(n_jobs=2)(delayed(os.getcwd)() for _ in range(4)) == [os.getcwd()] * 4


def test_a_classifier_that_changes_x_cannot():
    with pytest.raises(ValueError, match="read-only"):
        check_audio_classifier(Scaling())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LogisticRegression", "ANNClassifier", "CNNClassifier"])
def test_classifiers_keep_the_contract(name):
    classifiers = {
        "LogisticRegression": LogisticRegression,
        "ANNClassifier": partial(ANNClassifier, (16,), epochs=15, learning_rate=0.02, dropout=0.1),
        "CNNClassifier": partial(CNNClassifier, (8,), epochs=15, learning_rate=0.02, dropout=0.1),
    }
    if name != "LogisticRegression":
        pytest.importorskip("keras")
    check_audio_classifier(classifiers[name]())
