"""Keras callbacks: scikit-learn's callbacks told of each epoch, and the best epoch written to a file.

Imports Keras; imported when a network is fitted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import keras
import numpy as np


class EpochTasks(keras.callbacks.Callback):
    """Report each epoch as a task of scikit-learn's callback protocol, and stop where a callback says so."""

    def __init__(self, estimator: Any, context: Any, fitted: Callable[[Any], dict[str, Any]]) -> None:
        super().__init__()
        self.estimator = estimator
        self.context = context
        self.fitted = fitted

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.task = self.context.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(estimator=self.estimator)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        stop = self.task.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes=lambda: self.fitted(self.model)
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
        folder = os.path.dirname(os.path.abspath(self.path))
        with tempfile.TemporaryDirectory(prefix=".checkpoint-", dir=folder) as beside:
            written = os.path.join(beside, "model.keras")
            self.model.save(written)
            os.replace(written, self.path)
