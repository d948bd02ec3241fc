"""The step from samples to what a pretrained model makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skaudio.dsp import Series
from skaudio.extraction._step import Flow, Step
from skaudio.pretrained import PretrainedModel


@dataclass(frozen=True)
class Embeddings(Step):
    """A pretrained model's values over time; gives them at the end, as one `Series`.

    Parameters
    ----------
    of : Step or None
        As of any step.
    model : PretrainedModel
        The model.
    window : int or None
        Samples of each window; None where the model is given the whole clip, and windows it by itself.
    hop : int
        Samples from one window to the next.
    batch_size : int
        Windows that the model is given at a time.
    longest : int
        Samples of each part of a clip of twice as many or more, where the model windows by itself; the last part has
        more, up to twice as many.
    """

    model: PretrainedModel
    window: int | None
    hop: int
    batch_size: int
    longest: int

    def start(self) -> Flow:
        """Begin with a clip."""
        return _Whole(self) if self.window is None else _Windows(self, self.window)


class _Windows(Flow):
    """Windows of one length, from the first sample on; a last one that ends with the clip takes what is left over.

    A clip shorter than a window is continued with silence. Batches begin with the clip, so that no other clip changes
    its bits.
    """

    def __init__(self, step: Embeddings, window: int) -> None:
        self._step, self._window = step, window
        self._samples = np.zeros(0, np.float32)  # those of windows that are not complete, and a window before them
        self._next = 0  # where in them the next window begins
        self._batch: list[np.ndarray] = []
        self._parts: list[np.ndarray] = []

    def add(self, block: np.ndarray) -> Iterable[Series]:
        self._samples = np.concatenate([self._samples, block])
        while self._next + self._window <= len(self._samples):
            self._take(self._next)
            self._next += self._step.hop
        forgotten = max(0, min(self._next, len(self._samples) - self._window))
        self._samples, self._next = self._samples[forgotten:], self._next - forgotten
        return ()

    def end(self) -> Iterable[Series]:
        if not len(self._samples):
            raise ValueError("it holds no samples")
        is_first = not self._batch and not self._parts
        left_over = len(self._samples) - (self._next - self._step.hop + self._window)
        if is_first:
            self._samples = np.pad(self._samples, (0, self._window - len(self._samples)))
            self._take(0)
        elif left_over > 0:
            self._take(len(self._samples) - self._window)
        self._run()
        yield Series(self._parts)

    def _take(self, start: int) -> None:
        self._batch.append(self._samples[start : start + self._window].copy())
        if len(self._batch) == self._step.batch_size:
            self._run()

    def _run(self) -> None:
        if self._batch:
            self._parts.append(
                _checked(self._step.model, self._step.model.run(np.stack(self._batch)), len(self._batch))
            )
            self._batch = []


class _Whole(Flow):
    """The whole clip; one of twice `longest` or more in parts of `longest`, and a last part of up to twice as many."""

    def __init__(self, step: Embeddings) -> None:
        self._step = step
        self._samples: list[np.ndarray] = []
        self._parts: list[np.ndarray] = []

    def add(self, block: np.ndarray) -> Iterable[Series]:
        self._samples.append(block)
        longest = self._step.longest
        if sum(map(len, self._samples)) >= 2 * longest:  # so that no part is shorter than that
            whole = np.concatenate(self._samples)
            while len(whole) >= 2 * longest:
                self._run(whole[:longest])
                whole = whole[longest:]
            self._samples = [whole]
        return ()

    def end(self) -> Iterable[Series]:
        self._run(np.concatenate(self._samples))
        yield Series(self._parts)

    def _run(self, samples: np.ndarray) -> None:
        self._parts.append(_checked(self._step.model, self._step.model.run(samples), None))


def _checked(model: PretrainedModel, values: np.ndarray, n: int | None) -> np.ndarray:
    """Return a model's values as frames (n_frames, n_values)."""
    if values.ndim == 1:
        values = values[np.newaxis] if n in (None, 1) else values
    if values.ndim > 2 and n is not None and len(values) == n:  # frames of each window, or values in a shape of theirs
        values = values.reshape(n, -1, values.shape[-1]).mean(axis=1)
    if values.ndim != 2 or (n is not None and len(values) != n) or not len(values):
        expected = "(n_frames, n_values)" if n is None else f"({n}, n_values)"
        raise ValueError(f"the model {model.place!r} gives values of shape {values.shape}; {expected} are expected")
    return values
