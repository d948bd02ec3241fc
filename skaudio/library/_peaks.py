"""The outline of a sound, as a waveform is drawn: read once, and kept in the library."""

from __future__ import annotations

import numpy as np

from skaudio.clips import Reader, as_clip

N_BINS = 240
"""Places along a waveform at which its outline is kept."""
_BLOCK = 256  # samples of which the least and the greatest are held; an hour is some megabytes


def outline(path: str, start: float, duration: float | None) -> np.ndarray:
    """Return the least and the greatest sample of each of `N_BINS` parts of a sound.

    Parameters
    ----------
    path : str
        The file.
    start : float
        Where the sound begins, in seconds.
    duration : float or None
        Its length, in seconds; None reaches to the end.

    Returns
    -------
    ndarray of shape (N_BINS, 2), int8
        127 is full scale.

    Raises
    ------
    AudioReadError
        If the file cannot be read.
    """
    reader = Reader(None, offset=start, duration=duration)
    lows, highs, rest = [], [], np.empty(0, np.float32)
    for piece in reader.reading_of(as_clip(path)):
        piece = np.concatenate([rest, piece])
        n = len(piece) // _BLOCK * _BLOCK
        blocks, rest = piece[:n].reshape(-1, _BLOCK), piece[n:]
        lows.append(blocks.min(axis=1))
        highs.append(blocks.max(axis=1))
    if len(rest):
        lows.append(rest.min(keepdims=True))
        highs.append(rest.max(keepdims=True))
    return outline_of(np.concatenate(lows), np.concatenate(highs))


def outline_of(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Return the outline of samples, or of the least and greatest of blocks of them."""
    edges = np.linspace(0, len(lows), N_BINS + 1)
    first = np.minimum(edges[:-1].astype(int), len(lows) - 1)
    last = np.maximum(np.ceil(edges[1:]).astype(int), first + 1)
    pairs = [(lows[a:b].min(), highs[a:b].max()) for a, b in zip(first, last)]
    return np.asarray(np.clip(np.round(127 * np.array(pairs)), -127, 127), np.int8)
