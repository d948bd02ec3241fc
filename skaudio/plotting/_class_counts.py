"""`ClassCountDisplay`: how many clips each class has."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from skaudio.plotting._axes import axes_of


class ClassCountDisplay:
    """Bars of the number of clips a class.

    Make it by `from_dataset`.

    Parameters
    ----------
    counts : Series
        Clips by class name.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    bars_ : matplotlib.container.BarContainer
        The bars.

    Examples
    --------
    >>> import pandas as pd
    >>> from skaudio.plotting import ClassCountDisplay
    >>> display = ClassCountDisplay(pd.Series({"dog": 40, "siren": 38})).plot()
    >>> display.ax_.get_xlabel()
    'clips'
    """

    def __init__(self, counts: pd.Series) -> None:
        self.counts = counts

    @classmethod
    def from_dataset(cls, dataset: Any, *, ax: Any = None) -> Self:
        """Count the clips of a dataset and draw them.

        Parameters
        ----------
        dataset : Bunch
            From a loader of `skaudio.datasets`; its ``target`` is read.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ClassCountDisplay
            Drawn.
        """
        names, counts = np.unique(dataset.target, return_counts=True)
        return cls(pd.Series(counts, index=names)).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.barh``.

        Returns
        -------
        ClassCountDisplay
            Itself, with `ax_`, `figure_` and `bars_`.
        """
        self.ax_, self.figure_ = axes_of(ax)
        names = [str(name).replace("_", " ") for name in self.counts.index]
        self.bars_ = self.ax_.barh(names, self.counts.to_numpy(), **{"color": "#0072B2", **kwargs})
        self.ax_.bar_label(self.bars_, padding=3)
        self.ax_.invert_yaxis()  # the first class on top
        self.ax_.set(xlabel="clips", title=f"{self.counts.sum()} clips in {len(self.counts)} classes")
        self.ax_.margins(x=0.1)
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self
