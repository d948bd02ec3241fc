"""Models of ONNX, by onnxruntime."""

from __future__ import annotations

import numpy as np

from skaudio.pretrained._model import Run
from skaudio.pretrained._ranks import check_input, run_in_shape


def open_model(place: str, kind: str) -> Run:
    """Open a model that computes in one thread, since several clips are computed in parallel."""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise ImportError(
            'models of ONNX need onnxruntime, which is not installed: pip install "skaudio[onnx]"'
        ) from error

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the memory of the longest clip, and be no faster
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(place, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has many
        raise ValueError(f"model={place!r} cannot be opened by onnxruntime: {error}") from error
    inputs = session.get_inputs()
    shape = check_input(place, [each.shape for each in inputs])
    names = [each.name for each in session.get_outputs()]

    def run(waveforms: np.ndarray) -> dict[str, np.ndarray]:
        found = run_in_shape(shape, waveforms, lambda taken: session.run(names, {inputs[0].name: taken}))
        return dict(zip(names, found, strict=True))

    return run
