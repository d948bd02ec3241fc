"""Models whose input and output are known from their documentation and from the models themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.pretrained._model import model_of


@dataclass(frozen=True)
class KnownModel:
    """What a model takes and gives.

    Parameters
    ----------
    sample_rate : float
        In Hz.
    window : float or None
        Seconds of a window; None where the model makes windows itself.
    n_values : int
        Values of an embedding.
    """

    sample_rate: float
    window: float | None
    n_values: int

    def parameters_for(self, path: Any) -> dict[str, Any]:
        """Return a transformer's parameters for a model file; its output is the one that has `n_values` values.

        Raises
        ------
        ValueError
            If none of its outputs, or several, have as many values.
        """
        n_samples = round((self.window or 1.0) * self.sample_rate)
        silence = np.zeros(n_samples if self.window is None else (1, n_samples), np.float32)
        shapes = {name: value.shape for name, value in model_of(path, None).outputs(silence).items()}
        fitting = [name for name, shape in shapes.items() if shape[-1:] == (self.n_values,)]
        if len(fitting) != 1:
            found = ", ".join(f"{name!r} {shape}" for name, shape in shapes.items())
            raise ValueError(f"model={path!r} gives {found}; one output of {self.n_values} values is expected")
        return {"sample_rate": self.sample_rate, "window": self.window, "output": fitting[0]}


KNOWN_MODELS = {"yamnet": KnownModel(16000, None, 1024)}
"""By name."""
