"""Weights of rows and of classes."""

import numpy as np
import pytest
from networks import cross_entropy, same_weights, small
from sklearn.utils import compute_class_weight

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def test_balanced_weights_are_those_of_the_training_rows(noisy, splits):
    X, y = noisy
    groups = np.cumsum(np.random.default_rng(1).random(len(y)) < 0.2)  # uneven, so that the classes' shares change
    parameters = {"validation_fraction": 0.3, "dropout": 0.0}
    network = small(class_weight="balanced", **parameters).fit(X, y, groups=groups)
    ((_, _, (_, trained, _, (held_X, held))),) = splits
    balanced = compute_class_weight("balanced", classes=np.arange(3), y=trained)
    by_dict = small(class_weight=dict(zip(network.classes_, balanced)), **parameters).fit(X, y, groups=groups)
    assert same_weights(network, by_dict)
    of_all_rows = dict(zip(network.classes_, compute_class_weight("balanced", classes=network.classes_, y=y)))
    assert not same_weights(network, small(class_weight=of_all_rows, **parameters).fit(X, y, groups=groups))
    # Validation is not weighed.
    found = network.model_.evaluate(held_X, held, batch_size=len(held), verbose=0, return_dict=True)
    assert network.history_["val_loss"][-1] == pytest.approx(found["loss"], rel=1e-5)
    assert network.history_["val_loss"][-1] == pytest.approx(
        cross_entropy(network, held_X, network.classes_[held]), rel=1e-5
    )


@pytest.mark.parametrize("others", [{"dog": 1.0, "owl": 1.0}, {}], ids=["all classes", "one class"])
def test_the_weight_of_a_class_that_is_not_there_is_named(noisy, others):
    with pytest.warns(UserWarning, match=r"the class 'bear', which y does not hold.*'cat', 'dog', 'owl'"):
        found = small(class_weight={"cat": 2.0, "bear": 3.0, **others}).fit(*noisy)
    assert same_weights(found, small(class_weight={"cat": 2.0, **others}).fit(*noisy))


def test_weights_of_rows_and_of_classes_multiply(noisy):
    X, y = noisy
    of_rows = np.random.default_rng(0).choice([0.5, 1.0, 4.0], len(y))
    of_classes = {"cat": 0.5, "dog": 2.0, "owl": 8.0}
    both = small(class_weight=of_classes).fit(X, y, sample_weight=of_rows)
    assert same_weights(both, small().fit(X, y, sample_weight=of_rows * [of_classes[label] for label in y]))
    assert not same_weights(both, small().fit(X, y, sample_weight=of_rows))


def test_weights_of_rows_weigh_validation_and_those_of_classes_do_not(noisy, splits):
    X, y = noisy
    weights = np.random.default_rng(0).choice([0.0, 1.0, 4.0], len(y))
    network = small(validation_fraction=0.4, class_weight={"cat": 9.0}).fit(X, y, sample_weight=weights)
    ((_, _, (_, _, _, (held_X, held, held_weights))),) = splits
    right = network.predict(held_X) == network.classes_[held]
    history = network.history_
    assert history["val_accuracy"][-1] == pytest.approx(right.mean())
    assert history["val_weighted_accuracy"][-1] == pytest.approx(np.average(right, weights=held_weights))
    assert history["val_weighted_accuracy"][-1] != pytest.approx(history["val_accuracy"][-1])
    found = network.model_.evaluate(
        held_X, held, sample_weight=held_weights, batch_size=len(held), verbose=0, return_dict=True
    )
    for name, value in found.items():
        assert history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-5)
