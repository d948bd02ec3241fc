"""`make_audio_pipeline`: features, scaling and a classifier that go together, from clips to classes."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pipelines import dataset, fitted  # noqa: F401 - fixtures
from pretrained_models import by_function
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ParameterGrid, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skaudio import ANNClassifier, MFCCTransformer, make_audio_pipeline
from skaudio.exceptions import AudioFileNotFoundError
from skaudio.feature_extraction import EmbeddingTransformer
from skaudio.pipeline import ANN_PARAM_GRID, MODELS, PRESETS, SEQUENCE_MODELS, param_grid


def run(code, *arguments):
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "parameters",
    [{}, {"preset": "tutorial"}, {"preset": "speech"}, {"classifier": GaussianNB()}, {"classifier": "svm"}],
)
def test_steps_are_features_scale_and_classifier(parameters):
    pipeline = make_audio_pipeline(**parameters)
    assert type(pipeline) is Pipeline
    assert list(pipeline.named_steps) == ["features", "scale", "classifier"]
    assert type(pipeline["scale"]) is StandardScaler


def test_tutorial_is_that_of_the_tutorials():
    pipeline = make_audio_pipeline("tutorial")
    assert pipeline["features"].get_params() == MFCCTransformer().get_params()
    assert pipeline["classifier"].get_params() == ANNClassifier().get_params()


def test_classifier_is_taken_as_it_is():
    classifier = LogisticRegression(C=0.5)
    assert make_audio_pipeline(classifier=classifier, random_state=3)["classifier"] is classifier
    assert classifier.random_state is None


def test_jobs_seed_and_progress_reach_the_steps():
    pipeline = make_audio_pipeline(n_jobs=2, random_state=3, verbose=1)
    assert pipeline.get_params()["features__n_jobs"] == 2
    assert pipeline.get_params()["features__verbose"] == 1
    assert pipeline.get_params()["classifier__random_state"] == 3
    assert pipeline.get_params()["classifier__verbose"] == 1


@pytest.mark.parametrize("preset", ["fast", "", None])
def test_unknown_preset_is_named_with_those_there_are(preset):
    with pytest.raises(ValueError, match=f"preset={preset!r}.*'tutorial'"):
        make_audio_pipeline(preset)


def test_grid_is_of_parameters_of_the_pipeline():
    assert set(ANN_PARAM_GRID) <= set(make_audio_pipeline("tutorial").get_params())
    assert len(ParameterGrid(ANN_PARAM_GRID)) == 16


@pytest.mark.parametrize(
    "parameters", list(ParameterGrid({name: values for name, values in ANN_PARAM_GRID.items() if "features" in name}))
)
def test_features_of_the_grid_are_extracted(dataset, parameters):
    features = make_audio_pipeline("tutorial").set_params(**parameters)["features"]
    width = parameters["features__n_mfcc"] * len(parameters["features__statistics"])
    assert features.fit_transform(dataset.data[:2]).shape == (2, width)


@pytest.mark.parametrize("form", [list, pd.Series, lambda clips: pd.DataFrame({"path": clips})])
def test_clips_of_any_form_become_classes(dataset, fitted, form):
    predicted = fitted.predict(form(dataset.data))
    np.testing.assert_array_equal(predicted, fitted.predict(dataset.data))
    assert (predicted == dataset.target).mean() > 0.8  # it has heard them
    assert fitted.classes_.tolist() == dataset.target_names.tolist()


def test_probabilities_are_those_of_the_steps_one_by_one(dataset, fitted):
    rows = make_audio_pipeline()["features"].transform(dataset.data)
    scaler = StandardScaler().fit(rows)
    expected = GaussianNB().fit(scaler.transform(rows), dataset.target).predict_proba(scaler.transform(rows[:5]))
    np.testing.assert_allclose(fitted.predict_proba(dataset.data[:5]), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_search_over_the_folds_of_the_dataset_takes_clips(dataset, n_jobs):
    rows = np.random.default_rng(0).permutation(np.flatnonzero(dataset.folds <= 4))
    clips, labels = dataset.data[rows], dataset.target[rows]
    grid = {"features__n_mfcc": [5, 20], "classifier__var_smoothing": [1e-9, 1e-2]}
    search = GridSearchCV(
        make_audio_pipeline(classifier=GaussianNB()), grid, cv=dataset.cv, n_jobs=n_jobs, error_score="raise"
    )
    search.fit(clips, labels)
    assert search.n_splits_ == 4
    # The same by hand, on each of the dataset's own folds.
    for k, parameters in enumerate(search.cv_results_["params"]):
        model = clone(search.estimator).set_params(**parameters)
        expected = []
        for fold in range(1, 5):
            heard = dataset.folds[rows] != fold
            model.fit(clips[heard], labels[heard])
            expected.append(model.score(clips[~heard], labels[~heard]))
        assert [search.cv_results_[f"split{i}_test_score"][k] for i in range(4)] == pytest.approx(expected)
    assert set(search.predict(clips)) <= set(dataset.target_names)


@pytest.mark.slow
def test_grid_outlives_a_change_of_classifier(dataset):
    grid = {"features__n_mfcc": [10], "scale__with_mean": [True]}
    for classifier in (GaussianNB(), LogisticRegression(max_iter=1000)):
        model = make_audio_pipeline(classifier=classifier)
        search = GridSearchCV(model, grid, cv=dataset.cv, error_score="raise").fit(dataset.data, dataset.target)
        assert search.best_params_["features__n_mfcc"] == 10


def test_clone_has_the_parameters_and_is_not_fitted(fitted):
    copied = clone(fitted)
    assert repr(copied["features"].get_params()) == repr(fitted["features"].get_params())
    assert hasattr(fitted["scale"], "mean_")
    assert not hasattr(copied["scale"], "mean_")


def test_pickle_predicts_the_same_also_in_a_fresh_process(dataset, fitted, tmp_path):
    expected = fitted.predict_proba(dataset.data[:6])
    model = tmp_path / "model.pickle"
    model.write_bytes(pickle.dumps(fitted))
    np.testing.assert_array_equal(pickle.loads(model.read_bytes()).predict_proba(dataset.data[:6]), expected)
    code = "import pickle, sys; print(repr(pickle.load(open(sys.argv[1], 'rb')).predict_proba(sys.argv[2:]).tolist()))"
    (answer,) = run(code, str(model), *dataset.data[:6])
    assert answer == repr(expected.tolist())


def test_neither_a_light_classifier_nor_the_errors_of_the_network_load_tensorflow(dataset):
    code = """
import sys
from sklearn.naive_bayes import GaussianNB
from skaudio import make_audio_pipeline
clips = sys.argv[1:]
labels = ["dog", "siren"] * (len(clips) // 2)
make_audio_pipeline(classifier=GaussianNB()).fit(clips, labels).predict(clips)
for y in (["dog"] * len(clips), labels[:-1]):
    try:
        make_audio_pipeline().fit(clips, y)
    except ValueError as error:
        print(error)
print(sorted({"tensorflow", "keras", "scikeras"} & set(sys.modules)))
"""
    one_class, other_length, loaded = run(code, *dataset.data[:4])
    assert "class, 'dog'; at least" in one_class
    assert "[4, 3]" in other_length
    assert loaded == "[]"


@pytest.mark.parametrize("n_labels", [39, 41])
@pytest.mark.parametrize("classifier", [GaussianNB(), None], ids=["light", "network"])
def test_labels_of_another_length_are_an_error_that_counts(dataset, classifier, n_labels):
    labels = np.resize(dataset.target, n_labels)
    with pytest.raises(ValueError, match=rf"inconsistent numbers of samples: \[40, {n_labels}\]"):
        make_audio_pipeline(classifier=classifier).fit(dataset.data, labels)


@pytest.mark.parametrize("classifier", [GaussianNB(), None], ids=["light", "network"])
def test_dataset_without_clips_is_an_error(classifier):
    with pytest.raises(ValueError, match="X holds no clips"):
        make_audio_pipeline(classifier=classifier).fit([], [])


def test_missing_clip_is_named_in_a_fit_and_in_a_search(dataset):
    missing = os.path.join(os.path.dirname(dataset.data[0]), "nowhere.wav")
    clips = np.array([*dataset.data[:5], missing], dtype=object)
    model = make_audio_pipeline(classifier=GaussianNB())
    with pytest.raises(AudioFileNotFoundError, match=r"clip 5, .*nowhere\.wav"):
        model.fit(clips, ["dog", "siren"] * 3)
    with pytest.raises(AudioFileNotFoundError, match=r"nowhere\.wav"):
        cross_val_score(model, clips, ["dog", "siren"] * 3, cv=3, n_jobs=2, error_score="raise")


@pytest.mark.parametrize(
    "parameters, message",
    [({"features__n_mfcc": 0}, "'n_mfcc' parameter of MFCCTransformer"), ({"features__n_mels": 10}, "n_mfcc=25")],
)
def test_wrong_parameter_is_named_at_fit(dataset, parameters, message):
    model = make_audio_pipeline(classifier=GaussianNB()).set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(dataset.data, dataset.target)


def test_misspelt_parameter_is_named():
    with pytest.raises(ValueError, match="Invalid parameter 'n_mfccs' for estimator MFCCTransformer"):
        make_audio_pipeline("tutorial").set_params(features__n_mfccs=20)


def test_misspelt_parameter_of_a_union_is_named():
    with pytest.raises(ValueError, match="Invalid parameter 'n_mfccs' for a union of mfcc, mel, modulation"):
        make_audio_pipeline().set_params(features__n_mfccs=20)


def test_a_parameter_of_the_features_reaches_all_parts_that_have_it():
    features = make_audio_pipeline().set_params(features__sample_rate=16000, features__n_mfcc=13)["features"]
    assert {part.sample_rate for part in features.named_transformers.values()} == {16000}
    assert features.named_transformers["mfcc"].n_mfcc == 13


def test_a_pretrained_model_and_its_preset_go_together():
    with pytest.raises(ValueError, match="preset='embedding' needs model="):
        make_audio_pipeline("embedding")
    with pytest.raises(ValueError, match="is for preset='embedding'; preset='strong' has features of its own"):
        make_audio_pipeline(model="yamnet.onnx")
    own = EmbeddingTransformer(by_function, sample_rate=8000, window=0.05, pooling=("max",))
    pipeline = make_audio_pipeline("embedding", model=own, n_jobs=2)
    assert pipeline["classifier"].C == 1.0
    features = pipeline["features"]
    assert (features.pooling, features.n_jobs, own.n_jobs) == (("max",), 2, None)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("classifier", [None, *MODELS])
def test_every_preset_goes_with_every_classifier_that_takes_what_it_gives(preset, classifier):
    if preset == "cnn" and classifier not in (None, *SEQUENCE_MODELS):
        with pytest.raises(ValueError, match=f"preset='cnn' gives sequences, which classifier='{classifier}' does not"):
            make_audio_pipeline(preset, classifier=classifier)
        return
    model = EmbeddingTransformer(by_function, sample_rate=8000, window=0.05) if preset == "embedding" else None
    if preset == "embedding" and classifier in SEQUENCE_MODELS:
        with pytest.raises(ValueError, match=r"gives rows, and a \w+ takes sequences"):
            make_audio_pipeline(preset, classifier=classifier, model=model)
        return
    pipeline = make_audio_pipeline(preset, classifier=classifier, model=model, random_state=3)
    rows = pipeline["features"].fit_transform([np.random.default_rng(0).uniform(-0.5, 0.5, 9000)])
    sequences = preset == "cnn" or classifier in SEQUENCE_MODELS
    assert (rows.ndim, pipeline["scale"] == "passthrough") == ((3, True) if sequences else (2, False))
    assert hasattr(pipeline["classifier"], "predict_proba")
    has_grid = (preset, classifier) != ("embedding", "ann") and (preset == "tutorial" or not sequences)
    grid = param_grid(preset, classifier) if has_grid else {}
    for parameters in ParameterGrid(grid):
        clone(pipeline).set_params(**parameters)


@pytest.mark.slow
@pytest.mark.parametrize("classifier", ["forest", "logistic", "svm", "lda"])
def test_classifiers_by_name_are_fitted_and_give_probabilities(dataset, classifier):
    model = make_audio_pipeline(classifier=classifier, random_state=0).fit(dataset.data, dataset.target)
    shares = model.predict_proba(dataset.data)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert model.score(dataset.data, dataset.target) > (0.5 if classifier == "svm" else 0.9)  # calibrated on half


def test_unknown_classifier_is_named():
    with pytest.raises(ValueError, match=f"classifier='boost' is unknown; an estimator, or one of {', '.join(MODELS)}"):
        make_audio_pipeline(classifier="boost")
