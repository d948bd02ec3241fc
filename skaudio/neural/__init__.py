"""Classifiers: rows of features become classes, by Keras networks.

Importing this module loads no Keras and no TensorFlow; the first fit does.
"""

from skaudio.neural._ann import ANNClassifier
from skaudio.neural._backend import find_keras, import_keras
from skaudio.neural._cnn import CNNClassifier

__all__ = ["ANNClassifier", "CNNClassifier", "find_keras", "import_keras"]
