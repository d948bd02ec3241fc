"""Transformers: clips become rows of features."""

from skaudio.feature_extraction._base import BaseAudioTransformer
from skaudio.feature_extraction._chroma import ChromaTransformer
from skaudio.feature_extraction._embedding import EmbeddingTransformer
from skaudio.feature_extraction._log_mel import LogMelTransformer
from skaudio.feature_extraction._mel import frames_of_clip
from skaudio.feature_extraction._mfcc import MFCCTransformer
from skaudio.feature_extraction._modulation import ModulationTransformer
from skaudio.feature_extraction._recipe import recipe_of
from skaudio.feature_extraction._spectral import SpectralTransformer
from skaudio.feature_extraction._union import AudioFeatureUnion

__all__ = [
    "AudioFeatureUnion",
    "BaseAudioTransformer",
    "ChromaTransformer",
    "EmbeddingTransformer",
    "LogMelTransformer",
    "MFCCTransformer",
    "ModulationTransformer",
    "SpectralTransformer",
    "frames_of_clip",
    "recipe_of",
]
