"""Keras's ``fit`` for data in memory: an epoch is one compiled step, and networks alike share what was compiled.

Keras calls Python for each batch; here the loop over the batches is compiled with them, and that over the epochs where
nobody looks at the network in between. Compiling takes longer than a small fit, so it is done once a process for all
networks of one architecture: on a twin, which takes the values of the network at hand before, and gives them back
after. The network itself is plain Keras, and its callbacks see nothing else.

Imports Keras; imported when a network is fitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skaudio._workers import free_memory
from skaudio.neural._altering import NO_ALTERING, Altering, seed_of
from skaudio.neural._callbacks import EpochRates
from skaudio.neural._twin import has_rate, twin_of

_SECONDS = 0.3  # that epochs in one call take: an interruption is heeded between two calls

_BATCH_HOOKS = tuple(f"on_{stage}batch_{moment}" for stage in ("", "train_", "test_") for moment in ("begin", "end"))


def train(
    model: Any,
    X: np.ndarray,
    codes: np.ndarray,
    sample_weight: np.ndarray | None,
    validation: tuple[np.ndarray, ...] | None,
    *,
    batch_size: int,
    epochs: int,
    callbacks: list[Any],
    seed: int,
    altering: Altering = NO_ALTERING,
    fill: np.ndarray | None = None,
    verbose: int = 0,
) -> dict[str, list[float]]:
    """Train a compiled model in place, as ``model.fit`` does, and return its history.

    Parameters
    ----------
    model : keras.Model
        Compiled with cross-entropy on integer classes; its variables and its optimizer's are left as trained.
    X : ndarray of shape (n_samples, ...), float32
        Training rows.
    codes : ndarray of shape (n_samples,)
        Their classes, as integers.
    sample_weight : ndarray of shape (n_samples,) or None
        Their weights in the loss.
    validation : tuple of ndarray or None
        Rows, classes and, perhaps, weights to evaluate after each epoch.
    batch_size, epochs, verbose : int
        As in Keras.
    callbacks : list of keras.callbacks.Callback
        None of them may want batches; see `wants_batches`.
    seed : int
        Seed of the order of the rows, which is drawn anew in each epoch, and of masks and mixtures.
    altering : Altering
        How each batch is masked and mixed.
    fill : ndarray of shape (n_coefficients,) or None
        The values that a mask puts in the place of the masked ones; needed where `altering` masks.

    Returns
    -------
    history : dict of str to list of float
        By Keras's names.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    twin = twin_of(model, altering)
    filling = tf.constant(np.zeros(1) if fill is None else fill, tf.float32)
    rng = np.random.default_rng(seed)
    weighted = sample_weight is not None
    rows = _tensors(X, codes, sample_weight)
    validation_rows = None if validation is None else _tensors(*validation)
    n_steps = -(-len(X) // batch_size)
    progress = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": epochs, "steps": n_steps}
    hooks = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, **progress)
    # Whoever is told of an epoch may look at the network after it, change it, or train another one like it.
    watched = bool(verbose) or validation is not None or not all(isinstance(each, EpochRates) for each in callbacks)
    schedule = None if watched else next((each.schedule for each in callbacks), None)
    model.stop_training = False
    hooks.on_train_begin()
    logs: dict[str, float] = {}
    done, at_once = 0, 1
    while done < epochs:
        start, these = time.perf_counter(), range(done, min(done + at_once, epochs))
        if watched:
            hooks.on_epoch_begin(done)
        if watched or done == 0:
            twin.take(model)
        orders = tf.constant(np.stack([rng.permutation(len(X)) for _ in these]), tf.int32)
        seeds = tf.constant([seed_of(seed, epoch) for epoch in these], tf.int32)
        rates = tf.constant(_rates(model.optimizer, schedule, these), tf.float32)
        sums = twin.epochs(*rows, orders, rates, seeds, tf.constant(batch_size), filling).numpy()
        done = these.stop
        if watched or done == epochs:
            twin.give(model)
        for epoch, found in zip(these, sums, strict=True):
            if not watched:
                hooks.on_epoch_begin(epoch)
            logs = _logs(found, weighted)
            if validation_rows is not None:
                hooks.on_test_begin()
                twin.take(model)  # a callback may have changed it, or trained a network alike
                on_held = _logs(twin.evaluate(*validation_rows).numpy(), weighted)
                hooks.on_test_end(on_held)
                logs.update({f"val_{name}": value for name, value in on_held.items()})
            hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
        if not watched:
            at_once = max(1, int(_SECONDS * len(these) / (time.perf_counter() - start)))
    model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(logs)
    return model.history.history


def _rates(optimizer: Any, schedule: Callable[[int], float] | None, epochs: range) -> list[float]:
    """Return the learning rate of each of some epochs; that of an optimizer with a schedule is not looked at."""
    if not has_rate(optimizer):
        return [0.0] * len(epochs)
    return [float(optimizer.learning_rate) if schedule is None else schedule(epoch) for epoch in epochs]


def can_train(model: Any, X: np.ndarray, callbacks: list[Any]) -> bool:
    """Tell whether `train` can do what ``model.fit`` would: in float32, in memory, with no callback at each batch."""
    free, optimizer = free_memory(), model.optimizer
    in_memory = free is None or 2 * X.nbytes < free
    plain = model.dtype_policy.name == "float32" and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    # A layer may have been frozen after the optimizer was built for all of them.
    whole = not optimizer.built or len(optimizer._trainable_variables) == len(model.trainable_variables)
    return in_memory and plain and whole and not any(map(wants_batches, callbacks))


def wants_batches(callback: Any) -> bool:
    """Tell whether a Keras callback does something at each batch."""
    if type(callback) is keras.callbacks.ModelCheckpoint and callback.save_freq == "epoch":
        return False  # it counts batches only to save within an epoch
    return any(
        hook in vars(callback) or getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for hook in _BATCH_HOOKS
    )


def _tensors(X: np.ndarray, codes: np.ndarray, weights: np.ndarray | None = None) -> tuple[Any, Any, Any]:
    if weights is None:
        weights = np.ones(len(codes), np.float32)
    return tf.constant(X, tf.float32), tf.constant(codes, tf.int32), tf.constant(weights, tf.float32)


def _logs(sums: np.ndarray, weighted: bool) -> dict[str, float]:
    """Return the logs by Keras's names; like Keras, divide the weighted loss by the number of rows."""
    n, loss, right, weighted_right, weight = sums.tolist()
    logs = {"accuracy": right / n, "loss": loss / n}
    if weighted:
        logs["weighted_accuracy"] = weighted_right / weight if weight else 0.0
    return logs
