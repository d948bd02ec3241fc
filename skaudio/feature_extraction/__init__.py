"""Transformers: clips become rows of features."""

from skaudio.feature_extraction._log_mel import LogMelTransformer
from skaudio.feature_extraction._mel import frames_of_clip
from skaudio.feature_extraction._mfcc import MFCCTransformer
from skaudio.feature_extraction._union import AudioFeatureUnion

__all__ = ["AudioFeatureUnion", "LogMelTransformer", "MFCCTransformer", "frames_of_clip"]
