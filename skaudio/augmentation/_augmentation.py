"""What all augmentations share: parameters that are checked, and the probability that a copy is changed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from numbers import Real

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Augmentation(ABC):
    """Base of the augmentations: a change that is drawn anew for each copy.

    Parameters
    ----------
    p : float, default=1.0
        Probability that a copy is changed at all, in [0, 1].
    """

    p: float = 1.0

    @abstractmethod
    def __call__(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        """Return the changed samples; see the children."""

    def check(self) -> None:
        """Raise ValueError where a parameter is out of its range."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in named.items():
            self._check(name, isinstance(value, Real) and math.isfinite(value), "a finite number is expected")
        self._check("p", 0 <= self.p <= 1, "a probability from 0 to 1 is expected")
        for name, low in named.items():
            high = named.get(name.replace("min_", "max_"))
            if name.startswith("min_") and high is not None:
                self._check(name, low <= high, f"it is above {name.replace('min_', 'max_')}={high!r}")

    def _check(self, name: str, holds: bool, expected: str) -> None:
        if not holds:
            raise ValueError(f"{name}={getattr(self, name)!r} of {type(self).__name__} is out of range: {expected}")

    def _takes_place(self, random_state: np.random.RandomState) -> bool:
        return self.p == 1 or random_state.uniform() < self.p


class Change(Augmentation):
    """Base of the augmentations that need nothing but the samples."""

    def __call__(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        """Return the changed samples.

        Parameters
        ----------
        samples : ndarray of shape (n,), float32
            Mono samples, left as they are.
        sample_rate : float
            Their rate in Hz.
        random_state : RandomState
            What is drawn from.

        Returns
        -------
        ndarray of shape (m,), float32
            Other samples, or the same where `p` says so.
        """
        if not self._takes_place(random_state):
            return samples
        return np.asarray(self._changed(samples, sample_rate, random_state), np.float32)

    @abstractmethod
    def _changed(self, samples: np.ndarray, sample_rate: float, random_state: np.random.RandomState) -> np.ndarray:
        """Return the changed samples."""
