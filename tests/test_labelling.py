"""Few labels, well chosen: what is suggested, what is learnt from it, and how good that is."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sounds import hiss, tone, write

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.exceptions import DatasetError
from skaudio.labelling import fit_labels, score_labels, suggest, targets
from skaudio.library import SoundLibrary

_STRATEGIES = ("mixed", "uncertain", "diverse", "confident")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds") / "s"
    for k in range(12):
        for take in range(2):
            write(folder / f"low_r{k}_{take}.wav", tone(150 + 10 * k, seed=100 + 2 * k + take))
            write(folder / f"high_h{k}_{take}.wav", tone(3000 + 100 * k, seed=200 + 2 * k + take))
            write(folder / f"noise_n{k}_{take}.wav", hiss(seed=300 + 2 * k + take))
    return folder


@pytest.fixture
def library(sounds, tmp_path):
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(sounds, pattern="{label}_{group}_{take}")
    return library


def _say(library, table):
    """Label sounds by what their names tell."""
    for sound, label in zip(table["id"], library.sounds.set_index("id")["weak_label"].loc[table["id"]]):
        library.label(sound, label, who="test")


@pytest.mark.parametrize("strategy", _STRATEGIES)
def test_the_first_sounds_are_of_all_kinds_and_of_different_recordings(library, strategy):
    found = suggest(None, library, 6, strategy, random_state=0)
    assert len(set(found["recording"])) == 6
    assert set(found["weak_label"]) == {"low", "high", "noise"}
    assert found[["probability", "margin"]].isna().all(axis=None)


@pytest.mark.parametrize("strategy", _STRATEGIES)
def test_no_sound_is_suggested_twice_until_all_are_labelled(library, strategy):
    seen = set()
    while True:
        found = suggest(None, library, 17, strategy, random_state=0)
        if not len(found):
            break
        assert not seen & set(found["id"])
        assert not found["id"].duplicated().any()
        assert len(found) == min(17, 72 - len(seen))
        seen |= set(found["id"])
        _say(library, found)
    assert len(seen) == 72


def test_what_was_said_to_be_unsure_is_not_suggested_again(library):
    first = suggest(None, library, 3, random_state=0)
    library.label(first, "low", "unsure")
    assert not set(suggest(None, library, 72, "diverse")["id"]) & set(first["id"])


@pytest.mark.parametrize(
    "estimator", [None, LogisticRegression(max_iter=999), RandomForestClassifier(20, random_state=0)]
)
def test_uncertain_is_where_two_classes_are_nearly_as_probable(library, estimator):
    _say(library, suggest(None, library, 6, random_state=0))
    found = suggest(estimator, library, 5, "uncertain")
    classifier = fit_labels(library, estimator)
    shares = np.sort(classifier.predict_proba(library.vectors), axis=1)
    margins = pd.Series(shares[:, -1] - shares[:, -2], index=library.sounds["id"])
    np.testing.assert_allclose(found["margin"], margins[found["id"]])
    others = ~library.sounds["id"].isin([*library.labels["sound"], *found["id"]])
    fresh = ~library.sounds["recording"].isin(
        library.sounds["recording"][library.sounds["id"].isin(library.labels["sound"])]
    )
    best = (
        margins[library.sounds["id"][others & fresh]]
        .groupby(library.sounds.set_index("id")["recording"])
        .min()
        .drop(found["recording"], errors="ignore")
    )
    assert found["margin"].max() <= best.min() + 1e-9
    assert len(set(found["recording"])) == 5


def test_confident_takes_of_each_class_as_many(library):
    _say(library, suggest(None, library, 9, random_state=0))
    found = suggest(None, library, 9, "confident")
    assert found["predicted"].value_counts().tolist() == [3, 3, 3]
    assert found["predicted"].tolist() == found["weak_label"].tolist()


def test_mixed_are_unsure_and_differ(library):
    _say(library, suggest(None, library, 9, random_state=0))
    mixed = suggest(None, library, 6, "mixed", random_state=0)
    unsure = suggest(None, library, 6, "uncertain")
    assert unsure["margin"].mean() <= mixed["margin"].mean()
    assert len(set(mixed["recording"])) == 6
    points = [library.points[np.searchsorted(library.sounds["id"], each["id"])] for each in (mixed, unsure)]
    closest = [np.sort(each @ each.T, axis=None)[-7] for each in points]
    assert closest[0] <= closest[1] + 1e-6


def test_a_fitted_estimator_is_taken_as_it_is(library):
    y = library.sounds["weak_label"]
    fitted = LogisticRegression(max_iter=999).fit(library.vectors, y)
    found = suggest(fitted, library, 72, "confident")
    np.testing.assert_allclose(
        found.set_index("id")["probability"].sort_index(), fitted.predict_proba(library.vectors).max(axis=1)
    )
    pipeline = make_audio_pipeline("tutorial", classifier="logistic").fit(library.sounds["path"], y)
    assert len(suggest(pipeline, library, 3)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, 0), "n=0"),
        ((None, 3, "random"), "'mixed', 'uncertain'"),
        ((None, 3, None), "strategy=None"),
        ((SVC(),), "no probabilities"),
        ((make_audio_pipeline("speech", classifier="logistic"),), "a classifier of those"),
    ],
)
def test_what_makes_no_sense_is_refused(library, arguments, message):
    estimator, *rest = arguments
    with pytest.raises(ValueError, match=message):
        suggest(estimator, library, *rest)


def test_a_strategy_of_scikit_activeml(library):
    pool = pytest.importorskip("skactiveml.pool")
    strategy = pool.RandomSampling(random_state=0, missing_label=None)
    _say(library, suggest(None, library, 6, random_state=0))
    found = suggest(None, library, 4, strategy)
    assert len(set(found["id"]) - set(library.labels["sound"])) == 4


def test_one_class_alone_is_told_from_what_it_is_not():
    said = pd.DataFrame(
        {
            "sound": [1, 2, 3, 4],
            "label": ["dog", "dog", "dog", "cat"],
            "verdict": ["positive", "negative", "unsure", "negative"],
        }
    )
    assert targets(said) == {1: "dog", 2: "not dog"}
    more = pd.concat([said, pd.DataFrame({"sound": [5], "label": ["owl"], "verdict": ["positive"]})])
    assert targets(more) == {1: "dog", 5: "owl"}


def test_a_round_is_scored_by_recordings(library):
    _say(library, library.sounds.groupby("weak_label").head(12))
    found = score_labels(library)
    assert (found.n_labels, found.n_folds) == (36, 5)
    assert 0.8 <= found.accuracy == found.right.mean()
    assert found.interval[0] < found.accuracy <= found.interval[1]
    assert found.curve["n_labels"].is_monotonic_increasing
    assert found.curve["accuracy"].iloc[-1] == found.accuracy
    assert score_labels(library).curve.equals(found.curve)


def test_recordings_are_never_on_both_sides(library, sounds):
    """Labels that follow the recording, not the sound: only who has heard the recording can know them."""
    recordings = library.sounds["recording"]
    label_of = {recording: "ab"[int(recording[1:]) * 7 % 12 % 2] for recording in set(recordings)}
    noise = library.select(where={"weak_label": "noise"})
    for sound, recording in zip(noise["id"], noise["recording"]):
        library.label(sound, label_of[recording])
    assert score_labels(library).accuracy < 0.8


def test_too_few_labels_are_said_so(library):
    with pytest.raises(DatasetError, match="0 classes are labelled"):
        fit_labels(library)
    library.label([1, 3], "a")
    with pytest.raises(DatasetError, match="1 classes are labelled"):
        score_labels(library)
    library.label([5], "b")
    with pytest.raises(DatasetError, match="of 'b' only one recording is labelled"):
        score_labels(library)
    assert fit_labels(library).classes_.tolist() == ["a", "b"]


def test_a_classifier_of_labels_names_the_rest(library):
    _say(library, suggest(None, library, 9, random_state=0))
    classifier = fit_labels(library)
    assert library.predict(classifier)["predicted"].tolist() == library.sounds["weak_label"].tolist()
    assert isinstance(library.features, MFCCTransformer)


def test_recordings_are_spread_as_far_as_there_are_some(tmp_path):
    for g in range(12):
        for j in range(6 if g == 0 else 2):
            write(tmp_path / "s" / f"g{g:02}-{j}.wav", tone(200 + 97 * ((g * 7 + j * 3) % 40), 0.2, seed=g))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s", pattern="{group}-{n}")
    for seed in range(3):
        assert suggest(None, library, 13, "diverse", random_state=seed)["recording"].nunique() == 12
    library.label(library.select(where={"recording": "g00"}), "A")
    library.label(library.select(where={"recording": "g01"}), "B")
    for strategy in ("mixed", "uncertain"):
        assert suggest(None, library, 8, strategy, random_state=0)["recording"].nunique() == 8


def test_a_class_of_one_recording_does_not_take_the_score_of_the_others(library):
    _say(library, suggest(None, library, 24, random_state=0))
    library.label(suggest(None, library, 1), "rare")
    found = score_labels(library)
    assert (found.left_out, found.n_labels) == (["rare"], 24)
