"""`WaveformDisplay`: a clip's samples over time."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np

from skaudio.clips import as_clip, load_audio
from skaudio.plotting._axes import axes_of, literal_text, style_of

_MAX_COLUMNS = 4000  # a clip of more samples is drawn in so many columns, each the range of its samples


class WaveformDisplay:
    """A clip's samples over time.

    Make it by `from_clip`.

    Parameters
    ----------
    waveform : array-like of shape (n,)
        Samples; full scale is 1.
    sample_rate : float
        Their rate in Hz.
    name : str or None, default=None
        The clip's name, for the title.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    artist_ : matplotlib.artist.Artist
        The line; of a clip of many samples, the area between the lowest and the highest.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.plotting import WaveformDisplay
    >>> display = WaveformDisplay.from_clip((np.sin(np.arange(800) / 9), 8000))
    >>> display.ax_.get_xlabel()
    'time in s'
    """

    def __init__(self, waveform: Any, *, sample_rate: float, name: str | None = None) -> None:
        self.waveform = np.asarray(waveform)
        self.sample_rate = sample_rate
        self.name = name

    @classmethod
    def from_clip(cls, clip: Any, *, sample_rate: float | None = None, ax: Any = None) -> Self:
        """Read a clip and draw it.

        Parameters
        ----------
        clip : str, PathLike, bytes, binary file object, ndarray or tuple
            What `skaudio.load_audio` reads.
        sample_rate : float or None, default=None
            Rate in Hz to resample the clip to; None keeps the clip's own. An array without a rate has this rate.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        WaveformDisplay
            Drawn.

        Raises
        ------
        AudioReadError
            If the clip cannot be read.
        """
        waveform, rate = load_audio(clip, sample_rate=sample_rate)
        return cls(waveform, sample_rate=rate, name=as_clip(clip).path).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.plot``, or to ``Axes.fill_between`` for a clip of many samples.

        Returns
        -------
        WaveformDisplay
            Itself, with `ax_`, `figure_` and `artist_`.
        """
        from matplotlib.collections import PolyCollection
        from matplotlib.lines import Line2D

        self.ax_, self.figure_ = axes_of(ax)
        n = len(self.waveform)
        if n <= _MAX_COLUMNS:
            marker = "." if n < 2 else None  # a line of one point cannot be seen
            style = style_of(Line2D, {"color": "#0072B2", "linewidth": 0.8, "marker": marker}, kwargs)
            (self.artist_,) = self.ax_.plot(np.arange(n) / self.sample_rate, self.waveform, **style)
        else:
            starts = np.linspace(0, n, _MAX_COLUMNS, endpoint=False).astype(int)
            lowest, highest = (np.asarray(f.reduceat(self.waveform, starts)) for f in (np.minimum, np.maximum))
            style = style_of(PolyCollection, {"color": "#0072B2", "linewidth": 0.3}, kwargs)
            self.artist_ = self.ax_.fill_between(starts / self.sample_rate, lowest, highest, **style)
        self.ax_.set(xlabel="time in s", ylabel="amplitude", title=title_of(self.name), xlim=(0, n / self.sample_rate))
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self


def title_of(path: str | None) -> str:
    """Return the last part of a path, and nothing for a clip in memory."""
    return "" if path is None else literal_text(path.rpartition(os.sep)[2])
