"""`model=`: what is no function, makes no model, or a model of other outputs, is refused and named."""

import functools

import pytest
from architectures import CALLS, Subclassed, calls, fitted, layers_of, of_meta, problem, rows  # noqa: F401 - fixtures

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def returns_none(meta):
    pass


def returns_the_class(meta):
    return keras.Model


def returns_one_output(meta):
    return keras.Sequential([*layers_of(meta)[:-1], keras.layers.Dense(1, activation="sigmoid")])


def returns_a_class_too_many(meta):
    return keras.Sequential([*layers_of(meta)[:-1], keras.layers.Dense(meta["n_classes_"] + 1, activation="softmax")])


def returns_two_outputs(meta):
    model = keras.Sequential(layers_of(meta))
    return keras.Model(model.inputs, [model.outputs[0], model.outputs[0]])


def returns_three_dimensions(meta):
    return keras.Sequential([*layers_of(meta), keras.layers.Reshape((1, meta["n_classes_"]))])


@pytest.mark.parametrize("function", [returns_none, returns_the_class])
def test_what_is_no_model_is_named(rows, function):
    with pytest.raises(TypeError, match=f"model={function.__name__} returns .*; a keras.Model is expected"):
        fitted(rows, function)


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
        fitted(rows, function)


def returns_logits(meta):
    model = keras.Sequential([*layers_of(meta)[:-1], keras.layers.Dense(meta["n_classes_"])])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_outputs_that_are_no_probabilities_are_named(rows):
    with pytest.raises(ValueError, match=r"returns_logits.*softmax"):
        fitted(rows, returns_logits).predict_proba(rows.X)


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
    for wrong in ("of_meta", keras.Sequential(layers_of({"n_classes_": 3, "X_shape_": problem.X.shape}))):
        classifier = problem.kind(model=wrong)
        with pytest.raises(ValueError, match="model"):
            classifier.fit(problem.X, problem.y)
