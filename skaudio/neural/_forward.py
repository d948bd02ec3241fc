"""The probabilities of a fitted network in NumPy: without TensorFlow, without a lock, in any number of threads."""

from __future__ import annotations

import numpy as np

from skaudio.neural._kinds import find_kind
from skaudio.neural._network import FittedNetwork

_NUMBERS = 2**22  # of the largest layer in flight at once, which bounds the memory of a prediction


def probabilities(network: FittedNetwork, X: np.ndarray) -> np.ndarray | None:
    """Return the probability of each class, as Keras gives it to 1e-5; None for a network that only Keras predicts by.

    Parameters
    ----------
    network : FittedNetwork
        The network.
    X : ndarray of shape (n_samples, ...), float32
        Rows.

    Returns
    -------
    probabilities : ndarray of shape (n_samples, n_classes), float64, or None
        Each row sums to 1.
    """
    blueprint = network.blueprint
    if not blueprint.is_own:
        return None
    kind, parameters = find_kind(str(blueprint.kind)), blueprint.parameters
    n_numbers = kind.n_numbers(X.shape[1:], parameters)
    if n_numbers is None:
        return None
    n_rows = max(1, _NUMBERS // n_numbers)
    chunks = [kind.scores(X[i : i + n_rows], network.weights, parameters) for i in range(0, len(X), n_rows)]
    scores = np.concatenate(chunks).astype(np.float64)
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)
