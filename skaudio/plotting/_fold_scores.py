"""`FoldScoresDisplay`: the score of each fold, their mean and spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from skaudio.plotting._axes import axes_of


class FoldScoresDisplay:
    """Bars of the score of each fold, with their mean and standard deviation.

    Make it by `from_cv_results`.

    Parameters
    ----------
    scores : array-like of shape (n_folds,)
        A score a fold.
    fold_names : sequence of str or None, default=None
        What to call them; None numbers them from 1.
    score_name : str, default="accuracy"
        What the scores are.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    bars_ : matplotlib.container.BarContainer
        The bars.
    mean_line_ : matplotlib.lines.Line2D
        The mean.

    Examples
    --------
    >>> from skaudio.plotting import FoldScoresDisplay
    >>> display = FoldScoresDisplay.from_cv_results({"test_score": [0.6, 0.7]})
    >>> display.ax_.get_ylabel()
    'accuracy'
    """

    def __init__(self, scores: Any, *, fold_names: Any = None, score_name: str = "accuracy") -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.fold_names = fold_names
        self.score_name = score_name

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        candidate: int | None = None,
        cv: Any = None,
        fold_names: Any = None,
        score_name: str = "accuracy",
        ax: Any = None,
    ) -> Self:
        """Take the scores out of what a cross-validation or a search returns, and draw them.

        Parameters
        ----------
        cv_results : dict
            From ``cross_validate``, or the ``cv_results_`` of a search.
        candidate : int or None, default=None
            Which candidate of a search; None is the best.
        cv : PredefinedFolds or None, default=None
            The splitter that the scores were measured with, such as ``dataset.cv``; its fold names label the bars.
        fold_names : sequence of str or None, default=None
            What to call the folds; None numbers them from 1.
        score_name : str, default="accuracy"
            What the scores are.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        FoldScoresDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there are no scores in `cv_results`, or `cv` has another number of folds.
        """
        if "test_score" in cv_results:
            scores = cv_results["test_score"]
        else:
            splits: list[Any] = []
            while f"split{len(splits)}_test_score" in cv_results:
                splits.append(cv_results[f"split{len(splits)}_test_score"])
            if not splits:
                raise ValueError(
                    "cv_results has neither 'test_score' (cross_validate) nor 'split0_test_score' (a search); "
                    f"it has {', '.join(cv_results)}"
                )
            best = int(np.argmin(cv_results["rank_test_score"])) if candidate is None else candidate
            scores = np.asarray(splits)[:, best]
        if fold_names is None and cv is not None:
            fold_names = cv.get_fold_names()
        if fold_names is not None and len(fold_names) != len(scores):
            raise ValueError(f"there are {len(scores)} scores, and {len(fold_names)} names of folds")
        return cls(scores, fold_names=fold_names, score_name=score_name).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.bar``.

        Returns
        -------
        FoldScoresDisplay
            Itself, with `ax_`, `figure_`, `bars_` and `mean_line_`.
        """
        self.ax_, self.figure_ = axes_of(ax)
        names = self.fold_names if self.fold_names is not None else range(1, len(self.scores) + 1)
        mean, spread = self.scores.mean(), self.scores.std()
        self.bars_ = self.ax_.bar([str(name) for name in names], self.scores, **{"color": "#56B4E9", **kwargs})
        self.ax_.bar_label(self.bars_, fmt="{:.2f}", label_type="center")
        self.mean_line_ = self.ax_.axhline(mean, color="#D55E00", label=f"mean {mean:.3f}")
        self.ax_.axhspan(
            mean - spread, mean + spread, color="#D55E00", alpha=0.15, zorder=0, label=f"± sd {spread:.3f}"
        )
        top = max(1.0, self.scores.max())
        self.ax_.set(xlabel="fold", ylabel=self.score_name, ylim=(min(0.0, self.scores.min()), top * 1.05))
        self.ax_.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self
