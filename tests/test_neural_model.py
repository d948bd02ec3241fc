"""`model=`: a network of the user's own in either classifier, from a function that a pickle can name."""

import pickle

import numpy as np
import pytest
from architectures import (  # noqa: F401 - fixtures
    CALLS,
    Subclassed,
    calls,
    fitted,
    layers_of,
    of_meta,
    problem,
    problem_of,
    rows,
)
from sklearn.base import clone

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def of_named(meta, dropout, units=7):
    CALLS.append({"dropout": dropout, "units": units})
    return keras.Sequential(layers_of(meta, units, dropout))


def of_any(meta, **parameters):
    CALLS.append(parameters)
    return keras.Sequential(layers_of(meta, dropout=parameters["dropout"]))


def of_units_it_is_not_given(meta, units):
    return keras.Sequential(layers_of(meta, units))


def compiled(meta):
    model = keras.Sequential(layers_of(meta))
    model.compile(
        keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["sparse_top_k_categorical_accuracy"]
    )
    return model


def with_a_layer_named_scaling(meta):
    scaling = keras.layers.BatchNormalization(trainable=False, name="scaling")
    first, *others = layers_of(meta)
    return keras.Sequential([first, scaling, *others])


def subclassed(meta):
    return Subclassed(meta["n_classes_"])


def subclassed_and_called(meta):
    model = Subclassed(meta["n_classes_"])
    model(np.zeros((1, *meta["X_shape_"][1:]), np.float32))
    return model


def sequential_without_input(meta):
    return keras.Sequential(layers_of(meta)[1:])


# What the function is given.


def test_a_function_of_meta_is_trained(problem):
    classifier = fitted(problem, of_meta, epochs=15)
    (meta,) = CALLS
    assert meta == {"n_classes_": 3, "n_features_in_": 5, "X_shape_": problem.X.shape}
    assert classifier.score(problem.X, problem.y) > 0.9
    assert len(classifier.history_["accuracy"]) == classifier.n_iter_ == 15
    assert classifier.scikeras_.model_ is classifier.model_
    probabilities = classifier.predict_proba(problem.X[:1])
    assert probabilities.shape == (1, 3)
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert isinstance(classifier.model_, keras.Sequential)
    assert "flatten" in classifier.summary()


def test_meta_tells_the_rows_that_are_trained_on(rows):
    fitted(rows, of_meta, validation_fraction=0.25)
    assert CALLS[0]["X_shape_"] == (45, *rows.X.shape[1:])


def test_named_parameters_are_those_of_the_classifier(rows):
    classifier = fitted(rows, of_named, dropout=0.25)
    assert CALLS == [{"dropout": 0.25, "units": 7}]
    assert [layer.rate for layer in classifier.model_.layers if isinstance(layer, keras.layers.Dropout)] == [0.25]
    clone(classifier).set_params(dropout=0.1).fit(rows.X, rows.y)
    assert CALLS[1] == {"dropout": 0.1, "units": 7}


def test_parameters_of_any_name_are_all_of_the_architecture(problem):
    fitted(problem, of_any, dropout=0.25)
    expected = {
        ANNClassifier: {"hidden_layer_sizes": [100, 200, 100], "activation": "relu", "dropout": 0.25},
        CNNClassifier: {"filters": [24, 48, 96, 128], "dropout": 0.25},
    }
    (parameters,) = CALLS
    assert parameters == expected[problem.kind]


def test_a_parameter_that_there_is_not_is_named(rows):
    with pytest.raises(TypeError, match=r"of_units_it_is_not_given.*units"):
        fitted(rows, of_units_it_is_not_given)


# How it is trained.


def test_a_model_that_is_not_compiled_is_compiled_as_the_classifiers_own(rows):
    classifier = fitted(rows, of_meta, optimizer="rmsprop", learning_rate=0.125)
    assert isinstance(classifier.model_.optimizer, keras.optimizers.RMSprop)
    assert float(classifier.model_.optimizer.learning_rate) == 0.125


def test_a_model_that_compiles_itself_is_left_as_it_is(rows):
    classifier = fitted(rows, compiled, epochs=15, optimizer="rmsprop", learning_rate=0.5)
    assert isinstance(classifier.model_.optimizer, keras.optimizers.SGD)
    assert float(classifier.model_.optimizer.learning_rate) == 0.25
    assert set(classifier.history_) == {"loss", "sparse_top_k_categorical_accuracy"}
    assert classifier.score(rows.X, rows.y) > 0.9
    copied = pickle.loads(pickle.dumps(classifier))
    assert isinstance(copied.model_.optimizer, keras.optimizers.SGD)
    assert np.array_equal(copied.predict_proba(rows.X), classifier.predict_proba(rows.X))


def test_the_learning_rate_of_a_model_that_compiles_itself_stays_when_training_goes_on(rows):
    classifier = fitted(rows, compiled, warm_start=True)
    for again in (classifier, pickle.loads(pickle.dumps(classifier))):
        again.fit(rows.X, rows.y)
        assert again.n_iter_ == 6
        assert float(again.model_.optimizer.learning_rate) == 0.25


class LogLoss(keras.losses.Loss):
    """A loss of the user's own."""

    def call(self, codes, probabilities):
        right = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(codes, -1), "int32"), 3)
        return -keras.ops.log(keras.ops.sum(right * probabilities, axis=1) + 1e-6)


def compiled_with_a_loss_of_its_own(meta):
    model = keras.Sequential(layers_of(meta))
    model.compile(keras.optimizers.Adam(0.02), LogLoss())
    return model


def test_a_model_may_have_a_loss_of_its_own(rows):
    classifier = fitted(rows, compiled_with_a_loss_of_its_own, epochs=15)
    assert isinstance(classifier.model_.loss, LogLoss)
    assert classifier.score(rows.X, rows.y) > 0.9


def test_a_model_of_ones_own_is_given_the_sequences_as_they_are():
    scaling = fitted(problem_of(CNNClassifier), with_a_layer_named_scaling).model_.get_layer("scaling")
    assert (scaling.moving_mean.numpy() == 0).all()
    assert (scaling.moving_variance.numpy() == 1).all()


def test_equal_seeds_give_equal_networks(rows):
    first, second, other = (
        fitted(rows, of_named, dropout=0.5, random_state=seed).model_.get_weights() for seed in (0, 0, 1)
    )
    assert all(map(np.array_equal, first, second))
    assert not np.array_equal(first[0], other[0])


def test_warm_start_goes_on_unless_the_function_is_another(rows):
    classifier = fitted(rows, of_meta, warm_start=True)
    before = classifier.model_.get_weights()
    classifier.fit(rows.X, rows.y)
    assert len(CALLS) == 1
    assert classifier.n_iter_ == 6
    assert not np.array_equal(before[0], classifier.model_.get_weights()[0])
    for other in (of_named, None):
        with pytest.raises(ValueError, match="warm_start=False"):
            classifier.set_params(model=other).fit(rows.X, rows.y)
    classifier.set_params(model=of_named, warm_start=False).fit(rows.X, rows.y)
    assert classifier.n_iter_ == 3


def test_early_stopping_and_class_weights_count(rows):
    parameters = {"validation_fraction": 0.25, "early_stopping": True, "patience": 1, "class_weight": {"owl": 0}}
    classifier = fitted(rows, of_meta, epochs=40, learning_rate=0.1, **parameters)
    assert len(classifier.history_["val_loss"]) == classifier.n_iter_ < 40
    assert "owl" not in classifier.predict(rows.X)


# Networks that Keras does not know the shape of before they are called.


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        (ANNClassifier, subclassed),
        (CNNClassifier, subclassed),
        (ANNClassifier, subclassed_and_called),
        (ANNClassifier, sequential_without_input),
    ],
)
def test_a_network_of_any_of_keras_forms_is_trained_and_pickled(kind, function):
    problem = problem_of(kind)
    classifier = fitted(problem, function, epochs=15)
    assert classifier.score(problem.X, problem.y) > 0.9
    probabilities = classifier.predict_proba(problem.X)
    assert probabilities.shape == (60, 3)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    copied = pickle.loads(pickle.dumps(classifier))
    assert np.array_equal(copied.predict_proba(problem.X), probabilities)
    assert copied.set_params(warm_start=True, epochs=1).fit(problem.X, problem.y).n_iter_ == 16


# Elsewhere.


def test_a_pickle_in_the_same_process_gives_the_same_probabilities(problem):
    classifier = fitted(problem, of_named, dropout=0.25, epochs=1)
    content = pickle.dumps(classifier.set_params(dropout=0.9))  # it is pickled as it was fitted
    expected = classifier.predict_proba(problem.X)
    copied = pickle.loads(content)
    assert copied.get_params()["model"] is of_named
    assert np.array_equal(copied.predict_proba(problem.X), expected)
    assert CALLS[0] == CALLS[1]
    assert pickle.loads(pickle.dumps(problem.kind(model=of_named))).model is of_named
