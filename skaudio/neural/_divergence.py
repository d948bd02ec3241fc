"""A network whose loss is no number any more names the first class for every row: such a fit is an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skaudio.exceptions import warn_user


def refuse_divergence(losses: Sequence[float], weights: Sequence[np.ndarray], learning_rate: Any) -> None:
    """Raise ValueError where a weight is not finite; warn where all are, and are of a better epoch than a diverged one.

    Parameters
    ----------
    losses : sequence of float
        The training loss of each epoch.
    weights : sequence of ndarray
        Those the fit ends with.
    learning_rate : object
        The parameter, for the message.
    """
    epoch = next((k for k, loss in enumerate(losses, start=1) if not np.isfinite(loss)), None)
    finite = all(np.isfinite(values).all() for values in weights)
    if epoch is None and finite:
        return
    when = f"in epoch {epoch if epoch is not None else len(losses)} of {len(losses)}"
    remedy = (
        f"try a smaller learning_rate than {learning_rate!r}, rows on one scale (a StandardScaler before the network), "
        "or an optimizer with clipnorm"
    )
    if not finite:
        raise ValueError(f"the network diverged {when}: its loss and its weights are no finite numbers; {remedy}")
    warn_user(
        f"the network's loss was no finite number {when}; its weights are those of a better epoch. "
        f"To avoid it, {remedy}"
    )
