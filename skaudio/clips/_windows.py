"""`windows_of`: a recording in windows, decoded once, and in pieces where it is long."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from skaudio.clips._clip import Clip
from skaudio.clips._reader import Reader, Reading

_SLIVER = 0.05  # of a window; less than this at a recording's end is no window of its own


def windows_of(
    reader: Reader, clip: Clip, window: float, hop: float
) -> Generator[tuple[float, float, Any], None, Reading]:
    """Yield the windows along a recording, which is decoded once, and in pieces where it is long.

    Parameters
    ----------
    reader : Reader
        How it is read; its `offset`, `duration` and `max_duration` are those of a window, and are not used.
    clip : Clip
        The recording.
    window, hop : float
        Seconds of a window, and from the start of one to that of the next.

    Yields
    ------
    start, end : float
        In seconds. The last window ends where the recording does; it is left out where it would add less than 5 % of
        a window. A recording shorter than a window is one.
    samples : ndarray or (ndarray, float)
        The window as a transformer with such a reader takes it.

    Returns
    -------
    Reading
        What was read, once all windows are.
    """
    whole = Reader(reader.sample_rate, channel=reader.channel, res_type=reader.res_type)
    reading = whole.reading_of(clip)
    held, first, number, n_all = np.empty(0, np.float32), 0, 0, 0
    rate = 0.0

    def cut(start: int, stop: int) -> Any:
        part = held[start - first : stop - first]
        # A transformer that takes channel k is given k + 1 channels, each of them the one that was read here.
        samples = part if reader.channel == "mean" else np.broadcast_to(part, (int(reader.channel) + 1, len(part)))
        return samples if reader.sample_rate is not None else (samples, rate)

    for piece in reading:
        rate = reading.rate if reader.sample_rate is None else reader.sample_rate
        held, n_all = np.concatenate([held, piece]), n_all + len(piece)
        n = max(1, round(window * rate))
        while (start := round(number * hop * rate)) + n <= n_all:
            yield number * hop, number * hop + window, cut(start, start + n)
            number += 1
        # What no window needs any more; the last one of all begins a window before the end.
        keep = max(first, min(round(number * hop * rate), n_all - n))
        held, first = held[keep - first :], keep
    last = max(0, n_all - n)
    done = round((number - 1) * hop * rate) if number else -n
    if not number or last - done > _SLIVER * n:
        yield last / rate, n_all / rate, cut(last, n_all)
    return reading
