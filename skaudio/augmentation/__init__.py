"""Copies of training clips, altered as sounds are in the world, and never where a model is tested."""

from skaudio.augmentation._augmentation import Augmentation
from skaudio.augmentation._augmentations import (
    Gain,
    MixWithinClass,
    Noise,
    PitchShift,
    TimeShift,
    TimeStretch,
)
from skaudio.augmentation._classifier import AugmentedClassifier

__all__ = [
    "Augmentation",
    "AugmentedClassifier",
    "Gain",
    "MixWithinClass",
    "Noise",
    "PitchShift",
    "TimeShift",
    "TimeStretch",
]
