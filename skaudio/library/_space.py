"""`Space`: how rows of features become points whose directions can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

_CLIP = 3.0  # standard deviations; what is farther off says no more, and would outweigh all else


@dataclass(frozen=True)
class Space:
    """Points of unit length: rows that are brought to one scale, and projected where there are very many.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,), or None
        What is subtracted of rows, and what they are divided by; None leaves rows as they are.
    components : ndarray of shape (n_features, n_components), or None
        Onto which they are projected then; None keeps all.
    """

    mean: np.ndarray | None = None
    scale: np.ndarray | None = None
    components: np.ndarray | None = None

    @classmethod
    def fitted(cls, rows: np.ndarray, *, standardize: bool, n_components: int | None = None) -> Space:
        """Return the space of some rows.

        Parameters
        ----------
        rows : ndarray of shape (n, n_features)
            A sample of them is enough.
        standardize : bool
            Bring each feature to mean 0 and standard deviation 1, as those of different units need.
        n_components : int or None
            Project onto the principal axes, so many.
        """
        mean = scale = None
        if standardize and len(rows) > 1:
            mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
            scale = rows.std(axis=0, dtype=np.float64).astype(np.float32)
            scale[scale <= 1e-6 * np.abs(mean)] = np.inf  # a feature that is the same everywhere tells nothing
            scale[scale == 0] = np.inf
            if np.isinf(scale).all():  # all sounds are the same: there is nothing to measure by
                mean = scale = None
        space = cls(mean, scale)
        if n_components is None or n_components >= rows.shape[1]:
            return space
        scaled = np.asarray(space.scaled(rows), np.float64)
        _, axes = np.linalg.eigh(scaled.T @ scaled)  # about 0: directions are measured from there
        return cls(mean, scale, axes[:, ::-1][:, :n_components].astype(np.float32))

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """Return rows at one scale, float32."""
        rows = np.asarray(rows, np.float32)
        if self.mean is None or self.scale is None:
            return rows
        return np.clip((rows - self.mean) / self.scale, -_CLIP, _CLIP)

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Return points for rows: of unit length, float32; a row without a direction stays 0."""
        scaled = self.scaled(rows)
        return unit(scaled if self.components is None else scaled @ self.components)


def unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of unit length, float32; those of length 0 as they are."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)


def weights_of(weights: Mapping[str, float], blocks: Mapping[str, slice]) -> np.ndarray:
    """Return the factor of each feature, for what a search gives to parts of a union.

    Raises
    ------
    ValueError
        If a part is unknown, a weight is negative or not finite, or all are 0.
    """
    factors = np.ones(max(block.stop for block in blocks.values()), np.float32)
    for name, weight in weights.items():
        if name not in blocks:
            raise ValueError(f"weights names {name!r}; the library's features have {', '.join(blocks)}")
        if not isinstance(weight, Real) or not 0 <= weight < np.inf:
            raise ValueError(f"weights[{name!r}]={weight!r} must be a number, 0 or above")
        factors[blocks[name]] = weight
    if not factors.any():
        raise ValueError(f"weights={dict(weights)!r} leaves nothing to compare by")
    return factors


def rocchio(like: Iterable[np.ndarray], unlike: Iterable[np.ndarray], *, away: float = 0.5) -> np.ndarray:
    """Return a point that is near some points and away from others.

    Parameters
    ----------
    like, unlike : iterables of ndarray of shape (n,)
        Points of unit length.
    away : float
        Factor of the mean of `unlike`, which is subtracted from the mean of `like` (J. J. Rocchio, "Relevance feedback
        in information retrieval", 1971).
    """
    point = np.mean(list(like), axis=0)
    others = list(unlike)
    if others:
        point = point - away * np.mean(others, axis=0)
    return unit(point)
