"""Classifiers: rows of features become classes, by Keras networks.

Importing this module loads no Keras and no TensorFlow; the first fit does.
"""

from skaudio.neural._ann import ANNClassifier

__all__ = ["ANNClassifier"]
