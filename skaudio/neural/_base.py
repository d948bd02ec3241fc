"""What all network classifiers share: scikit-learn's contract around a scikeras-wrapped Keras network."""

from __future__ import annotations

import logging
import os
import time
from abc import abstractmethod
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from skaudio._constraints import HasMethods, Interval, StrOptions, fit_context
from skaudio.exceptions import warn_user
from skaudio.neural._backend import import_keras, seeded, training_lock
from skaudio.neural._validation import validation_data

_PREDICT_ROWS = 4096  # rows in flight at once, which bounds the memory of a prediction

logger = logging.getLogger("skaudio")


class BaseNetworkClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train a Keras network.

    A child declares the parameters read here and says in two methods which network it builds. scikeras is held, not
    inherited from: what scikit-learn asks of a classifier is answered here.
    """

    _parameter_constraints: dict[str, Any] = {
        "optimizer": [str, HasMethods(["get_config", "apply_gradients"])],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), HasMethods(["get_config"])],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
        "early_stopping": ["boolean"],
        "patience": [Interval(Integral, 0, None, closed="left")],
        "checkpoint": [str, os.PathLike, None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    # Set by fit.
    classes_: np.ndarray
    history_: dict[str, list[float]]
    model_: Any

    @abstractmethod
    def _builder(self) -> Callable[..., Any]:
        """Return a module-level function ``(meta, **parameters) -> keras.Model``, not compiled."""

    @abstractmethod
    def _builder_parameters(self) -> dict[str, Any]:
        """Return the parameters the builder is called with."""

    def _check_parameters(self) -> None:
        """Raise ValueError for parameters that are each in range, but not together."""

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
            Source of each row. With `validation_fraction`, no source is on both sides.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If `y` has a single class, `X` is not numeric and finite, or parameters do not go together.
        TypeError
            If `callbacks` holds anything but Keras callbacks.
        ImportError
            If TensorFlow or scikeras is not installed.
        """
        self._check_parameters()
        self._check_checkpoint()
        continued = self.warm_start and hasattr(self, "model_")
        X, y = validate_data(self, X, y, dtype=np.float32, reset=not continued)
        codes = self._encode(y, continued)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float32)
        if self.class_weight is not None:
            balance = compute_sample_weight(self.class_weight, y).astype(np.float32)
            weights = balance if weights is None else weights * balance
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        X, codes, weights, validation = validation_data(self, X, codes, weights, X_val, y_val, groups, seed)

        keras = import_keras()
        from skaudio.neural._callbacks import EpochTasks, fit_callbacks

        callbacks = fit_callbacks(self, validated=validation is not None)
        context = self._init_callback_context(max_subtasks=self.epochs)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        callbacks.append(EpochTasks(self, context))
        start = time.perf_counter()
        with training_lock, seeded(seed):
            self.scikeras_ = self._wrap(keras, self.model_ if continued else None, callbacks)
            self.scikeras_.fit(X, codes, sample_weight=weights, validation_data=validation)
        seconds = time.perf_counter() - start
        self._keep(self.scikeras_, continued)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        if self.verbose:
            n = len(self.scikeras_.history_["loss"])
            _log(f"{type(self).__name__}: {n} epochs of {len(X)} rows in {seconds:.1f} s ({seconds / n:.3f} s each)")
        return self

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
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=np.float32, reset=False)
        chunks = [
            np.asarray(self.model_(X[start : start + _PREDICT_ROWS], training=False), dtype=np.float64)
            for start in range(0, len(X), _PREDICT_ROWS)
        ]
        probabilities = np.concatenate(chunks)
        return probabilities / probabilities.sum(axis=1, keepdims=True)

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
        check_is_fitted(self, "model_")
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def summary(self) -> str:
        """Return Keras's table of the fitted network's layers, shapes and numbers of parameters.

        Returns
        -------
        str
            The table, of several lines.
        """
        check_is_fitted(self, "model_")
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

    def _encode(self, y: np.ndarray, continued: bool) -> np.ndarray:
        check_classification_targets(y)
        if continued:
            unknown = np.setdiff1d(y, self.classes_)
            if len(unknown):
                raise ValueError(
                    f"y holds the class {unknown.tolist()[0]!r}, which the network of the first fit does not know"
                )
            return np.searchsorted(self.classes_, y)
        encoder = LabelEncoder().fit(y)
        if len(encoder.classes_) < 2:
            raise ValueError(f"y has one class, {encoder.classes_.tolist()[0]!r}; at least two are needed")
        self.classes_ = encoder.classes_
        return encoder.transform(y)

    def _wrap(self, keras: Any, model: Any, callbacks: list[Any]) -> Any:
        """Return a scikeras classifier around `model`, or around one it will build."""
        from scikeras.wrappers import KerasClassifier

        parameters = {} if model is not None else {f"model__{k}": v for k, v in self._builder_parameters().items()}
        if model is not None and getattr(model, "optimizer", None) is not None and isinstance(self.optimizer, str):
            model.optimizer.learning_rate = self.learning_rate
        return KerasClassifier(
            model=self._builder() if model is None else model,
            optimizer=_new_optimizer(keras, self.optimizer, self.learning_rate),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            batch_size=int(self.batch_size),
            epochs=int(self.epochs),
            callbacks=callbacks,
            verbose=2 if self.verbose > 1 else 0,
            random_state=None,  # scikeras leaves op determinism on behind a seed; `seeded` does not
            **parameters,
        )

    def _keep(self, wrapper: Any, continued: bool) -> None:
        history = {name: [float(value) for value in values] for name, values in wrapper.history_.items()}
        if continued:
            history = {name: self.history_.get(name, []) + values for name, values in history.items()}
        self.history_ = history
        self.n_iter_ = len(history["loss"])
        self.model_ = wrapper.model_
        wrapper.callbacks = None  # they hold the callback context, which ends with this fit
        wrapper._fit_callbacks = wrapper._predict_callbacks = []

    def _check_checkpoint(self) -> None:
        if self.checkpoint is None:
            return
        path = os.path.abspath(self.checkpoint)
        if not path.endswith(".keras"):
            raise ValueError(
                f"checkpoint={os.fspath(self.checkpoint)!r} must end in .keras, the format it is written in"
            )
        if not os.path.isdir(os.path.dirname(path)):
            raise ValueError(f"checkpoint={os.fspath(self.checkpoint)!r}: there is no folder {os.path.dirname(path)!r}")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("scikeras_", None)
        if "model_" in state:
            model = state.pop("model_")
            state["_network"] = (model.to_json(), model.get_weights(), _versions())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        network = state.pop("_network", None)
        super().__setstate__(state)
        if network is None:
            return
        config, weights, versions = network
        if versions != _versions():
            _warn_of_versions(versions)
        keras = import_keras()
        self.model_ = keras.models.model_from_json(config)
        self.model_.set_weights(weights)
        self.scikeras_ = self._wrap(keras, self.model_, [])
        self.scikeras_.model_ = self.model_


def _new_optimizer(keras: Any, optimizer: Any, learning_rate: Any) -> Any:
    """Return an optimizer of its own for one fit: one that is used again remembers the last fit's variables."""
    if not isinstance(optimizer, str):
        return type(optimizer).from_config(optimizer.get_config())
    try:
        return keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": learning_rate}})
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"optimizer={optimizer!r} is unknown to Keras; 'adam', 'sgd' and 'rmsprop' are known"
        ) from error


def _is_keras_callback(callback: Any) -> bool:
    return any(base.__module__.partition(".")[0] == "keras" for base in type(callback).__mro__)


def _versions() -> dict[str, str]:
    import keras

    from skaudio._version import __version__

    return {"keras": keras.__version__, "skaudio": __version__}


def _warn_of_versions(versions: dict[str, str]) -> None:
    saved, here = (", ".join(f"{name} {version}" for name, version in v.items()) for v in (versions, _versions()))
    warn_user(f"the network was pickled under {saved}, and is loaded under {here}")


def _log(message: str) -> None:
    if not logger.hasHandlers():
        # A user who asks for it should see it, without having to set up logging first.
        logger.addHandler(logging.StreamHandler())
    if logger.getEffectiveLevel() > logging.INFO and logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    logger.info(message)
