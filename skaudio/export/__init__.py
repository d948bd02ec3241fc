"""Fitted pipelines as graphs that need no Python: from a waveform to probabilities."""

from skaudio.export._parity import Parity
from skaudio.export._to_onnx import to_onnx
from skaudio.export._to_tflite import to_tflite

__all__ = ["Parity", "to_onnx", "to_tflite"]
