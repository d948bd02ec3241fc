"""`TrainingHistoryDisplay`: loss or accuracy, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from skaudio.plotting._axes import axes_of, style_of


class TrainingHistoryDisplay:
    """A network's loss or accuracy after each epoch, on training and on validation data.

    Make it by `from_estimator`.

    Parameters
    ----------
    history : dict of str to list of float
        The `history_` of a network.
    metric : str, default="loss"
        Which entry of `history` to draw. If there is one of the same name with ``"val_"`` before it, it is drawn, too.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    lines_ : list of matplotlib.lines.Line2D
        Training and, where there are validation data, validation.

    Examples
    --------
    >>> from skaudio.plotting import TrainingHistoryDisplay
    >>> display = TrainingHistoryDisplay({"loss": [2.0, 1.0], "val_loss": [2.1, 1.5]}).plot()
    >>> len(display.lines_)
    2
    """

    def __init__(self, history: Mapping[str, Sequence[float]], *, metric: str = "loss") -> None:
        self.history = history
        self.metric = metric

    @classmethod
    def from_estimator(cls, estimator: Any, *, metric: str = "loss", ax: Any = None) -> Self:
        """Draw what a fitted network remembers of its training.

        Parameters
        ----------
        estimator : ANNClassifier, Pipeline or search
            Fitted; of a pipeline its last step, of a search its best estimator.
        metric : str, default="loss"
            ``"loss"`` or ``"accuracy"``.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        TrainingHistoryDisplay
            Drawn.

        Raises
        ------
        ValueError
            If it is not fitted or no network, or has no such metric.
        """
        while hasattr(estimator, "best_estimator_") or hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator.best_estimator_
        if not hasattr(estimator, "history_"):
            raise ValueError(f"{type(estimator).__name__} has no history_: a fitted network is expected")
        return cls(estimator.history_, metric=metric).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.plot``.

        Returns
        -------
        TrainingHistoryDisplay
            Itself, with `ax_`, `figure_` and `lines_`.
        """
        if self.metric not in self.history:
            raise ValueError(f"metric={self.metric!r} is not in the history, which has {', '.join(self.history)}")
        from matplotlib.lines import Line2D

        self.ax_, self.figure_ = axes_of(ax)
        self.lines_ = []
        # The two curves differ in colour and in line style, so that a print in grey shows which is which.
        for name, label, color, line in (
            (self.metric, "training", "#0072B2", "-"),
            (f"val_{self.metric}", "validation", "#D55E00", "--"),
        ):
            if name in self.history:
                values = self.history[name]
                defaults = {"color": color, "linestyle": line, "label": label}
                if len(values) < 2:  # a line of one point cannot be seen
                    defaults["marker"] = "o"
                style = style_of(Line2D, defaults, kwargs)
                self.lines_ += self.ax_.plot(np.arange(1, len(values) + 1), values, **style)
        self.ax_.set(xlabel="epoch", ylabel=self.metric)
        self.ax_.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        self.ax_.legend()
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self
