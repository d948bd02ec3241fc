"""Sound files as ordinary scikit-learn data.

A clip (a path, bytes or a waveform) becomes a row of features; from there on everything is scikit-learn.
"""

import lazy_loader as _lazy

from skaudio._version import __version__

__getattr__, __dir__, _names = _lazy.attach(
    __name__,
    submodules=[
        "audio",
        "datasets",
        "dsp",
        "exceptions",
        "feature_extraction",
        "inspection",
        "model_selection",
        "neural",
        "pipeline",
        "plotting",
        "store",
        "testing",
    ],
    submod_attrs={
        "audio": ["load_audio"],
        "feature_extraction": ["MFCCTransformer"],
        "neural": ["ANNClassifier", "CNNClassifier"],
        "pipeline": ["make_audio_pipeline"],
    },
)

__all__ = [
    "ANNClassifier",
    "CNNClassifier",
    "MFCCTransformer",
    "__version__",
    "load_audio",
    "make_audio_pipeline",
]
