"""The scikeras wrapper around a network: made for a fit or for a pickled network, and trained.

scikeras is used here alone, when a network is fitted or its wrapper is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skaudio.neural._network import Blueprint, compile_network


def wrapped(
    estimator: Any, blueprint: Blueprint, callbacks: list[Any], n_epochs: int, model: Any, *, weighted: bool
) -> Any:
    """Return a scikeras classifier with an estimator's parameters, around `model` or around one it will build."""
    from scikeras.wrappers import KerasClassifier

    def network() -> Any:
        built = blueprint.build() if model is None else model
        own = estimator.model is None
        compile_network(built, estimator.optimizer, estimator.learning_rate, weighted=weighted, own=own)
        return built

    return KerasClassifier(
        model=network,
        batch_size=int(estimator.batch_size),
        epochs=n_epochs,
        callbacks=callbacks,
        verbose=2 if estimator.verbose > 1 else 0,
        random_state=None,  # scikeras leaves op determinism on behind a seed; `seeded` does not
        warm_start=True,  # fit trains the network that initialize built
    )


def train_wrapped(
    estimator: Any,
    wrapper: Any,
    X: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray | None,
    validation: Any,
    callbacks: list[Any],
    seed: int,
) -> dict[str, list[float]]:
    """Train the wrapped network of an estimator by the compiled loop, or by Keras's where that one cannot do it.

    Raises
    ------
    ValueError
        If it cannot, and the estimator alters its batches, which Keras's loop does not.
    """
    from skaudio.neural._altering import Altering
    from skaudio.neural._training import can_train, train

    altering = Altering(*estimator._masks_and_mixup())
    if estimator.model is not None or not can_train(wrapper.model_, X, callbacks):
        if altering:
            raise ValueError(
                "time_mask, frequency_mask and mixup are done in skaudio's own loop of epochs, and Keras's is "
                "needed here: for a network of model=, a callback that wants batches, a precision other than "
                "float32, or data larger than half of the memory; set them to 0"
            )
        wrapper.n_outputs_expected_ = None  # checked, and scikeras cannot where a model is a subclass
        wrapper.fit(X, codes, sample_weight=weights, validation_data=validation)
    else:
        wrapper.history_ = train(
            wrapper.model_,
            X,
            codes,
            weights,
            validation,
            batch_size=wrapper.batch_size,
            epochs=wrapper.epochs,
            callbacks=callbacks,
            seed=seed,
            altering=altering,
            fill=estimator._fill(wrapper.model_) if altering else None,
            verbose=wrapper.verbose,
        )
    wrapper.callbacks = None  # they hold the callback context, which ends with this fit
    wrapper._fit_callbacks = wrapper._predict_callbacks = []
    return {name: [float(value) for value in values] for name, values in wrapper.history_.items()}
