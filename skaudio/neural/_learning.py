"""One training of a network: seeded, timed, and refused where it diverges."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from skaudio.neural._backend import quiet_about_tracing, seeded, training_lock
from skaudio.neural._divergence import refuse_divergence
from skaudio.neural._network import Blueprint
from skaudio.neural._wrapper import train_wrapped, wrapped

_logger = logging.getLogger("skaudio")


def learn(
    estimator: Any,
    blueprint: Blueprint,
    X: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray | None,
    validation: Any,
    callbacks: list[Any],
    seed: int,
    *,
    n_epochs: int | None = None,
    model: Any = None,
) -> tuple[dict[str, list[float]], Any]:
    """Train a new network of an estimator, or `model`; return the history, and the wrapper that holds the network.

    Raises
    ------
    ValueError
        If the network diverges. The estimator then has no network any more, not even one of an earlier training.
    """
    n_epochs = int(estimator.epochs) if n_epochs is None else n_epochs
    start = time.perf_counter()
    foreign = estimator.model is not None or bool(estimator.callbacks) or not isinstance(estimator.optimizer, str)
    with training_lock, seeded(seed, foreign=foreign), quiet_about_tracing():
        wrapper = wrapped(estimator, blueprint, callbacks, n_epochs, model, weighted=weights is not None)
        wrapper.initialize(X, codes)
        if model is None and estimator.model is None:
            estimator._adapt(wrapper.model_, X)
        history = train_wrapped(estimator, wrapper, X, codes, weights, validation, callbacks, seed)
    seconds = time.perf_counter() - start
    try:
        refuse_divergence(history["loss"], wrapper.model_.get_weights(), estimator.learning_rate)
    except ValueError:
        vars(estimator).pop("network_", None)
        raise
    if estimator.verbose:
        n = len(history["loss"])
        name = type(estimator).__name__
        _log(f"{name}: {n} epochs of {len(X)} rows in {seconds:.1f} s ({seconds / n:.3f} s each)")
    return history, wrapper


def _log(message: str) -> None:
    if not _logger.hasHandlers():
        # A user who asks for it should see it, without having to set up logging first.
        _logger.addHandler(logging.StreamHandler())
    if _logger.getEffectiveLevel() > logging.INFO and _logger.level == logging.NOTSET:
        _logger.setLevel(logging.INFO)
    _logger.info(message)
