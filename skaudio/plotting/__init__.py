"""Displays in scikit-learn's shape: ``from_*`` computes, ``plot`` draws. matplotlib is imported by `plot`."""

from skaudio.plotting._class_counts import ClassCountDisplay
from skaudio.plotting._fold_scores import FoldScoresDisplay
from skaudio.plotting._mfcc import MFCCDisplay
from skaudio.plotting._training_history import TrainingHistoryDisplay
from skaudio.plotting._waveform import WaveformDisplay

__all__ = ["ClassCountDisplay", "FoldScoresDisplay", "MFCCDisplay", "TrainingHistoryDisplay", "WaveformDisplay"]
