"""What all network classifiers share: scikit-learn's contract around a scikeras-wrapped Keras network."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from skaudio._constraints import check_sample_weight, fit_context
from skaudio._docstrings import SharedDocs
from skaudio.neural._backend import import_keras
from skaudio.neural._forward import probabilities
from skaudio.neural._kind import NetworkKind
from skaudio.neural._lazy_model import LazyModel
from skaudio.neural._learning import learn
from skaudio.neural._network import Blueprint, FittedNetwork, accepted
from skaudio.neural._parameters import CONSTRAINTS, SHARED_DOC, check_together
from skaudio.neural._validation import class_weights, encode_labels, validation_data
from skaudio.neural._wrapper import wrapped


class BaseNetworkClassifier(SharedDocs, CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train a Keras network.

    A child declares the parameters read here, and says by `_kind` and `_builder_parameters` which network it builds.
    scikeras is held, not inherited from: what scikit-learn asks of a classifier is answered here.
    """

    _shared_doc = SHARED_DOC
    _parameter_constraints: dict[str, Any] = CONSTRAINTS

    # Most callers route `groups` to a splitter alone. Without this default, scikit-learn would refuse to route them
    # before the user has said whether the network wants them, too.
    __metadata_request__fit = {"groups": False}

    # Set by fit.
    classes_: np.ndarray
    history_: dict[str, list[float]]
    network_: FittedNetwork
    n_iter_: int
    _lazy_model: LazyModel
    _kind: NetworkKind  # of each subclass: which network of this package it builds when `model` is None

    @abstractmethod
    def _builder_parameters(self) -> dict[str, Any]:
        """Return the parameters the function is called with."""

    def _check_parameters(self) -> None:
        """Raise ValueError for parameters that are each in range, but not together."""
        check_together(self)

    def _check_rows(self, X: Any, y: Any = "no_validation", *, reset: bool = False) -> Any:
        """Return X as float32, with y where it is given; raise ValueError for another shape than fit was given."""
        return validate_data(self, X, y, dtype=np.float32, reset=reset)

    def _masks_and_mixup(self) -> tuple[float, float, float]:
        """Return by how much batches are masked in time and frequency, and mixed."""
        return 0.0, 0.0, 0.0

    def _fill(self, model: Any) -> np.ndarray:
        """Return what masks put in place."""
        raise NotImplementedError

    def _adapt(self, model: Any, X: np.ndarray) -> None:
        """Set what a new network of this package takes from the training rows before it learns."""

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None, groups: Any = None
    ) -> Self:
        """Train a new network, or with ``warm_start=True`` the one there is.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of numbers.
        y : array-like of shape (n_samples,)
            Labels, of any type; at least two classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row in the loss and the metrics.
        X_val : array-like of shape (n_val, n_features), default=None
            Validation rows. Through a `Pipeline` they pass the same steps as `X` when it is told to; see Notes of the
            class.
        y_val : array-like of shape (n_val,), default=None
            Their labels.
        groups : array-like of shape (n_samples,), default=None
            Source of each row. With `validation_fraction`, no source is on both sides. Where metadata are routed, not
            requested unless ``set_fit_request(groups=True)``.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If `y` has a single class, `X` is not numeric and finite, a weight is negative or not finite, parameters do
            not go together, or the network diverges: its loss becomes NaN.
        TypeError
            If `callbacks` holds anything but Keras callbacks.
        ImportError
            If TensorFlow or scikeras is not installed.
        """
        self._check_parameters()
        continued = self.warm_start and hasattr(self, "network_")
        if not continued:
            self.__dict__.pop("network_", None)  # should this fit fail, the last network is not left with new classes
        X, y = self._check_rows(X, y, reset=not continued)
        codes = encode_labels(self, y, continued)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X, dtype=np.float32, ensure_non_negative=True)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        whole = X, codes, sample_weight
        X, codes, weights, validation = validation_data(self, X, codes, sample_weight, X_val, y_val, groups, seed)
        weights = class_weights(self, codes, weights)

        import_keras()
        from skaudio.neural._callbacks import EpochTasks, fit_callbacks

        callbacks = fit_callbacks(self, validated=validation is not None)
        # How many epochs a second training will have is not known before the first.
        context = self._init_callback_context(max_subtasks=None if self.refit_epochs else self.epochs)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        blueprint = self._plan(X, continued)
        tasks = partial(EpochTasks, self, context, fitted=partial(self._fitted, blueprint))
        is_told = bool(getattr(self, "_skl_callbacks", None))  # epochs that nobody is told of are trained many at once
        callbacks += [tasks(X, self.classes_[codes])] if is_told else []
        history, wrapper = learn(
            self,
            blueprint,
            X,
            codes,
            weights,
            validation,
            callbacks,
            seed,
            model=self._lazy_model.model if continued else None,
        )
        self._keep(blueprint, history, wrapper, continued)
        if self.refit_epochs:
            X, codes, weights = whole
            n_epochs = 1 + int(np.argmin(history["val_loss"]))
            callbacks = fit_callbacks(self, validated=None)
            callbacks += [tasks(X, self.classes_[codes])] if is_told else []
            weights = class_weights(self, codes, weights)
            again, wrapper = learn(self, blueprint, X, codes, weights, None, callbacks, seed, n_epochs=n_epochs)
            self._keep(blueprint, again, wrapper, continued=False)
            self.history_ = history
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    @property
    def model_(self) -> Any:
        """The network as a Keras model; what is changed of it is predicted by, trained on and pickled."""
        self._check_fitted()
        return self._lazy_model.show()

    @property
    def scikeras_(self) -> Any:
        """The scikeras wrapper around the network."""
        self._check_fitted()
        if self._lazy_model.wrapper is None:
            model, blueprint = self._lazy_model.show(), self.network_.blueprint
            self._lazy_model.wrapper = wrapped(self, blueprint, [], int(self.epochs), model, weighted=False)
            self._lazy_model.wrapper.model_ = model
        return self._lazy_model.wrapper

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of numbers.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), float64
            In the order of `classes_`; each row sums to 1.
        """
        self._check_fitted()
        X = self._check_rows(X)
        found = probabilities(self._lazy_model.current(), X)
        return self._lazy_model.probabilities(X) if found is None else found

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of numbers.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Labels, of the type `fit` was given.
        """
        self._check_fitted()
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def summary(self) -> str:
        """Return Keras's table of the fitted network's layers, shapes and numbers of parameters.

        Returns
        -------
        str
            The table, of several lines.
        """
        self._check_fitted()
        lines: list[str] = []
        self.model_.summary(print_fn=lines.append, line_length=80)
        return "\n".join(lines)

    def set_callbacks(self, *callbacks: Any) -> Self:
        """Attach scikit-learn callbacks, such as ``sklearn.callback.ProgressBar``; they are told of each epoch.

        Parameters
        ----------
        *callbacks : callbacks of scikit-learn's protocol
            None removes those that are there.

        Returns
        -------
        self : object
            The classifier.

        Raises
        ------
        TypeError
            If one of them is a Keras callback, whose place is the parameter `callbacks`.
        """
        for callback in callbacks:
            if _is_keras_callback(callback):
                raise TypeError(
                    f"{type(callback).__name__} is a Keras callback; pass it as the parameter callbacks=[...], "
                    "set_callbacks takes scikit-learn's"
                )
        return super().set_callbacks(*callbacks)

    def _check_fitted(self) -> None:
        check_is_fitted(self, "network_")

    def _plan(self, X: np.ndarray, continued: bool) -> Blueprint:
        """Return how the network is built, or was where it is trained on."""
        kind = self._kind.name if self.model is None else self.model
        meta = {"n_classes_": len(self.classes_), "n_features_in_": X.shape[-1], "X_shape_": X.shape}
        parameters = self._builder_parameters()
        blueprint = Blueprint(kind, meta, parameters if self.model is None else accepted(self.model, parameters))
        if not continued:
            return blueprint
        was = self.network_.blueprint
        if kind != was.kind or blueprint.parameters != was.parameters:
            raise ValueError(
                f"warm_start=True goes on with the network of the last fit, of {was.parameters}; "
                f"one of {blueprint.parameters} needs warm_start=False"
            )
        return was

    def _keep(self, blueprint: Blueprint, history: dict[str, list[float]], wrapper: Any, continued: bool) -> None:
        if continued:  # what only one of the fits knows of, as weighted metrics, is NaN in the other
            unknown = [np.nan] * self.n_iter_, [np.nan] * len(history["loss"])
            history = {
                name: self.history_.get(name, unknown[0]) + history.get(name, unknown[1])
                for name in {**self.history_, **history}
            }
        self.history_ = history
        self.n_iter_ = len(history["loss"])
        is_shown = continued and self._lazy_model.is_shown  # whoever was shown the model holds it still
        self.__dict__.update(self._fitted(blueprint, wrapper.model_, wrapper))
        self._lazy_model.is_shown = is_shown

    def _fitted(self, blueprint: Blueprint, model: Any, wrapper: Any = None) -> dict[str, Any]:
        """Return the attributes that a trained network gives."""
        network = FittedNetwork.of(blueprint, model)
        return {"network_": network, "_lazy_model": LazyModel(network, model, wrapper)}

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        live = state.pop("_lazy_model", None)
        if live is not None:
            state["network_"] = live.current()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            self._lazy_model = LazyModel(self.network_)


def _is_keras_callback(callback: Any) -> bool:
    return any(base.__module__.partition(".")[0] == "keras" for base in type(callback).__mro__)
