"""`predict_readable`: clips that cannot be read have no class, and the others theirs."""

import warnings

import numpy as np
import pytest
from pipelines import dataset, fitted  # noqa: F401 - fixtures
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skaudio import ANNClassifier, MFCCTransformer, make_audio_pipeline
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.pipeline import predict_readable

CLASSIFIERS = {
    "a network": lambda: ANNClassifier((8,), epochs=2, random_state=0),
    "a network behind an imputer": lambda: make_pipeline(
        SimpleImputer(keep_empty_features=True), ANNClassifier((8,), epochs=2, random_state=0)
    ),
    "a forest, which takes NaN": lambda: RandomForestClassifier(20, random_state=0),
    "a linear model": LogisticRegression,
}


@pytest.fixture(params=CLASSIFIERS)
def model(request, dataset):
    return make_audio_pipeline(classifier=CLASSIFIERS[request.param]()).fit(dataset.data, dataset.target)


@pytest.mark.slow
@pytest.mark.parametrize("on_error", ["raise", "nan"])
def test_a_clip_that_cannot_be_read_has_no_class(model, dataset, tmp_path, on_error):
    empty = tmp_path / "empty.wav"
    empty.touch()
    clips = [empty, dataset.data[3], "nowhere.wav", dataset.data[5], b"text", dataset.data[8]]
    good = [1, 3, 5]
    model.set_params(features__on_error=on_error)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels, failures = predict_readable(model, clips)
        shares, again = predict_readable(model, clips, method="predict_proba")
    heard = [clips[i] for i in good]
    assert np.flatnonzero(~np.ma.getmaskarray(labels)).tolist() == good
    assert labels.compressed().tolist() == model.predict(heard).tolist()
    np.testing.assert_allclose(shares[good], model.predict_proba(heard), atol=1e-6)
    assert shares.mask[[0, 2, 4]].all()
    assert [failure.position for failure in failures] == [failure.position for failure in again] == [0, 2, 4]
    assert [failure.path for failure in failures] == [str(empty), "nowhere.wav", None]
    assert "empty" in failures[0].reason
    assert isinstance(failures[1], FileNotFoundError)
    assert model["features"].on_error == on_error  # and nothing else of the model is changed
    assert "_report" not in vars(model["features"])


def test_where_nothing_can_be_read_all_is_masked(fitted):
    labels, failures = predict_readable(fitted, [b"", "nowhere.wav"])
    assert labels.tolist() == [None, None]
    assert labels.dtype == fitted.classes_.dtype
    shares, _ = predict_readable(fitted, [b"", "nowhere.wav"], method="predict_proba")
    assert shares.shape == (2, len(fitted.classes_))
    assert shares.mask.all()
    assert len(failures) == 2


def test_masked_predictions_of_frames_sequences_searches_and_unions(dataset):
    clips = [dataset.data[0], b"", dataset.data[1]]
    steps = [("mfcc", MFCCTransformer(n_mfcc=5)), ("mel", LogMelTransformer(n_mels=8))]
    union = make_pipeline(AudioFeatureUnion(steps).set_output(transform="pandas"), GaussianNB())
    search = GridSearchCV(make_audio_pipeline(classifier=GaussianNB()), {"features__n_mfcc": [5]}, cv=2)
    sequences = make_pipeline(MFCCTransformer(statistics=None, duration=0.5, n_mfcc=5), Flat(), GaussianNB())
    for estimator in (union, search, sequences):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            estimator.fit(dataset.data, dataset.target)
            labels, _ = predict_readable(estimator, clips)
        assert labels.mask.tolist() == [False, True, False]
        assert labels.compressed().tolist() == estimator.predict([clips[0], clips[2]]).tolist()


class Flat(TransformerMixin, BaseEstimator):
    """Sequences as rows."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.reshape(len(X), -1)

    def __sklearn_is_fitted__(self):
        return True


@pytest.mark.parametrize("other", [GaussianNB(), make_pipeline(StandardScaler(), GaussianNB()), "text"])
def test_masked_predictions_need_a_pipeline_that_reads_clips(other):
    with pytest.raises(TypeError, match=r"first step reads clips.*check_clips"):
        predict_readable(other, ["a.wav"])
    with pytest.raises(ValueError, match="method='score'"):
        predict_readable(other, ["a.wav"], method="score")
