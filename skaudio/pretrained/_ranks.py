"""What models take: one waveform ``(n,)``, or a batch of them ``(batch, n)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def check_input(place: str, shapes: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Return the shape of the only input of a model; raise ValueError where it takes no waveforms."""
    if len(shapes) != 1 or len(shapes[0]) not in (1, 2):
        raise ValueError(
            f"model={place!r} takes inputs of shape {', '.join(map(str, map(list, shapes)))}; one is expected, of "
            "waveforms (n_samples,) or (batch, n_samples); a function of yours can make of them what the model wants"
        )
    return shapes[0]


def run_in_shape(
    shape: Sequence[Any], waveforms: np.ndarray, once: Callable[[np.ndarray], Sequence[np.ndarray]]
) -> list[np.ndarray]:
    """Run a model on waveforms in the shape that it takes, and return its outputs; `once` runs it a single time."""
    if waveforms.ndim == 1:  # a whole clip, whose frames the model makes
        if len(shape) == 1:
            return list(once(waveforms))
        return [each[0] if each.ndim == 3 else each for each in once(waveforms[np.newaxis])]
    if len(shape) == 2 and not isinstance(shape[0], int):
        return list(once(waveforms))
    # One waveform at a time: the model takes no batch, or only a batch of a fixed size.
    found = [once(waveform if len(shape) == 1 else waveform[np.newaxis]) for waveform in waveforms]
    return [np.concatenate([_row(each) for each in outputs]) for outputs in zip(*found, strict=True)]


def _row(output: np.ndarray) -> np.ndarray:
    return output if output.ndim > 1 and len(output) == 1 else output[np.newaxis]
