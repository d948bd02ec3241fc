"""Sounds on a plane, alike ones near each other."""

from __future__ import annotations

import importlib.util

import numpy as np
from sklearn.decomposition import PCA

_METHODS = ("auto", "pca", "umap")
_MOST = 20_000  # points that axes are found by


def positions_of(points: np.ndarray, method: str) -> np.ndarray:
    """Return a place for each point, of shape (n, 2) and from -1 to 1.

    Raises
    ------
    ImportError
        If ``"umap"`` is asked for, and umap-learn is not installed.
    ValueError
        If `method` is unknown.
    """
    if method not in _METHODS:
        raise ValueError(f"method={method!r} is unknown; {', '.join(map(repr, _METHODS))} are known")
    has_umap = importlib.util.find_spec("umap") is not None
    if method == "umap" and not has_umap:
        raise ImportError("method='umap' needs umap-learn, which is not installed: pip install umap-learn")
    if method == "umap" or (method == "auto" and has_umap and len(points) > 15):
        places = _by_umap(points)
    else:
        places = _by_pca(points)
    places = places - places.mean(axis=0) if len(places) else places
    return np.asarray(places / max(1e-12, np.abs(places).max(initial=0)), np.float32)


def _by_pca(points: np.ndarray) -> np.ndarray:
    if not len(points):
        return np.zeros((0, 2), np.float32)
    some = points
    if len(points) > _MOST:
        some = points[np.sort(np.random.default_rng(0).choice(len(points), _MOST, replace=False))]
    n_axes = min(2, *some.shape)
    found = PCA(n_axes, svd_solver="randomized", random_state=0).fit(some)
    return np.pad(found.transform(points), ((0, 0), (0, 2 - n_axes)))


def _by_umap(points: np.ndarray) -> np.ndarray:
    import umap

    n_neighbors = min(15, len(points) - 1)
    return np.asarray(
        umap.UMAP(n_neighbors=n_neighbors, metric="cosine", random_state=0, n_jobs=1).fit_transform(points)
    )
