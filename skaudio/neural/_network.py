"""A Keras network from a module-level function: built, compiled, and built again where its weights are unpickled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.exceptions import warn_user
from skaudio.neural._backend import import_keras, seeded, training_lock
from skaudio.neural._kinds import find_kind


@dataclass(frozen=True)
class Blueprint:
    """How a fitted network is built, whatever has since become of the estimator's parameters.

    Parameters
    ----------
    kind : str or callable
        ``"dense"`` or ``"convolutional"``, or a user's function ``(meta, **parameters) -> keras.Model``.
    meta : dict
        ``n_classes_``, ``n_features_in_`` and ``X_shape_`` of the fit.
    parameters : dict
        What the function is called with.
    """

    kind: str | Callable[..., Any]
    meta: dict[str, Any]
    parameters: dict[str, Any]

    @property
    def is_own(self) -> bool:
        """Whether it is a network of this package."""
        return isinstance(self.kind, str)

    @property
    def builder(self) -> Callable[..., Any]:
        """The function that builds it."""
        if not isinstance(self.kind, str):
            return self.kind
        return find_kind(self.kind).build

    def build(self) -> Any:
        """Return a new network.

        Raises
        ------
        TypeError
            If the function returns no Keras model.
        ValueError
            If the model does not return a probability for each class.
        """
        keras = import_keras()
        model = self.builder(self.meta, **self.parameters)
        if self.is_own:
            return model
        name = f"model={self.builder.__qualname__}"
        if not isinstance(model, keras.Model):
            raise TypeError(f"{name} returns {model!r}; a keras.Model is expected")
        expected = (None, self.meta["n_classes_"])
        shape = getattr(model, "output_shape", expected) if model.built else expected  # a subclass may not tell it
        if shape == expected:
            found = np.asarray(model(np.zeros((1, *self.meta["X_shape_"][1:]), np.float32), training=False))
            shape = (None, *found.shape[1:])
        if shape != expected:
            raise ValueError(
                f"{name} returns a model with outputs of shape {shape}; {expected} is expected, "
                "a softmax over the classes"
            )
        if np.isfinite(found).all() and (found.min() < 0 or abs(found.sum() - 1) > 0.01):
            raise ValueError(
                f"{name} returns a model whose outputs for a row have the sum {found.sum():.3g}; "
                "probabilities are expected, a softmax over the classes"
            )
        return model


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted network as data: how it is built, its weights, and the versions it was trained under.

    What a pickle of a classifier holds, and what it predicts by; no Keras is needed for either.

    Parameters
    ----------
    blueprint : Blueprint
        How it is built.
    weights : list of ndarray
        In Keras's order.
    versions : dict of str to str
        Of Keras and of this package.
    """

    blueprint: Blueprint
    weights: list[np.ndarray]
    versions: dict[str, str]

    @classmethod
    def of(cls, blueprint: Blueprint, model: Any) -> FittedNetwork:
        """Return what a trained Keras model holds."""
        return cls(blueprint, model.get_weights(), _versions())

    def build(self) -> Any:
        """Return a Keras model with these weights; warn where versions are not those it was trained under."""
        if self.versions != _versions():
            saved, here = (", ".join(f"{k} {v}" for k, v in of.items()) for of in (self.versions, _versions()))
            warn_user(f"the network was trained under {saved}, and is built under {here}")
        with training_lock, seeded(0, foreign=not self.blueprint.is_own):
            # The new network draws weights, which these replace.
            model = self.blueprint.build()
        model.set_weights(self.weights)
        return model


# Pickles name them by this module, whichever file they are in.
Blueprint.__module__ = FittedNetwork.__module__ = "skaudio.neural"


def weight_shapes(blueprint: Blueprint) -> list[tuple[int, ...]]:
    """Return the shapes of the weights of a network of this package, in Keras's order.

    Raises
    ------
    ValueError
        If no network of this package can have these parameters.
    """
    return find_kind(str(blueprint.kind)).weight_shapes(blueprint.meta, blueprint.parameters)


def check_builder(builder: Any) -> None:
    """Raise ValueError for a function that another process could not find by its name."""
    name = getattr(builder, "__qualname__", "")
    if not inspect.isfunction(builder) or "<" in name:
        raise ValueError(
            f"model={builder!r} must be a function defined at the top of a module, so that a pickle can name it"
        )


def accepted(builder: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return those of the parameters that the function takes."""
    signature = inspect.signature(builder).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature):
        return parameters
    names = {parameter.name for parameter in signature}
    return {name: value for name, value in parameters.items() if name in names}


def compile_network(model: Any, optimizer: Any, learning_rate: Any, *, weighted: bool, own: bool) -> None:
    """Compile a network for a fit.

    A network of a user's function that is already compiled is left as it is, whether the function compiled it or an
    earlier fit did. A network of this package (`own`) that is trained further gets the optimizer that the parameters
    name now, with the state of its last optimizer.
    """
    if model.compiled and not own:
        return
    last = model.optimizer if model.compiled else None
    new = _new_optimizer(optimizer, learning_rate)
    if last is not None:
        if type(new) is not type(last):
            raise ValueError(
                f"warm_start=True goes on with the optimizer of the last fit, {type(last).__name__}; "
                f"{type(new).__name__} needs warm_start=False"
            )
        _take_state(new, last, model.trainable_variables)
    model.compile(
        optimizer=new,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["accuracy"] if weighted else None,
    )


def _take_state(optimizer: Any, last: Any, variables: list[Any]) -> None:
    if not last.built:
        return
    optimizer.build(variables)
    states = {variable.name: variable for variable in last.variables}
    for variable in optimizer.variables:
        if variable.name in states and variable.name != "learning_rate":
            variable.assign(states[variable.name])


def _new_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """Return an optimizer of its own for one fit: one that is used again remembers the last fit's variables."""
    if not isinstance(optimizer, str):
        return type(optimizer).from_config(optimizer.get_config())
    try:
        return import_keras().optimizers.get({"class_name": optimizer, "config": {"learning_rate": learning_rate}})
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"optimizer={optimizer!r} is unknown to Keras; 'adam', 'sgd' and 'rmsprop' are known"
        ) from error


def _versions() -> dict[str, str]:
    import keras

    from skaudio._version import __version__

    return {"keras": keras.__version__, "skaudio": __version__}
