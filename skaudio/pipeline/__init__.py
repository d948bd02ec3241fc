"""Pipelines from clips to classes: made by name, with grids to search, and predictions that mask unreadable clips."""

from skaudio.pipeline._grids import (
    ANN_PARAM_GRID,
    CNN_PARAM_GRID,
    FOREST_PARAM_GRID,
    LDA_PARAM_GRID,
    LOGISTIC_PARAM_GRID,
    SPEECH_PARAM_GRID,
    STRONG_PARAM_GRID,
    SVM_PARAM_GRID,
    param_grid,
)
from skaudio.pipeline._make import make_audio_pipeline
from skaudio.pipeline._models import MODELS, NETWORKS, SEQUENCE_MODELS, model_of_preset
from skaudio.pipeline._presets import PRESETS
from skaudio.pipeline._readable import predict_readable

__all__ = [
    "ANN_PARAM_GRID",
    "CNN_PARAM_GRID",
    "FOREST_PARAM_GRID",
    "LDA_PARAM_GRID",
    "LOGISTIC_PARAM_GRID",
    "MODELS",
    "NETWORKS",
    "PRESETS",
    "SEQUENCE_MODELS",
    "SPEECH_PARAM_GRID",
    "STRONG_PARAM_GRID",
    "SVM_PARAM_GRID",
    "make_audio_pipeline",
    "model_of_preset",
    "param_grid",
    "predict_readable",
]
