"""`ClassCountDisplay`: how many clips each class has."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from skaudio.plotting._axes import axes_of, literal_text


class ClassCountDisplay:
    """Bars of the number of clips a class.

    Make it by `from_dataset`.

    Parameters
    ----------
    counts : Series or DataFrame
        The number of clips of each class, by the class's name; a frame has a column for each fold.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    bars_ : matplotlib.container.BarContainer, or list of them
        The bars; by fold, those of each fold.

    Examples
    --------
    >>> import pandas as pd
    >>> from skaudio.plotting import ClassCountDisplay
    >>> display = ClassCountDisplay(pd.Series({"dog": 40, "siren": 38})).plot()
    >>> display.ax_.get_xlabel()
    'clips'
    """

    def __init__(self, counts: pd.Series | pd.DataFrame) -> None:
        self.counts = counts

    @classmethod
    def from_dataset(cls, dataset: Any, *, by_fold: bool = False, ax: Any = None) -> Self:
        """Count the clips of a dataset and draw them.

        Parameters
        ----------
        dataset : Bunch
            From a loader of `skaudio.datasets`; its ``target`` is read, and its ``folds``.
        by_fold : bool, default=False
            Divide each bar by the dataset's folds.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ClassCountDisplay
            Drawn.

        Raises
        ------
        ValueError
            If `by_fold`, and the dataset has no folds.
        """
        if not by_fold:
            names, counts = np.unique(dataset.target, return_counts=True)
            return cls(pd.Series(counts, index=pd.Index(names, dtype=object))).plot(ax=ax)
        if dataset.folds is None:
            raise ValueError("by_fold=True needs a dataset with folds of its own, and this one has none")
        return cls(pd.crosstab(dataset.target, dataset.folds)).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.barh``; by fold, for the bars of every fold.

        Returns
        -------
        ClassCountDisplay
            Itself, with `ax_`, `figure_` and `bars_`.
        """
        self.ax_, self.figure_ = axes_of(ax)
        places = np.arange(len(self.counts))
        by_fold = isinstance(self.counts, pd.DataFrame)
        total = self.counts.sum(axis=1) if by_fold else self.counts
        self.bars_: Any
        if by_fold:
            self.bars_ = self._plot_folds(places, kwargs)
            self.ax_.legend(title="fold", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        else:
            self.bars_ = self.ax_.barh(places, total.to_numpy(), **{"color": "#0072B2", **kwargs})
        # Each class has a line of text; where there are too many for the height, the type is smaller.
        height = self.ax_.get_window_extent().height / self.figure_.dpi * 72  # in points
        size = min(10.0, 0.8 * height / max(1, len(places)))
        self.ax_.set_yticks(places, [literal_text(name).replace("_", " ") for name in self.counts.index], fontsize=size)
        last = self.bars_[-1] if by_fold else self.bars_
        self.ax_.bar_label(last, labels=[str(n) for n in total], padding=3, fontsize=size)
        self.ax_.set_ylim(len(places) - 0.4, -0.6)  # the first class on top, and no margin that grows with them
        self.ax_.set(xlabel="clips", title=f"{total.sum()} clips in {len(total)} classes")
        self.ax_.set_xlim(0, 1.12 * total.max())  # room for the labels
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self

    def _plot_folds(self, places: np.ndarray, style: dict[str, Any]) -> list[Any]:
        from matplotlib import colormaps

        # From dark to light, so that neighbours differ in grey as well.
        colors = colormaps["viridis"](np.linspace(0, 1, self.counts.shape[1]))
        left = np.zeros(len(places))
        bars = []
        for color, fold in zip(colors, self.counts):
            n = self.counts[fold].to_numpy()
            look = {"color": color, "edgecolor": "white", "label": literal_text(fold), **style}
            bars.append(self.ax_.barh(places, n, left=left, **look))
            left += n
        return bars
