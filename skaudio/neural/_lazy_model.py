"""`LazyModel`: the Keras model of a fitted network, made when it is first needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skaudio._forks import refuse_forked
from skaudio.neural._backend import import_keras, training_lock
from skaudio.neural._compiled import signature
from skaudio.neural._network import FittedNetwork


class LazyModel:
    """The Keras model of a fitted network, and the scikeras wrapper around it.

    Parameters
    ----------
    network : FittedNetwork
        The network as data.
    model : keras.Model or None
        The model that was trained; None for one that is to be made.
    wrapper : scikeras.wrappers.KerasClassifier or None
        What trained it.

    Attributes
    ----------
    is_shown : bool
        Whether the model was handed out: from then on it may be changed, and its weights are those predicted by.
    """

    def __init__(self, network: FittedNetwork, model: Any = None, wrapper: Any = None) -> None:
        self.network = network
        self.wrapper = wrapper
        self.is_shown = False
        self._model = model
        self._signature: str | None = None

    @property
    def model(self) -> Any:
        """The model."""
        if self._model is None:
            import_keras()
            with training_lock:
                if self._model is None:
                    self._model = self.network.build()
        return self._model

    def show(self) -> Any:
        """Return the model to someone who may change it."""
        refuse_forked()
        model = self.model
        self.is_shown = True  # only now: if Keras cannot build the model here, `network` still predicts
        return model

    def current(self) -> FittedNetwork:
        """Return the network as data, with what was changed since it was shown."""
        return replace(self.network, weights=self._model.get_weights()) if self.is_shown else self.network

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each class, by Keras."""
        import_keras()
        from skaudio.neural._inference import probabilities

        model = self.model
        if self._signature is None and self.network.blueprint.is_own:
            self._signature = signature(model)
        return probabilities(model, self._signature, X)
