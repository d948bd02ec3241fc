"""`Recipe`: what is done with a clip, wherever it is done: one reader, and features that share its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skaudio.clips import Clip, Piece, Reader
from skaudio.exceptions import AudioReadError
from skaudio.extraction._read_ahead import can_be_read_ahead, read_ahead
from skaudio.extraction._step import TOO_LOUD, Feature, Step


@dataclass(frozen=True)
class Extracted:
    """A clip's rows, one for each feature, and what its source held."""

    rows: list[np.ndarray]
    n_frames: int  # before resampling
    rate: float  # of the source, in Hz
    peak: float  # of samples that may exceed full scale, 1; else 0
    lost: str = ""  # what it promises and does not hold


@dataclass(frozen=True)
class Recipe:
    """One reader and several features: picklable, the same for all clips."""

    reader: Reader
    features: tuple[Feature, ...]

    def __call__(self, clip: Clip, go_on: Callable[[], None]) -> Extracted:
        """Read a clip once and compute its features.

        Parameters
        ----------
        clip : Clip
            The clip.
        go_on : callable
            Called for each piece of the waveform; it raises where the work is to be given up.

        Returns
        -------
        Extracted
            The rows.

        Raises
        ------
        AudioReadError
            If the clip cannot be read, or gives no row.
        """
        reading = self.reader.reading_of(clip)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                rows = self._rows(reading.pieces(), go_on)
            if not all(np.isfinite(row).all() for row in rows):
                raise ValueError(TOO_LOUD)
        except AudioReadError:
            raise
        except ValueError as error:
            raise AudioReadError(str(error), clip.path, None, error) from error
        except MemoryError as error:
            raise AudioReadError("its features do not fit in memory; set duration", clip.path, None, error) from error
        return Extracted(rows, reading.n_frames, reading.rate, reading.peak, reading.lost)

    def extract_several(self, clips: Sequence[Clip], go_on: Callable[[], None]) -> dict[int, Extracted]:
        """Return the results of those clips that the native kernel takes several at a time, by their place.

        The bits are the same as those of a call for each clip. A clip that is left out may be good or bad: it needs a
        call of its own.
        """
        first, places = self._tree
        result: dict[int, Extracted] = {}
        if len(first) != 1 or not can_be_read_ahead(self.reader, first[0].step):
            return result
        go_on()
        try:
            found = read_ahead(first[0].step, clips)
        except MemoryError:  # for which there may be enough of one clip after another
            return result
        for k, (series, file) in found.items():
            rows: dict[int, np.ndarray] = {}
            with suppress(ValueError, MemoryError), np.errstate(over="ignore", invalid="ignore"):
                self.reader.check_length(file.n_samples, file.rate)
                for node in first[0].followers:
                    branch = _Branch(node, rows)
                    branch.add(series)
                    branch.end()
                its_rows = [rows[place] for place in places]
                if all(np.isfinite(row).all() for row in its_rows):
                    result[k] = Extracted(its_rows, file.n_samples, file.rate, 0.0)
        return result

    def _rows(self, pieces: Iterable[Piece], go_on: Callable[[], None]) -> list[np.ndarray]:
        first, places = self._tree
        rows: dict[int, np.ndarray] = {}
        branches = [(node.step, _Branch(node, rows)) for node in first]
        for piece in pieces:
            go_on()
            for step, branch in branches:
                branch.add(piece.quick_waveform if step.takes_quick else piece.exact_waveform)
        for _, branch in branches:
            branch.end()
        return [rows[place] for place in places]

    @cached_property
    def _tree(self) -> tuple[list[_Node], list[int]]:
        """The nodes that take the waveform, and the place of each feature.

        Each recipe has a tree of its own: equal steps of another recipe may name other files of the same content.
        """
        nodes: dict[Step, _Node] = {}
        first: list[_Node] = []

        def node_of(step: Step) -> _Node:
            if step not in nodes:
                followers = first if step.takes is None else node_of(step.takes).followers
                nodes[step] = _Node(step, len(nodes), [])
                followers.append(nodes[step])
            return nodes[step]

        return first, [node_of(feature).place for feature in self.features]

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe, (self.reader, self.features)


@dataclass(frozen=True, eq=False)
class _Node:
    """A step, its place among all steps of a recipe, and the steps that take its blocks."""

    step: Step
    place: int
    followers: list[_Node]


class _Branch:
    """A node at work on one clip, with all that follow it."""

    def __init__(self, node: _Node, rows: dict[int, np.ndarray]) -> None:
        self._flow = node.step.start()
        self._place = node.place if isinstance(node.step, Feature) else None
        self._rows = rows
        self._followers = [_Branch(follower, rows) for follower in node.followers]

    def add(self, block: Any) -> None:
        self._hand_on(self._flow.add(block))

    def end(self) -> None:
        self._hand_on(self._flow.end())
        for follower in self._followers:
            follower.end()

    def _hand_on(self, blocks: Iterable[Any]) -> None:
        for block in blocks:
            if self._place is not None:
                self._rows[self._place] = block
            for follower in self._followers:
                follower.add(block)
