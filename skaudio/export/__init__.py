"""Fitted pipelines as graphs that need no Python: from a waveform to probabilities."""

from skaudio.export._parity import Parity
from skaudio.export._to_onnx import to_onnx

__all__ = ["Parity", "to_onnx"]
