"""The Keras callbacks of a fit: the user's, early stopping, the checkpoint, and word of each epoch to scikit-learn's.

Imports Keras; imported when a network is fitted.
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from sklearn.callback import FitCallback

from skaudio._writing import replacing


def fit_callbacks(estimator: Any, *, validated: bool | None) -> list[Any]:
    """Return the callbacks that the estimator's parameters ask for.

    Parameters
    ----------
    estimator : BaseNetworkClassifier
        The estimator.
    validated : bool or None
        Whether there are validation data; None for the second training of `refit_epochs`: its number of epochs is
        known, so it gets no early stopping and no checkpoint.

    Raises
    ------
    TypeError
        If `callbacks` holds anything but Keras callbacks.
    ValueError
        If a parameter needs validation data and there are none.
    """
    for callback in estimator.callbacks or ():
        if isinstance(callback, FitCallback):
            raise TypeError(
                f"{type(callback).__name__} is a scikit-learn callback; attach it by set_callbacks(...), "
                "the parameter callbacks takes Keras's"
            )
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(f"callbacks holds {callback!r}; instances of keras.callbacks.Callback are expected")
    callbacks = copy.deepcopy(list(estimator.callbacks or ()))  # one used again would remember the last fit
    if estimator.schedule == "cosine":
        rate = partial(cosine, int(estimator.epochs), float(estimator.learning_rate))
        callbacks.insert(0, EpochRates(rate))
    if validated is None:
        return callbacks
    for name in ("early_stopping", "checkpoint"):
        if getattr(estimator, name) and not validated:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r} needs validation data: set validation_fraction, "
                "or give X_val and y_val to fit"
            )
    if estimator.early_stopping:
        callbacks.append(
            keras.callbacks.EarlyStopping("val_loss", patience=int(estimator.patience), restore_best_weights=True)
        )
    if estimator.checkpoint is not None:
        _check_checkpoint(estimator.checkpoint)
        callbacks.append(BestCheckpoint(estimator.checkpoint))
    return callbacks


def cosine(n_epochs: int, highest: float, epoch: int, last: float = 0.0) -> float:
    """Return the learning rate of an epoch: up over the first tenth, and down along half a cosine to a hundredth.

    Of Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, without a restart.
    """
    n_up = n_epochs // 10
    if epoch < n_up:
        return highest * (epoch + 1) / (n_up + 1)
    done = (epoch - n_up) / max(1, n_epochs - n_up - 1)
    return highest * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def _check_checkpoint(checkpoint: str | os.PathLike[str]) -> None:
    path = os.path.abspath(checkpoint)
    if not path.endswith(".keras"):
        raise ValueError(f"checkpoint={os.fspath(checkpoint)!r} must end in .keras, the format it is written in")
    if not os.path.isdir(os.path.dirname(path)):
        raise ValueError(f"checkpoint={os.fspath(checkpoint)!r}: there is no folder {os.path.dirname(path)!r}")


class EpochRates(keras.callbacks.LearningRateScheduler):
    """Set the learning rate of each epoch, which depends on nothing but its number."""


class EpochTasks(keras.callbacks.Callback):
    """Report each epoch as a task of scikit-learn's callback protocol, and stop where a callback says so."""

    def __init__(self, estimator: Any, context: Any, X: Any, y: Any, fitted: Callable[[Any], dict[str, Any]]) -> None:
        super().__init__()
        self.estimator, self.context, self.X, self.y = estimator, context, X, y
        self.fitted = fitted  # what a model gives an estimator that was fitted

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.task = self.context.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.y)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        stop = self.task.call_on_fit_task_end(
            estimator=self.estimator, X=self.X, y=self.y, reconstruction_attributes=lambda: self.fitted(self.model)
        )
        if stop:
            self.model.stop_training = True


class BestCheckpoint(keras.callbacks.Callback):
    """Write the model each time its validation loss is the lowest so far; a reader never sees half a file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.path = os.fspath(path)
        self.best = np.inf

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs["val_loss"] >= self.best:
            return
        self.best = logs["val_loss"]
        with replacing(self.path) as name:
            self.model.save(name)
