"""What splits inside of AugmentedClassifier holds no copy out, and trains on no copy of what it holds out."""

import numpy as np
import pytest
from marking import Marks, assert_apart, mark_as_copy, marked_clips, pairs
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold, LeaveOneGroupOut, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from skaudio import ANNClassifier, load_audio
from skaudio.augmentation import AugmentedClassifier, MixWithinClass
from skaudio.neural._learning import learn


def test_no_copy_reaches_a_test_fold(noting):
    X, y = marked_clips()
    augmented = AugmentedClassifier(make_pipeline(Marks(), noting()), mark_as_copy, n_copies=2, random_state=0)
    cross_validate(augmented, X, y, cv=4, error_score="raise")
    assert len(noting.trained) == 4
    for trained, tested in pairs(noting):
        assert len(trained) == 3 * 18
        assert trained[:, 1].sum() == 2 * 18
        assert_apart(trained, tested)
    tested = np.concatenate(noting.asked)[:, 0]
    assert sorted(tested) == list(range(24))


@pytest.mark.parametrize("groups", [None, np.arange(24) // 4])
def test_no_copy_reaches_the_folds_of_an_estimator_inside(noting, groups):
    X, y = marked_clips()
    inside = CalibratedClassifierCV(noting(), cv=3 if groups is None else GroupKFold(3), ensemble=True)
    augmented = AugmentedClassifier(make_pipeline(Marks(), inside), mark_as_copy, n_copies=2, random_state=0)
    augmented.fit(X, y, groups=groups)
    assert len(noting.trained) == 3
    for trained, held_out in pairs(noting):
        assert trained[:, 1].sum() == 2 * len(held_out) * 2
        assert_apart(trained, held_out)
        if groups is not None:
            assert not set(groups[trained[:, 0]]) & set(groups[held_out[:, 0]])
    assert type(augmented.estimator_[-1].cv) is type(inside.cv)


def test_no_copy_reaches_the_folds_of_a_search_inside(noting):
    X, y = marked_clips()
    search = GridSearchCV(make_pipeline(Marks(), noting()), {"noting__C": [0.1, 1.0]}, cv=3)
    with pytest.raises(ValueError, match="holds out clips by cv=3"):
        AugmentedClassifier(search, mark_as_copy, include_original=False).fit(X, y)
    AugmentedClassifier(search, mark_as_copy, random_state=0).fit(X, y)
    assert len(noting.trained) == 7
    for trained, held_out in pairs(noting)[:6]:
        assert_apart(trained, held_out)


def test_a_partner_that_is_held_out_is_in_no_copy_that_is_trained_on(noting):
    class Pairs(Marks):
        def transform(self, X):
            waveforms = [load_audio(clip, sample_rate=100)[0] for clip in X]
            return np.array([waveform[:24] for waveform in waveforms])

    X, y = list(np.eye(24, 50, dtype=np.float32)), np.arange(24) % 2  # which clips are in a sound can be seen
    pipeline = make_pipeline(Pairs(), CalibratedClassifierCV(noting(), cv=3, ensemble=True))
    seen = []

    class Seeing(noting):
        def fit(self, X, y, sample_weight=None):
            seen.append((X != 0).any(axis=0))
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            assert ((X != 0).sum(axis=1) == 1).all()
            assert not (seen[-1] & (X != 0).any(axis=0)).any()
            return super().predict_proba(X)

    pipeline.set_params(calibratedclassifiercv__estimator=Seeing())
    AugmentedClassifier(pipeline, MixWithinClass(0.4, 0.4), n_copies=3, random_state=0).fit(X, y)
    assert len(seen) == 3


@pytest.mark.parametrize("fraction", [0.25, "splitter"])
def test_no_copy_reaches_the_validation_of_a_network(fraction, monkeypatch):
    def seeing(estimator, blueprint, X, codes, weights, validation, *arguments, **parameters):
        seen.append((np.round(X).astype(int), np.round(validation[0]).astype(int)))
        return learn(estimator, blueprint, X, codes, weights, validation, *arguments, **parameters)

    seen = []
    monkeypatch.setattr("skaudio.neural._base.learn", seeing)
    X, y = marked_clips(48)
    network = ANNClassifier((4,), epochs=1, random_state=0)
    network.set_params(validation_fraction=GroupKFold(4) if fraction == "splitter" else fraction)
    augmented = AugmentedClassifier(make_pipeline(Marks(), network), mark_as_copy, n_copies=3, random_state=0)
    augmented.fit(X, y, groups=np.arange(48) // 2)
    ((trained, held_out),) = seen
    assert len(held_out) == 12
    assert len(trained) == 36 * 4
    assert_apart(trained, held_out)
    assert not set(trained[:, 0] // 2) & set(held_out[:, 0] // 2)
    assert type(augmented.estimator_[-1].validation_fraction) is type(network.validation_fraction)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (MLPClassifier(early_stopping=True), "MLPClassifier of AugmentedClassifier holds rows out to stop early"),
        (SGDClassifier(early_stopping=True), "SGDClassifier .* set early_stopping=False"),
        (HistGradientBoostingClassifier(early_stopping=True), "HistGradientBoostingClassifier"),
        (VotingClassifier([("net", MLPClassifier(early_stopping=True))]), "MLPClassifier of Aug"),
        (RandomForestClassifier(oob_score=True), "set oob_score=False"),
        (
            BaggingClassifier(GridSearchCV(GaussianNB(), {}, cv=2), n_estimators=2),
            "put AugmentedClassifier inside",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_estimator_that_would_hold_copies_out_is_refused(inside, message):
    X, y = marked_clips()
    with pytest.raises(ValueError, match=message):
        AugmentedClassifier(make_pipeline(Marks(), inside), mark_as_copy, random_state=0).fit(X, y)


def test_splits_inside_by_each_group_or_given_one_by_one(noting):
    X, y = marked_clips()
    groups = np.arange(24) // 8
    given = [(np.arange(12), np.arange(12, 24)), (np.arange(12, 24), np.arange(12))]
    for cv, n in ((LeaveOneGroupOut(), 3), (given, 2)):
        noting.trained.clear()
        noting.asked.clear()
        search = GridSearchCV(noting(), {"C": [1.0]}, cv=cv, error_score="raise")
        AugmentedClassifier(make_pipeline(Marks(), search), mark_as_copy, random_state=0).fit(X, y, groups=groups)
        assert len(noting.asked) == n
        for trained, held_out in pairs(noting)[:n]:
            assert_apart(trained, held_out)
