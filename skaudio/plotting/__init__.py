"""Displays in scikit-learn's shape: ``from_*`` computes, ``plot`` draws. matplotlib is imported by `plot`."""

from skaudio.plotting._class_counts import ClassCountDisplay
from skaudio.plotting._fold_scores import FoldScoresDisplay

__all__ = ["ClassCountDisplay", "FoldScoresDisplay"]
