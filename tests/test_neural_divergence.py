"""Fits that cannot be right are errors: networks that diverge, weights that are none, labels that look alike."""

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV

from skaudio import ANNClassifier, CNNClassifier

X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
Y = np.array(["cat", "dog", "owl"])[np.arange(60) % 3]


def small(**parameters):
    return ANNClassifier((8,), **{"epochs": 3, "random_state": 0, **parameters})


@pytest.mark.parametrize("kind", ["ann", "cnn", "keras"])
def test_a_network_that_diverges_is_an_error_that_names_epoch_and_remedy(kind):
    huge = X * np.float32(1e30)
    if kind == "cnn":
        # Its input is scaled by itself, so it takes more to make it diverge.
        network = CNNClassifier((4,), epochs=3, random_state=0, optimizer="sgd", learning_rate=1e30)
        rows = np.repeat(X[:, None], 8, axis=1) + np.arange(8)[None, :, None]
    else:
        network, rows = small(optimizer="sgd", learning_rate=1e10), huge
        if kind == "keras":
            import keras

            network.set_params(callbacks=[keras.callbacks.LambdaCallback()])
    words = r"diverged in epoch \d of 3: .*learning_rate than 1.*StandardScaler.*clipnorm"
    with pytest.raises(ValueError, match=words):
        network.fit(rows, Y)
    with pytest.raises(NotFittedError):
        network.predict(rows)


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_search_goes_on_without_the_candidates_that_diverge():
    search = GridSearchCV(small(optimizer="sgd"), {"learning_rate": [0.01, 1e30]}, cv=2)
    with pytest.warns(FitFailedWarning, match="the network diverged in epoch"):
        search.fit(X, Y)
    assert search.best_params_ == {"learning_rate": 0.01}


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_weights_that_are_none_are_refused_as_by_scikit_learn(weight):
    weights = np.ones(60)
    weights[7] = weight
    with pytest.raises(ValueError, match=r"[Nn]egative|NaN|infinity"):
        small().fit(X, Y, sample_weight=weights)


@pytest.mark.parametrize("other", ["dog ", " dog", "Dog", "d\u00f6g"])
def test_labels_that_look_alike_are_two_classes_with_a_warning(other):
    y = np.where(np.arange(60) % 2, "do\u0308g" if other == "d\u00f6g" else "dog", other)
    with pytest.warns(UserWarning, match=r"the classes .* differ in white space or capitals alone") as caught:
        network = small(epochs=1).fit(X, y)
    assert len(network.classes_) == 2
    assert len(caught) == 1
    assert repr(other) in str(caught[0].message)


def test_labels_like_numbers_are_weighed_as_they_are_spelled():
    y = np.where(np.arange(60) % 3 == 0, "007", "7")
    weighed = small(class_weight={"007": 3.0, "7": 1.0}).fit(X, y)
    same = small().fit(X, y, sample_weight=np.where(y == "007", 3.0, 1.0))
    for a, b in zip(weighed.model_.get_weights(), same.model_.get_weights()):
        np.testing.assert_array_equal(a, b)
    balanced = small(class_weight="balanced").fit(X, y)
    by_hand = small(class_weight={"007": 1.5, "7": 0.75}).fit(X, y)
    for a, b in zip(balanced.model_.get_weights(), by_hand.model_.get_weights()):
        np.testing.assert_array_equal(a, b)
