"""`Step` and `Feature`: what is computed of a clip, as a chain of steps that features share.

A step takes what the step before it gives, block by block, and gives blocks of its own; the first steps take pieces of
the waveform. Equal steps of several features are one: two features of the same spectra need one transform. The last
step of a chain is a feature, whose one block is a clip's row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

TOO_LOUD = "its samples are too loud to compute with; full scale is 1"
"""What is said of a clip whose numbers are not finite."""


class Flow(Protocol):
    """A step at work on one clip."""

    def add(self, block: Any) -> Iterable[Any]:
        """Take a block, and give those that it completes."""

    def end(self) -> Iterable[Any]:
        """Give what is left when no more blocks come."""
        return ()


class MapFlow(Flow):
    """A step that turns each block into one other."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def add(self, block: Any) -> Iterable[Any]:
        """Give the function's value."""
        return (self._function(block),)


@dataclass(frozen=True)
class Step(ABC):
    """One computation and its parameters; steps of equal parameters are equal.

    Children are frozen dataclasses whose fields are plain Python values: their ``repr`` is part of the fingerprint
    that features are stored under.

    Parameters
    ----------
    of : Step or None
        The step whose blocks are taken; None for pieces of the waveform, float32 arrays of shape (n,).
    """

    of: Step | None

    @property
    def takes(self) -> Step | None:
        """The step whose blocks this one takes: an earlier one than `of` where this step computes `of` as well."""
        return self.of

    @property
    def takes_quick(self) -> bool:
        """Whether the waveform, where it is taken, may be one that the native kernel resampled."""
        return False

    @abstractmethod
    def start(self) -> Flow:
        """Begin with a clip."""


@dataclass(frozen=True)
class Feature(Step):
    """A step that gives one block a clip: its row."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of a clip's row."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of the values along the last axis of `shape`."""

    def parts(self) -> tuple[Feature, ...]:
        """Return the features that a store keeps so that this one and its likes can be selected from them."""
        return (self,)

    def select(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the rows of some clips.

        Parameters
        ----------
        parts : sequence of ndarray
            The rows of each of `parts`, of shape (n_clips, *shape).

        Returns
        -------
        ndarray of shape (n_clips, *shape)
            The same bits that the feature itself would give.
        """
        return parts[0]
