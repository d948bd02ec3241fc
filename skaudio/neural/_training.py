"""Keras's ``fit`` for data in memory: an epoch is one compiled step, and networks alike share what was compiled.

Keras calls Python for each batch; here the loop over the batches is compiled with them. Compiling takes longer than a
small fit, so it is done once a process for all networks of one architecture: on a `_Twin` of the network, whose
variables take the values of the network at hand before an epoch and give them back after it. The network itself is
plain Keras, and its callbacks see nothing else.

Imports Keras; imported when a network is fitted.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skaudio._workers import free_memory
from skaudio.neural._altering import NO_ALTERING, Altering, altered, seed_of
from skaudio.neural._backend import seeded
from skaudio.neural._compiled import Compiled, signature

_EVALUATED_ROWS = 256  # rows in flight at once, which bounds the memory of an evaluation

_twins: Compiled[_Twin] = Compiled(most=8)  # each holds a compiled graph, some MB

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
        Seed of the order of the rows, anew in each epoch, and of what they go through.
    altering : Altering
        What they go through.
    fill : ndarray of shape (n_coefficients,) or None
        What masks put in place; needed where there are some.

    Returns
    -------
    history : dict of str to list of float
        By Keras's names.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    signed = f"{_signature(model)} {altering if altering else ''}"
    twin, variables = _twins.get(signed, lambda: _make_twin(model, altering)), _variables(model, model.optimizer)
    filling = tf.constant(np.zeros(1) if fill is None else fill, tf.float32)
    rng = np.random.default_rng(seed)
    weighted = sample_weight is not None
    rows = _tensors(X, codes, sample_weight)
    validation_rows = None if validation is None else _tensors(*validation)
    n_steps = -(-len(X) // batch_size)
    progress = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": epochs, "steps": n_steps}
    hooks = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, **progress)
    model.stop_training = False
    hooks.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(epochs):
        hooks.on_epoch_begin(epoch)
        _copy(variables, twin.variables)
        _copy_rates(model, twin.network)
        order = tf.constant(rng.permutation(len(X)), tf.int32)
        logs = _logs(twin.epoch(*rows, order, tf.constant(batch_size), filling, seed_of(seed, epoch)), weighted)
        _copy(twin.variables, variables)
        if validation_rows is not None:
            hooks.on_test_begin()
            _copy(variables, twin.variables)  # a callback may have changed some, or trained a network alike
            found = _logs(twin.evaluate(*validation_rows), weighted)
            hooks.on_test_end(found)
            logs.update({f"val_{name}": value for name, value in found.items()})
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(logs)
    return model.history.history


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


class _Dropout(keras.layers.Dropout):
    """Dropout whose rate is a variable, so that another rate is no other graph."""

    def __init__(self, rate: float, **parameters: Any) -> None:
        super().__init__(rate, **parameters)
        self.variable_rate = tf.Variable(float(rate), trainable=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        return tf.nn.experimental.stateless_dropout(inputs, rate=self.variable_rate, seed=seed)


_FEW = 128  # patches


def _few_at_a_time(values: Any) -> Any:
    """Return the rows of a tensor's last axis as (n, 128, n_values), zeros behind the last of them."""
    rows = tf.reshape(values, (-1, values.shape[-1]))
    padded = tf.pad(rows, [[0, -tf.shape(rows)[0] % _FEW], [0, 0]])
    return tf.reshape(padded, (-1, _FEW, values.shape[-1]))


class _Conv2D(keras.layers.Conv2D):
    """Convolution whose gradient has the same bits for any number of threads, which those of TensorFlow's have not.

    A fit in a worker, which has fewer threads, then gives the network of a fit outside of one. The gradient of the
    kernel is a product of matrices, of the patches that the kernel saw and what came back for each. It is taken of a
    few patches at a time and summed: one product of them all would be divided among the threads there are.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        strides, padding = (1, *self.strides, 1), self.padding.upper()

        @tf.custom_gradient
        def convolve(x: Any, weights: Any) -> Any:
            def gradient(upstream: Any) -> tuple[Any, Any]:
                sizes = (1, *self.kernel_size, 1)
                patches = tf.image.extract_patches(x, sizes, strides, rates=(1, 1, 1, 1), padding=padding)
                seen, back = _few_at_a_time(patches), _few_at_a_time(upstream)
                products = tf.matmul(seen, back, transpose_a=True)
                of_weights = tf.reshape(tf.reduce_sum(products, 0), tf.shape(weights))
                of_x = tf.nn.conv2d_transpose(upstream, weights, tf.shape(x), strides, padding)
                return of_x, of_weights

            return tf.nn.conv2d(x, weights, strides, padding), gradient

        return convolve(inputs, tf.convert_to_tensor(kernel))


class _Twin:
    """A network and an optimizer like a model's, and the epoch compiled for them."""

    def __init__(self, model: Any, altering: Altering) -> None:
        self._altering = altering
        self.network = keras.models.clone_model(model, clone_function=_twin_layer)
        self.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self.optimizer.build(self.network.trainable_variables)
        self.variables = _variables(self.network, self.optimizer)
        row = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        code, weight = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,), tf.float32)
        rows = [row, code, weight]
        order, batch_size = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        fill, seed = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((2,), tf.int32)
        self.epoch = tf.function(self._epoch, [*rows, order, batch_size, fill, seed], autograph=False)
        self.evaluate = tf.function(self._evaluate, rows, autograph=False)

    def _epoch(self, X: Any, codes: Any, weights: Any, order: Any, batch_size: Any, fill: Any, seed: Any) -> Any:
        variables = self.network.trainable_variables
        cross_entropy = keras.losses.sparse_categorical_crossentropy

        def step(start: Any, sums: Any) -> Any:
            batch = order[start : start + batch_size]
            x, y, w = tf.gather(X, batch), tf.gather(codes, batch), tf.gather(weights, batch)
            if self._altering:
                x, share, y_other, w_other = altered(self._altering, x, y, w, fill, seed + [start, 0])
            with tf.GradientTape() as tape:
                probabilities = self.network(x, training=True)
                losses = w * cross_entropy(y, probabilities)
                if self._altering.mixup:
                    losses = share * losses + (1.0 - share) * w_other * cross_entropy(y_other, probabilities)
                loss = self.optimizer.scale_loss(tf.reduce_mean(losses))
            gradients = tape.gradient(loss, [variable.value for variable in variables])
            self.optimizer.apply_gradients(zip(gradients, variables))
            return start + batch_size, sums + _sums(y, w, probabilities, losses)

        return self._over(tf.shape(order)[0], step)

    def _evaluate(self, X: Any, codes: Any, weights: Any) -> Any:
        def step(start: Any, sums: Any) -> Any:
            end = start + _EVALUATED_ROWS
            y, w = codes[start:end], weights[start:end]
            probabilities = self.network(X[start:end], training=False)
            losses = w * keras.losses.sparse_categorical_crossentropy(y, probabilities)
            return end, sums + _sums(y, w, probabilities, losses)

        return self._over(tf.shape(codes)[0], step)

    @staticmethod
    def _over(n_rows: Any, step: Any) -> Any:
        _, sums = tf.while_loop(
            lambda start, _: start < n_rows, step, (tf.constant(0), tf.zeros(5)), parallel_iterations=1
        )
        return sums


def _make_twin(model: Any, altering: Altering) -> _Twin:
    with seeded(0):  # it draws weights, and what is drawn afterwards must not depend on whether it did
        return _Twin(model, altering)


def _signature(model: Any) -> str:
    """Return all that is compiled in: the network's signature, and the optimizer but for a plain learning rate."""
    optimizer = model.optimizer
    config = {**optimizer.get_config(), "name": None}
    # A class may have been defined anew under its old name. The twin holds those of its own, so no id is given again.
    kinds = [id(type(optimizer))]
    if isinstance(config["learning_rate"], dict):  # a schedule is compiled in, a number is a variable
        kinds.append(id(type(optimizer._learning_rate)))
    else:
        config["learning_rate"] = None
    return signature(model) + json.dumps([kinds, config], sort_keys=True, default=str)


def _twin_layer(layer: Any) -> Any:
    kinds: dict[type, Any] = {keras.layers.Dropout: _Dropout, keras.layers.Conv2D: _Conv2D}
    return kinds.get(type(layer), type(layer)).from_config(layer.get_config())


def _copy_rates(model: Any, twin: Any) -> None:
    for layer, other in zip(model.layers, twin.layers, strict=True):
        if isinstance(other, _Dropout):
            other.variable_rate.assign(layer.rate)


def _variables(model: Any, optimizer: Any) -> list[Any]:
    return [variable.value for variable in (*model.variables, *optimizer.variables)]


def _copy(sources: list[Any], targets: list[Any]) -> None:
    # Raw operations: there are some fifty variables to copy an epoch, and `assign` takes longer than a small epoch.
    for source, target in zip(sources, targets, strict=True):
        value = tf.raw_ops.ReadVariableOp(resource=source.handle, dtype=source.dtype)
        tf.raw_ops.AssignVariableOp(resource=target.handle, value=value)


def _tensors(X: np.ndarray, codes: np.ndarray, weights: np.ndarray | None = None) -> tuple[Any, Any, Any]:
    if weights is None:
        weights = np.ones(len(codes), np.float32)
    return tf.constant(X, tf.float32), tf.constant(codes, tf.int32), tf.constant(weights, tf.float32)


def _sums(y: Any, w: Any, probabilities: Any, losses: Any) -> Any:
    """Return what the loss and the metrics of an epoch are made of, summed over a batch."""
    right = tf.cast(tf.equal(tf.argmax(probabilities, 1, tf.int32), y), tf.float32)
    return tf.stack([tf.reduce_sum(v) for v in (tf.ones_like(w), losses, right, w * right, w)])


def _logs(sums: Any, weighted: bool) -> dict[str, float]:
    """Return the logs by Keras's names; like Keras, divide the weighted loss by the number of rows."""
    n, loss, right, weighted_right, weight = sums.numpy().tolist()
    logs = {"accuracy": right / n, "loss": loss / n}
    if weighted:
        logs["weighted_accuracy"] = weighted_right / weight if weight else 0.0
    return logs
