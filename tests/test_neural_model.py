"""`model=`: a network of the user's own in either classifier, from a function that a pickle can name."""

import functools
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone

from skaudio import ANNClassifier, CNNClassifier

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow

CALLS = []  # what the functions below were called with


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    return CALLS


def _problem(kind):
    """Return one of the classifiers, and rows or sequences of three classes that it can learn."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    X = rng.normal(size=(60, 5), scale=0.3) + 2 * np.eye(5)[codes]
    if kind is CNNClassifier:
        X = X[:, None, :] + rng.normal(size=(60, 6, 5), scale=0.3)
    return SimpleNamespace(kind=kind, X=X.astype(np.float32), y=np.array(["cat", "dog", "owl"])[codes])


@pytest.fixture(params=[ANNClassifier, CNNClassifier], ids=lambda kind: kind.__name__)
def problem(request):
    return _problem(request.param)


@pytest.fixture
def rows():
    """A problem of one classifier, where the other is no different."""
    return _problem(ANNClassifier)


def _fitted(problem, model, **parameters):
    defaults = {"epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return problem.kind(model=model, **{**defaults, **parameters}).fit(problem.X, problem.y)


def _layers(meta, units=8, dropout=0.0):
    return [
        keras.Input(meta["X_shape_"][1:]),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(meta["n_classes_"], activation="softmax"),
    ]


def of_meta(meta):
    CALLS.append(meta)
    return keras.Sequential(_layers(meta))


def of_named(meta, dropout, units=7):
    CALLS.append({"dropout": dropout, "units": units})
    return keras.Sequential(_layers(meta, units, dropout))


def of_any(meta, **parameters):
    CALLS.append(parameters)
    return keras.Sequential(_layers(meta, dropout=parameters["dropout"]))


def of_units_it_is_not_given(meta, units):
    return keras.Sequential(_layers(meta, units))


def compiled(meta):
    model = keras.Sequential(_layers(meta))
    model.compile(
        keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["sparse_top_k_categorical_accuracy"]
    )
    return model


def with_a_layer_named_scaling(meta):
    scaling = keras.layers.BatchNormalization(trainable=False, name="scaling")
    first, *others = _layers(meta)
    return keras.Sequential([first, scaling, *others])


class Subclassed(keras.Model):
    """The network of a user who writes `call`."""

    def __init__(self, n_classes, **parameters):
        super().__init__(**parameters)
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.dropout = keras.layers.Dropout(0.1)
        self.classes = keras.layers.Dense(n_classes, activation="softmax")

    def call(self, rows, training=False):
        return self.classes(self.dropout(self.hidden(self.flatten(rows)), training=training))


def subclassed(meta):
    return Subclassed(meta["n_classes_"])


def subclassed_and_called(meta):
    model = Subclassed(meta["n_classes_"])
    model(np.zeros((1, *meta["X_shape_"][1:]), np.float32))
    return model


def sequential_without_input(meta):
    return keras.Sequential(_layers(meta)[1:])


# What the function is given.


def test_a_function_of_meta_is_trained(problem):
    classifier = _fitted(problem, of_meta, epochs=15)
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
    _fitted(rows, of_meta, validation_fraction=0.25)
    assert CALLS[0]["X_shape_"] == (45, *rows.X.shape[1:])


def test_named_parameters_are_those_of_the_classifier(rows):
    classifier = _fitted(rows, of_named, dropout=0.25)
    assert CALLS == [{"dropout": 0.25, "units": 7}]
    assert [layer.rate for layer in classifier.model_.layers if isinstance(layer, keras.layers.Dropout)] == [0.25]
    clone(classifier).set_params(dropout=0.1).fit(rows.X, rows.y)
    assert CALLS[1] == {"dropout": 0.1, "units": 7}


def test_parameters_of_any_name_are_all_of_the_architecture(problem):
    _fitted(problem, of_any, dropout=0.25)
    expected = {
        ANNClassifier: {"hidden_layer_sizes": [100, 200, 100], "activation": "relu", "dropout": 0.25},
        CNNClassifier: {"filters": [24, 48, 96, 128], "dropout": 0.25},
    }
    (parameters,) = CALLS
    assert parameters == expected[problem.kind]


def test_a_parameter_that_there_is_not_is_named(rows):
    with pytest.raises(TypeError, match=r"of_units_it_is_not_given.*units"):
        _fitted(rows, of_units_it_is_not_given)


# How it is trained.


def test_a_model_that_is_not_compiled_is_compiled_as_the_classifiers_own(rows):
    classifier = _fitted(rows, of_meta, optimizer="rmsprop", learning_rate=0.125)
    assert isinstance(classifier.model_.optimizer, keras.optimizers.RMSprop)
    assert float(classifier.model_.optimizer.learning_rate) == 0.125


def test_a_model_that_compiles_itself_is_left_as_it_is(rows):
    classifier = _fitted(rows, compiled, epochs=15, optimizer="rmsprop", learning_rate=0.5)
    assert isinstance(classifier.model_.optimizer, keras.optimizers.SGD)
    assert float(classifier.model_.optimizer.learning_rate) == 0.25
    assert set(classifier.history_) == {"loss", "sparse_top_k_categorical_accuracy"}
    assert classifier.score(rows.X, rows.y) > 0.9
    copied = pickle.loads(pickle.dumps(classifier))
    assert isinstance(copied.model_.optimizer, keras.optimizers.SGD)
    assert np.array_equal(copied.predict_proba(rows.X), classifier.predict_proba(rows.X))


def test_the_learning_rate_of_a_model_that_compiles_itself_stays_when_training_goes_on(rows):
    classifier = _fitted(rows, compiled, warm_start=True)
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
    model = keras.Sequential(_layers(meta))
    model.compile(keras.optimizers.Adam(0.02), LogLoss())
    return model


def test_a_model_may_have_a_loss_of_its_own(rows):
    classifier = _fitted(rows, compiled_with_a_loss_of_its_own, epochs=15)
    assert isinstance(classifier.model_.loss, LogLoss)
    assert classifier.score(rows.X, rows.y) > 0.9


def test_a_model_of_ones_own_is_given_the_sequences_as_they_are():
    scaling = _fitted(_problem(CNNClassifier), with_a_layer_named_scaling).model_.get_layer("scaling")
    assert (scaling.moving_mean.numpy() == 0).all()
    assert (scaling.moving_variance.numpy() == 1).all()


def test_equal_seeds_give_equal_networks(rows):
    first, second, other = (
        _fitted(rows, of_named, dropout=0.5, random_state=seed).model_.get_weights() for seed in (0, 0, 1)
    )
    assert all(map(np.array_equal, first, second))
    assert not np.array_equal(first[0], other[0])


def test_warm_start_goes_on_unless_the_function_is_another(rows):
    classifier = _fitted(rows, of_meta, warm_start=True)
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
    classifier = _fitted(rows, of_meta, epochs=40, learning_rate=0.1, **parameters)
    assert len(classifier.history_["val_loss"]) == classifier.n_iter_ < 40
    assert "owl" not in classifier.predict(rows.X)


# What is refused, and when.


def returns_none(meta):
    pass


def returns_the_class(meta):
    return keras.Model


def returns_one_output(meta):
    return keras.Sequential([*_layers(meta)[:-1], keras.layers.Dense(1, activation="sigmoid")])


def returns_a_class_too_many(meta):
    return keras.Sequential([*_layers(meta)[:-1], keras.layers.Dense(meta["n_classes_"] + 1, activation="softmax")])


def returns_two_outputs(meta):
    model = keras.Sequential(_layers(meta))
    return keras.Model(model.inputs, [model.outputs[0], model.outputs[0]])


def returns_three_dimensions(meta):
    return keras.Sequential([*_layers(meta), keras.layers.Reshape((1, meta["n_classes_"]))])


@pytest.mark.parametrize("function", [returns_none, returns_the_class])
def test_what_is_no_model_is_named(rows, function):
    with pytest.raises(TypeError, match=f"model={function.__name__} returns .*; a keras.Model is expected"):
        _fitted(rows, function)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (returns_one_output, r"\(None, 1\)"),
        (returns_a_class_too_many, r"\(None, 4\)"),
        (returns_two_outputs, r"\[\(None, 3\), \(None, 3\)\]"),
        (returns_three_dimensions, r"\(None, 1, 3\)"),
    ],
)
def test_outputs_of_a_wrong_shape_are_named(rows, function, shape):
    message = rf"model={function.__name__} returns .* shape {shape}; \(None, 3\) is expected"
    with pytest.raises(ValueError, match=message):
        _fitted(rows, function)


def returns_logits(meta):
    model = keras.Sequential([*_layers(meta)[:-1], keras.layers.Dense(meta["n_classes_"])])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_outputs_that_are_no_probabilities_are_named(rows):
    with pytest.raises(ValueError, match=r"returns_logits.*softmax"):
        _fitted(rows, returns_logits).predict_proba(rows.X)


class Maker:
    def __call__(self, meta):
        return of_meta(meta)

    def method(self, meta):
        return of_meta(meta)


def _nested():
    def inner(meta):
        return of_meta(meta)

    return inner


@pytest.mark.parametrize(
    "nameless",
    [lambda meta: of_meta(meta), _nested(), Maker(), Maker().method, functools.partial(of_meta), Subclassed],
    ids=["lambda", "nested function", "instance", "method", "partial", "class"],
)
def test_what_a_pickle_cannot_name_is_refused_at_fit(problem, nameless):
    classifier = problem.kind(model=nameless)
    assert classifier.get_params()["model"] is nameless
    with pytest.raises(ValueError, match=r"model=.* must be a function defined at the top of a module"):
        classifier.fit(problem.X, problem.y)
    assert CALLS == []


def test_what_is_no_function_is_refused_at_fit(problem):
    for wrong in ("of_meta", keras.Sequential(_layers({"n_classes_": 3, "X_shape_": problem.X.shape}))):
        classifier = problem.kind(model=wrong)
        with pytest.raises(ValueError, match="model"):
            classifier.fit(problem.X, problem.y)


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
    problem = _problem(kind)
    classifier = _fitted(problem, function, epochs=15)
    assert classifier.score(problem.X, problem.y) > 0.9
    probabilities = classifier.predict_proba(problem.X)
    assert probabilities.shape == (60, 3)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    copied = pickle.loads(pickle.dumps(classifier))
    assert np.array_equal(copied.predict_proba(problem.X), probabilities)
    assert copied.set_params(warm_start=True, epochs=1).fit(problem.X, problem.y).n_iter_ == 16


# Elsewhere.


def test_a_pickle_in_the_same_process_gives_the_same_probabilities(problem):
    classifier = _fitted(problem, of_named, dropout=0.25, epochs=1)
    content = pickle.dumps(classifier.set_params(dropout=0.9))  # it is pickled as it was fitted
    expected = classifier.predict_proba(problem.X)
    copied = pickle.loads(content)
    assert copied.get_params()["model"] is of_named
    assert np.array_equal(copied.predict_proba(problem.X), expected)
    assert CALLS[0] == CALLS[1]
    assert pickle.loads(pickle.dumps(problem.kind(model=of_named))).model is of_named
