"""Pretrained models: which file one is, and what it gives for waveforms, by the runtime that it needs.

Importing this module loads none of the runtimes; a model that is opened does.
"""

from skaudio.pretrained._known import KNOWN_MODELS
from skaudio.pretrained._model import PretrainedModel, model_of

__all__ = ["KNOWN_MODELS", "PretrainedModel", "model_of"]
