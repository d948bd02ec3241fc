"""Checks for estimators of sound, to be run beside scikit-learn's own ``check_estimator``."""

from skaudio.testing._classifier import check_audio_classifier
from skaudio.testing._transformer import check_audio_transformer

__all__ = ["check_audio_classifier", "check_audio_transformer"]
