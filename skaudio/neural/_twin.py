"""The epochs of a fit, compiled: for all networks of one architecture, on a twin that takes their values.

Imports Keras; imported when a network is fitted.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import tensorflow as tf

from skaudio.neural._altering import Altering, mask_and_mix
from skaudio.neural._backend import seeded
from skaudio.neural._compiled import Compiled, signature

_EVALUATED_ROWS = 256  # rows in flight at once, which bounds the memory of an evaluation

_twins: Compiled[Twin] = Compiled(most=8)  # each holds a compiled graph, some MB


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


class Twin:
    """A network and an optimizer like a model's, and the epochs compiled for them.

    Attributes
    ----------
    epochs : callable
        Train for as many epochs as it is given orders of the rows, and return the sums of each; see `_sums`.
    evaluate : callable
        Return the sums over rows that are not trained on.
    """

    def __init__(self, model: Any, altering: Altering) -> None:
        self._altering = altering
        self.network = keras.models.clone_model(model, clone_function=_twin_layer)
        self.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self.optimizer.build(self.network.trainable_variables)
        self._variables = _variables(self.network, self.optimizer)
        self._has_rate = has_rate(self.optimizer)
        row = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        code, weight = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,), tf.float32)
        rows = [row, code, weight]
        orders, seeds = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 2), tf.int32)
        rates, fill = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((None,), tf.float32)
        batch_size = tf.TensorSpec((), tf.int32)
        self.epochs = tf.function(self._epochs, [*rows, orders, rates, seeds, batch_size, fill], autograph=False)
        self.evaluate = tf.function(self._evaluate, rows, autograph=False)

    def take(self, model: Any) -> None:
        """Take the values of a network that is like this one, its optimizer's and its rates of dropout."""
        _copy(_variables(model, model.optimizer), self._variables)
        for layer, other in zip(model.layers, self.network.layers, strict=True):
            if isinstance(other, _Dropout):
                other.variable_rate.assign(layer.rate)

    def give(self, model: Any) -> None:
        """Give a network that is like this one the values of this one."""
        _copy(self._variables, _variables(model, model.optimizer))

    def _epochs(
        self, X: Any, codes: Any, weights: Any, orders: Any, rates: Any, seeds: Any, batch_size: Any, fill: Any
    ) -> Any:
        n_epochs = tf.shape(orders)[0]

        def one(epoch: Any, found: Any) -> Any:
            if self._has_rate:
                self.optimizer.learning_rate.assign(rates[epoch])
            sums = self._epoch(X, codes, weights, orders[epoch], batch_size, fill, seeds[epoch])
            return epoch + 1, found.write(epoch, sums)

        found = tf.TensorArray(tf.float32, n_epochs, element_shape=(5,))
        _, found = tf.while_loop(lambda epoch, _: epoch < n_epochs, one, (tf.constant(0), found), parallel_iterations=1)
        return found.stack()

    def _epoch(self, X: Any, codes: Any, weights: Any, order: Any, batch_size: Any, fill: Any, seed: Any) -> Any:
        variables = self.network.trainable_variables
        cross_entropy = keras.losses.sparse_categorical_crossentropy

        def step(start: Any, sums: Any) -> Any:
            batch = order[start : start + batch_size]
            x, y, w = tf.gather(X, batch), tf.gather(codes, batch), tf.gather(weights, batch)
            if self._altering:
                x, share, y_other, w_other = mask_and_mix(self._altering, x, y, w, fill, seed + [start, 0])
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


def twin_of(model: Any, altering: Altering) -> Twin:
    """Return the twin of all networks like a compiled model whose batches are altered so."""
    signed = f"{_signature(model)} {altering if altering else ''}"
    return _twins.get(signed, lambda: _make_twin(model, altering))


def has_rate(optimizer: Any) -> bool:
    """Tell whether an optimizer's learning rate is a number; a schedule is compiled in."""
    return not isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)


def _make_twin(model: Any, altering: Altering) -> Twin:
    with seeded(0):  # it draws weights, and what is drawn afterwards must not depend on whether it did
        return Twin(model, altering)


def _signature(model: Any) -> str:
    """Return all that is compiled in: the network's signature, and the optimizer but for a plain learning rate."""
    optimizer = model.optimizer
    config = {**optimizer.get_config(), "name": None}
    # A class may have been redefined under its old name, so its id is part of the signature. The twin keeps its classes
    # alive, so Python gives their ids to no other class.
    kinds = [id(type(optimizer))]
    if isinstance(config["learning_rate"], dict):  # a schedule is compiled in, a number is a variable
        kinds.append(id(type(optimizer._learning_rate)))
    else:
        config["learning_rate"] = None
    return signature(model) + json.dumps([kinds, config], sort_keys=True, default=str)


def _twin_layer(layer: Any) -> Any:
    kinds: dict[type, Any] = {keras.layers.Dropout: _Dropout, keras.layers.Conv2D: _Conv2D}
    return kinds.get(type(layer), type(layer)).from_config(layer.get_config())


def _variables(model: Any, optimizer: Any) -> list[Any]:
    return [variable.value for variable in (*model.variables, *optimizer.variables)]


def _copy(sources: list[Any], targets: list[Any]) -> None:
    # Raw operations: there are some fifty variables to copy, and `assign` takes longer than a small epoch.
    for source, target in zip(sources, targets, strict=True):
        value = tf.raw_ops.ReadVariableOp(resource=source.handle, dtype=source.dtype)
        tf.raw_ops.AssignVariableOp(resource=target.handle, value=value)


def _sums(y: Any, w: Any, probabilities: Any, losses: Any) -> Any:
    """Return what the loss and the metrics of an epoch are made of, summed over a batch."""
    right = tf.cast(tf.equal(tf.argmax(probabilities, 1, tf.int32), y), tf.float32)
    return tf.stack([tf.reduce_sum(v) for v in (tf.ones_like(w), losses, right, w * right, w)])
