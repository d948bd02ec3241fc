"""Transformers: clips become rows of features."""

from skaudio.feature_extraction._mfcc import MFCCTransformer

__all__ = ["MFCCTransformer"]
