"""Models of TFLite, by ai-edge-litert or by TensorFlow's own interpreter."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from skaudio.pretrained._model import Run
from skaudio.pretrained._ranks import check_input, run_in_shape


def open_model(place: str, kind: str) -> Run:
    """Open a model that computes in one thread, since several clips are computed in parallel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TensorFlow warns that ai-edge-litert replaces its interpreter
            interpreter = _interpreter()(place, num_threads=1)
    except ValueError as error:
        raise ValueError(f"model={place!r} cannot be opened by TFLite's interpreter: {error}") from error
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    shape = check_input(place, [[None if n < 0 else int(n) for n in each["shape_signature"]] for each in inputs])

    def once(taken: np.ndarray) -> list[np.ndarray]:
        if tuple(interpreter.get_input_details()[0]["shape"]) != taken.shape:
            interpreter.resize_tensor_input(inputs[0]["index"], taken.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(inputs[0]["index"], taken)
        interpreter.invoke()
        return [interpreter.get_tensor(each["index"]) for each in outputs]

    def run(waveforms: np.ndarray) -> dict[str, np.ndarray]:
        found = run_in_shape(shape, waveforms, once)
        return {each["name"]: value for each, value in zip(outputs, found, strict=True)}

    return run


def _interpreter() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError:
        pass
    else:
        return Interpreter
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ImportError(
            'models of TFLite need ai-edge-litert, which is not installed: pip install "skaudio[tflite]"'
        ) from error
    return tf.lite.Interpreter
