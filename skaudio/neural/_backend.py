"""Keras and TensorFlow: imported when first needed, seeded without a trace."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from skaudio._forks import refuse_forked
from skaudio._workers import end_with_parent, free_memory, share_of_cores
from skaudio.exceptions import warn_user

# Keras keeps graphs, names and seeds in global state: one network is trained at a time in a process.
training_lock = threading.RLock()

_OTHER_BACKENDS = ("jax", "torch", "openvino")
_TENSORFLOW_BYTES = 1_000_000_000  # what a process grows by at most from the import to the end of a first small fit


def find_keras() -> None:
    """Raise ImportError, as `import_keras` does, where a package that networks need is not installed; import none."""
    for name in ("tensorflow", "keras", "scikeras"):
        if name not in sys.modules and find_spec(name) is None:
            raise ImportError(_absent(name))


def _absent(name: str | None) -> str:
    return f'neural networks need {name}, which is not installed: pip install "skaudio[keras]"'


def import_keras() -> Any:
    """Return the module keras, with TensorFlow limited to a joblib worker's share of the cores.

    Raises
    ------
    ImportError
        If TensorFlow or scikeras is not installed, or Keras is set to another backend.
    RuntimeError
        In a process forked from one that had used TensorFlow.
    """
    refuse_forked()
    import skaudio._sqlite  # noqa: F401 - before TensorFlow, whose own SQLite sqlite3 would take

    if "keras" not in sys.modules:
        _check_backend(os.environ.get("KERAS_BACKEND") or "tensorflow")
    try:
        import keras
        import scikeras
        import tensorflow
    except ModuleNotFoundError as error:
        if error.name in _OTHER_BACKENDS:  # named in Keras's own file of settings
            _check_backend(error.name)
        raise ImportError(_absent(error.name)) from error
    del scikeras, tensorflow  # imported so that their absence is told here
    _check_backend(keras.config.backend())
    _prepare_worker()
    return keras


def _check_backend(backend: str) -> None:
    if backend != "tensorflow":
        raise ImportError(
            f"Keras is set to {backend!r}, and skaudio's networks run on 'tensorflow': unset KERAS_BACKEND in the "
            "environment, or set it to 'tensorflow', before Keras is imported (and \"backend\" in ~/.keras/keras.json)"
        )


def _prepare_worker() -> None:
    """In a worker process, end with the parent; in one of joblib's, also keep TensorFlow to the worker's cores.

    A worker thread changes no setting, since its process belongs to the user.
    """
    share = share_of_cores()
    in_thread = threading.current_thread() is not threading.main_thread()
    end_with_parent()
    if share is not None and multiprocessing.parent_process() is not None and not in_thread:
        _limit_tensorflow(share)


@cache
def _limit_tensorflow(share: int) -> None:
    """Settle it once, before TensorFlow starts."""
    _allow_for_tensorflow()
    _warn_of_memory()
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(share)
        tf.config.threading.set_inter_op_parallelism_threads(share)
    except RuntimeError:
        pass  # TensorFlow has been started in this worker, by someone else


def _allow_for_tensorflow() -> None:
    """Tell loky, in a worker of its own, that the memory TensorFlow takes is no leak.

    A worker that did other work before and then imports TensorFlow has grown by more than loky tolerates. It would be
    stopped, after each first fit, with a warning of a memory leak; where warnings are errors, that one ends the thread
    that runs the pool, and the search waits for ever.
    """
    from joblib.externals.loky import process_executor

    if hasattr(process_executor, "_MAX_MEMORY_LEAK_SIZE"):
        process_executor._MAX_MEMORY_LEAK_SIZE += _TENSORFLOW_BYTES


def _warn_of_memory() -> None:
    """Warn where the worker processes will take more memory for TensorFlow than there is."""
    free = free_memory()
    if free is None:
        return
    workers = _workers()
    wanted = sum(max(0, _TENSORFLOW_BYTES - taken) for taken in workers)
    if wanted > free:
        warn_user(
            f"{len(workers)} worker processes take some {_TENSORFLOW_BYTES / 1e9:.1f} GB each for TensorFlow, "
            f"{wanted / 1e9:.1f} GB more than now, and {free / 1e9:.1f} GB are free; a smaller n_jobs takes less"
        )


def _workers() -> list[int]:
    """Return the bytes that this worker process and its like hold."""
    import psutil

    this = psutil.Process()
    siblings = [] if this.parent() is None else this.parent().children()
    taken = [this.memory_info().rss]
    for process in siblings:
        with suppress(psutil.Error):  # it may have ended
            if process.pid != this.pid and process.cmdline()[:3] == this.cmdline()[:3]:
                taken.append(process.memory_info().rss)
    return taken


@contextmanager
def seeded(seed: int, *, foreign: bool = False) -> Iterator[None]:
    """Seed Python, NumPy and TensorFlow, and put their global states back afterwards.

    Parameters
    ----------
    seed : int
        The seed.
    foreign : bool
        Whether code of a user's runs meanwhile. It may draw by operations that keep a state in their compiled kernels,
        so that all kernels there are must be dropped, which costs some 0.1 s. Our own networks draw by Keras's
        generators alone, whose state is in variables.
    """
    from tensorflow.python.eager import context as eager

    tf_context = eager.context()
    tf_seed, tf_generator = tf_context._seed, getattr(tf_context, "_rng", None)
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  it is the global generator that Keras draws from
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        if foreign:
            eager.set_global_seed(seed)
        else:
            tf_context._seed, tf_context._rng = seed, random.Random(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        if foreign:
            eager.set_global_seed(tf_seed)
        tf_context._seed = tf_seed
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
