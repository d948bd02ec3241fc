"""Keras and TensorFlow: imported when first needed, seeded without a trace."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from skaudio._workers import share_of_cores

# Keras keeps graphs, names and seeds in global state: one network is trained at a time in a process.
training_lock = threading.RLock()

_TENSORFLOW_BYTES = 1_000_000_000  # what a process grows by at most from the import to the end of a first small fit


def import_keras() -> Any:
    """Return the module keras, with TensorFlow limited to a joblib worker's share of the cores.

    Raises
    ------
    ImportError
        If TensorFlow or scikeras is not installed, or Keras is set to another backend.
    """
    try:
        import keras
        import scikeras
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ImportError(
            f'neural networks need {error.name}, which is not installed: pip install "skaudio[keras]"'
        ) from error
    assert scikeras  # imported so that its absence is told here
    if keras.config.backend() != "tensorflow":
        raise ImportError(
            f"Keras runs on {keras.config.backend()!r}, and skaudio's networks on 'tensorflow'; "
            "unset KERAS_BACKEND, or set it so, before Keras is imported"
        )
    _allow_for_tensorflow()
    share = share_of_cores()
    if share is not None:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(share)
            tf.config.threading.set_inter_op_parallelism_threads(share)
        except RuntimeError:
            pass  # TensorFlow has started in this worker, with the share of its first task
    return keras


@cache
def _allow_for_tensorflow() -> None:
    """Tell loky, in a worker of its own, that the memory TensorFlow takes is no leak.

    A worker that did other work before and then imports TensorFlow has grown by more than loky tolerates. It would be
    stopped, after each first fit, with a warning of a memory leak; where warnings are errors, that one ends the thread
    that runs the pool, and the search waits for ever.
    """
    from joblib.externals.loky import process_executor

    if hasattr(process_executor, "_MAX_MEMORY_LEAK_SIZE"):
        process_executor._MAX_MEMORY_LEAK_SIZE += _TENSORFLOW_BYTES


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and TensorFlow, and put their global states back afterwards."""
    from tensorflow.python.eager import context as eager

    tf_context = eager.context()
    tf_seed, tf_generator = tf_context._seed, getattr(tf_context, "_rng", None)
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  it is the global generator that Keras draws from
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        eager.set_global_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        eager.set_global_seed(tf_seed)
        if tf_generator is not None:
            tf_context._rng = tf_generator


@contextmanager
def quiet_about_tracing() -> Iterator[None]:
    """Silence TensorFlow's note that functions are traced again: a new network is traced, and rightly."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_note_of_tracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_note_of_tracing)


def _is_no_note_of_tracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()
