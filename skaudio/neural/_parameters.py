"""The parameters that all networks have: what their docstrings say of them, and what values they take."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

from skaudio._constraints import HasMethods, Interval, StrOptions
from skaudio.neural._network import check_builder

SHARED_DOC = {
    "rate": """
optimizer : str or keras.optimizers.Optimizer, default="adam"
    A name, or an instance, which is copied for each fit.
learning_rate : float or keras learning-rate schedule, default=0.001
    Learning rate of a named optimizer; an instance has its own.
schedule : {"constant", "cosine"}, default="constant"
    How the learning rate goes on: as it is; or up to `learning_rate` over the first tenth of `epochs`, and down to
    a hundredth of it along half a cosine. Set anew for each epoch.
""",
    "fitting": """
validation_fraction : float, splitter or None, default=None
    Share of the training data to hold out for validation, in (0, 1): stratified, and by `groups` where `fit` is
    given them. Or a splitter of scikit-learn's kind, whose first split says which rows.
early_stopping : bool, default=False
    Stop when the validation loss has not improved for `patience` epochs, and keep the best epoch's weights.
patience : int, default=10
    See `early_stopping`.
refit_epochs : bool, default=False
    Once stopped early, train a new network on all rows, those held out included, for as many epochs as were best.
    Needs `early_stopping` and `validation_fraction`. `history_` is that of the training that was stopped, `n_iter_`
    the epochs of the second one.
checkpoint : str, PathLike or None, default=None
    A ``.keras`` file to write the network to each time its validation loss is the lowest so far. It is replaced
    in one step. In a search every fit writes it, and the last one wins.
class_weight : dict, "balanced" or None, default=None
    Weight of each class, by label, in training.
warm_start : bool, default=False
    Go on with the network of the last fit.
callbacks : list of keras.callbacks.Callback or None, default=None
    Copied for each fit. scikit-learn's callbacks are attached by `set_callbacks`.
random_state : int, RandomState instance or None, default=None
    Seed of weights, dropout and shuffling. An int gives the same network each time on the same machine.
verbose : int, default=0
    1 logs the training time to the logger ``skaudio``, 2 adds Keras's line an epoch.
""",
}

CONSTRAINTS: dict[str, Any] = {
    "model": [callable, None],
    "optimizer": [str, HasMethods(["get_config", "apply_gradients"])],
    "learning_rate": [Interval(Real, 0, None, closed="neither"), HasMethods(["get_config"])],
    "schedule": [StrOptions({"constant", "cosine"})],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "epochs": [Interval(Integral, 1, None, closed="left")],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither"), HasMethods(["split"]), None],
    "early_stopping": ["boolean"],
    "patience": [Interval(Integral, 0, None, closed="left")],
    "refit_epochs": ["boolean"],
    "checkpoint": [str, os.PathLike, None],
    "class_weight": [StrOptions({"balanced"}), dict, None],
    "warm_start": ["boolean"],
    "callbacks": [list, tuple, None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


def check_together(network: Any) -> None:
    """Raise ValueError where parameters of a network classifier are each in range, but do not go together."""
    if network.refit_epochs and not (network.early_stopping and network.validation_fraction is not None):
        raise ValueError(
            "refit_epochs=True trains on all rows for the epochs found on those held out, and needs "
            "early_stopping=True and a validation_fraction"
        )
    if network.refit_epochs and network.warm_start:
        raise ValueError("refit_epochs=True trains a new network, and warm_start=True goes on with the last one")
    plain = isinstance(network.learning_rate, Real) and isinstance(network.optimizer, str)
    if network.schedule != "constant" and not plain:
        raise ValueError(
            f"schedule={network.schedule!r} needs a learning_rate that is a number, of an optimizer that is a name"
        )
    if network.model is not None:
        check_builder(network.model)
