"""AugmentedClassifier: copies of training clips alone, the same everywhere, extracted once."""

import pickle

import numpy as np
import pytest
from counting import count_decodes, decodes
from marking import Marks, mark_as_copy, marked_clips
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skaudio import ANNClassifier, MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.augmentation import AugmentedClassifier, Gain, MixWithinClass, Noise, TimeShift
from skaudio.datasets import make_urban_sounds
from skaudio.exceptions import AudioReadError
from skaudio.neural._learning import learn


class Waveforms(TransformerMixin, BaseEstimator):
    """Samples as they are, for scikit-learn's checks, whose rows are shorter than a frame."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.stack([load_audio(clip, sample_rate=1000)[0] for clip in X]).astype(np.float64)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.requires_fit = False
        return tags


ON_WAVEFORMS = AugmentedClassifier(
    make_pipeline(Waveforms(), LogisticRegression(tol=1e-10, max_iter=1000)),
    [Gain(-1, 1), Noise(30, 40)],
    random_state=0,
)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@parametrize_with_checks([ON_WAVEFORMS])
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("sounds"), n_per_class=3)


def pipeline(store=None, **parameters):
    made = make_audio_pipeline("tutorial", classifier="logistic", cache=store)
    return made.set_params(features__n_mfcc=13, **parameters)


CHANGES = [TimeShift(), Noise(), MixWithinClass(p=0.5)]


def test_copies_do_not_depend_on_order_or_threads(sounds):
    kept = {}

    class Keeping(MFCCTransformer):
        def fit_transform(self, X, y=None):
            rows = super().fit_transform(X, y)
            for clip, row in zip(X[len(X) // 3 :], rows[len(X) // 3 :]):
                kept.setdefault(clip.identity(), []).append(row)
            return rows

    order = np.random.default_rng(0).permutation(len(sounds.data))
    for rows, n_jobs in ((np.arange(len(order)), 1), (order, 2)):
        augmented = AugmentedClassifier(
            make_pipeline(Keeping(n_mfcc=5, n_jobs=n_jobs), GaussianNB()), CHANGES, n_copies=2, random_state=3
        )
        augmented.fit(sounds.data[rows], sounds.target[rows])
    assert len(kept) == 2 * len(sounds.data)
    for first, second in kept.values():
        assert first.tobytes() == second.tobytes()


def test_copies_are_stored_and_decoded_once_over_a_search(sounds, tmp_path):
    log = tmp_path / "decodes.log"
    augmented = AugmentedClassifier(
        pipeline(tmp_path / "store.sqlite"), [TimeShift(), Noise()], n_copies=2, random_state=0
    )
    count_decodes(str(log))
    try:
        search = GridSearchCV(augmented, {"estimator__classifier__C": [0.01, 1.0]}, cv=sounds.cv, error_score="raise")
        search.fit(sounds.data, sounds.target)
    finally:
        count_decodes(None)
    read = [path for paths in decodes(log).values() for path in paths]
    assert len(read) == 3 * len(sounds.data)
    assert all(read.count(path) == 3 for path in sounds.data)


def test_partners_are_the_same_in_most_folds(sounds, tmp_path):
    log = tmp_path / "decodes.log"
    augmented = AugmentedClassifier(pipeline(tmp_path / "store.sqlite"), MixWithinClass(), random_state=0)
    count_decodes(str(log))
    try:
        cross_validate(augmented, sounds.data, sounds.target, cv=sounds.cv, error_score="raise")
    finally:
        count_decodes(None)
    n_clips, n_folds = len(sounds.data), sounds.cv.get_n_splits(sounds.data)
    n_read = sum(map(len, decodes(log).values()))  # a copy reads its clip and another one
    assert n_clips * 3 <= n_read < n_clips * (1 + 2 * n_folds) / 2


def test_the_same_seed_is_the_same_model_and_another_is_another(sounds):
    X, y = sounds.data, sounds.target
    probabilities = [
        AugmentedClassifier(pipeline(), CHANGES, random_state=seed).fit(X, y).predict_proba(X) for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(probabilities[0], probabilities[1])
    assert not np.array_equal(probabilities[0], probabilities[2])


def test_no_copies_are_no_augmentation(sounds):
    X, y = sounds.data, sounds.target
    augmented = AugmentedClassifier(pipeline(), Noise(), n_copies=0).fit(X, y)
    np.testing.assert_array_equal(augmented.predict_proba(X), pipeline().fit(X, y).predict_proba(X))
    with pytest.raises(ValueError, match="leave nothing to train on"):
        AugmentedClassifier(pipeline(), Noise(), n_copies=0, include_original=False).fit(X, y)


def test_copies_alone(noting):
    X, y = marked_clips()
    augmented = AugmentedClassifier(make_pipeline(Marks(), noting()), mark_as_copy, include_original=False)
    augmented.fit(X, y)
    assert noting.trained[0][:, 1].all()


def test_weights_and_groups_go_with_the_copies():
    class Weighed(LogisticRegression):
        def fit(self, X, y, sample_weight=None, groups=None):
            seen.append((X[:, 0].round().astype(int), sample_weight, groups))
            return super().fit(X, y, sample_weight)

    seen = []
    X, y = marked_clips()
    weights, groups = np.arange(1, 25.0), np.arange(24) // 3
    augmented = AugmentedClassifier(make_pipeline(Marks(), Weighed()), mark_as_copy, n_copies=2)
    augmented.fit(X, y, sample_weight=weights, weighed__groups=groups)
    with config_context(enable_metadata_routing=True):
        asking = Weighed().set_fit_request(sample_weight=True, groups=True)
        routed = AugmentedClassifier(make_pipeline(Marks(), asking), mark_as_copy, n_copies=2)
        routed.set_fit_request(groups=True).set_score_request(sample_weight=True)
        cross_validate(
            routed, X, y, cv=GroupKFold(2), params={"sample_weight": weights, "groups": groups}, error_score="raise"
        )
        AugmentedClassifier(pipeline(), Noise()).fit(*marked_clips(), groups=groups)  # nobody asks for them
    assert len(seen) == 3
    for positions, its_weights, its_groups in seen:
        np.testing.assert_array_equal(its_weights, weights[positions])
        np.testing.assert_array_equal(its_groups, groups[positions])


def test_validation_data_are_not_repeated(monkeypatch):
    def seeing(estimator, blueprint, X, codes, weights, validation, *arguments, **parameters):
        seen.append((len(X), len(validation[0])))
        return learn(estimator, blueprint, X, codes, weights, validation, *arguments, **parameters)

    seen = []
    monkeypatch.setattr("skaudio.neural._base.learn", seeing)
    X, y = marked_clips()
    network = ANNClassifier((4,), epochs=1, random_state=0)
    augmented = AugmentedClassifier(make_pipeline(Marks(), network), mark_as_copy)
    held_out = np.array([[position, 0.0] for position in range(24)], np.float32)
    augmented.fit(X, y, annclassifier__X_val=held_out, annclassifier__y_val=y)
    assert seen == [(48, 24)]


def test_a_function_that_fails_names_itself_whatever_is_done_with_unreadable_clips(sounds):
    def broken(samples, sample_rate, random_state):
        raise OSError("no impulse response")

    lenient = pipeline(features__on_error="nan")
    with pytest.raises(RuntimeError, match="broken fails: OSError: no impulse response"):
        AugmentedClassifier(lenient, broken).fit(sounds.data, sounds.target)


def test_an_unreadable_clip_is_named_by_its_place(sounds, tmp_path):
    clips = sounds.data.copy()
    clips[7] = str(tmp_path / "gone.wav")
    with pytest.raises(AudioReadError, match=r"gone\.wav") as error:
        AugmentedClassifier(pipeline(), MixWithinClass(), n_copies=3).fit(clips, sounds.target)
    assert error.value.position == 7


def test_it_pickles_and_clones(sounds):
    X, y = sounds.data, sounds.target
    augmented = AugmentedClassifier(pipeline(), CHANGES, random_state=0).fit(X, y)
    again = pickle.loads(pickle.dumps(augmented))
    np.testing.assert_array_equal(again.predict_proba(X), augmented.predict_proba(X))
    assert clone(augmented).get_params()["augmentations"] == CHANGES


def test_rows_are_told_from_clips():
    with pytest.raises(ValueError, match="LogisticRegression takes rows, and AugmentedClassifier alters clips"):
        AugmentedClassifier(LogisticRegression(), Noise()).fit(np.zeros((4, 3)), [0, 1, 0, 1])
