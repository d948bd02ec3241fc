"""The probabilities a network gives: a function compiled once a process, to which the weights are arguments.

As a function without state it needs no lock, and any number of threads may call it.

Imports Keras; imported when a network is asked.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from skaudio.neural._backend import quiet_about_tracing, seeded
from skaudio.neural._compiled import Compiled

_NUMBERS = 2**18  # numbers of X in flight at once, which bounds the memory of a prediction

_forwards: Compiled[Any] = Compiled(most=16)


def probabilities(model: Any, signature: str | None, X: np.ndarray) -> np.ndarray:
    """Return the probability of each class.

    Parameters
    ----------
    model : keras.Model
        The network.
    signature : str or None
        That of the network. None is for one that cannot be copied: it is called layer by layer.
    X : ndarray of shape (n_samples, ...), float32
        Rows.

    Returns
    -------
    probabilities : ndarray of shape (n_samples, n_classes), float64
        Each row sums to 1.
    """
    if signature is None:
        forward = partial(model, training=False)
    else:
        weights = [variable.value.read_value() for variable in model.variables]
        forward = partial(_forwards.get(signature, lambda: _compile(model)), weights)
    n_rows = max(1, _NUMBERS // X[0].size)
    chunks = [forward(tf.constant(X[i : i + n_rows])) for i in range(0, len(X), n_rows)]
    found = np.concatenate(chunks).astype(np.float64)
    return found / found.sum(axis=1, keepdims=True)


def _compile(model: Any) -> Any:
    """Return the function (variables, X) -> probabilities of networks like `model`."""
    with seeded(0):  # a copy draws seeds and weights of its own
        network = keras.models.clone_model(model)
    order = {id(variable): i for i, variable in enumerate(network.variables)}
    trainable = [order[id(variable)] for variable in network.trainable_variables]
    other = [order[id(variable)] for variable in network.non_trainable_variables]

    def forward(values: list[Any], X: Any) -> Any:
        outputs, _ = network.stateless_call(
            [values[i] for i in trainable], [values[i] for i in other], X, training=False
        )
        return outputs

    specifications = [tf.TensorSpec(variable.shape, variable.dtype) for variable in network.variables]
    rows = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    compiled = tf.function(forward, [specifications, rows], autograph=False)
    with quiet_about_tracing():
        compiled.get_concrete_function()  # traced here, once and for any number of rows
    return compiled
