"""Classifiers: rows of features become classes, by Keras networks.

Importing this module loads no Keras and no TensorFlow; the first fit does.
"""

from skaudio.neural._ann import ANNClassifier
from skaudio.neural._backend import find_keras, import_keras
from skaudio.neural._base import BaseNetworkClassifier
from skaudio.neural._cnn import CNNClassifier
from skaudio.neural._convolutional import BATCH_EPSILON
from skaudio.neural._network import Blueprint, FittedNetwork, weight_shapes
from skaudio.neural._sequences import SCALING_EPSILON
from skaudio.neural._validation import ValidationSplit

__all__ = [
    "ANNClassifier",
    "BATCH_EPSILON",
    "BaseNetworkClassifier",
    "Blueprint",
    "CNNClassifier",
    "FittedNetwork",
    "SCALING_EPSILON",
    "ValidationSplit",
    "find_keras",
    "import_keras",
    "weight_shapes",
]
