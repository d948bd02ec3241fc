"""`to_onnx`: a fitted pipeline as one graph of ONNX."""

from __future__ import annotations

import os
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np

from skaudio._writing import check_output, replacing
from skaudio.exceptions import ExportError
from skaudio.export._features import features_of
from skaudio.export._networks import probabilities_of
from skaudio.export._parity import Parity, check_and_compare
from skaudio.export._plan import Plan, plan_of
from skaudio.neural import BaseNetworkClassifier

_OPSETS = range(18, 23)


def to_onnx(
    pipeline: Any, path: str | os.PathLike[str], *, clips: Any = None, atol: float = 1e-3, opset: int = 18
) -> Parity | None:
    """Write a fitted pipeline as one ONNX graph, from waveforms to probabilities.

    Parameters
    ----------
    pipeline : Pipeline, or a search or `AugmentedClassifier` over one
        Fitted: a transformer of this package, or a union of them; steps of scikit-learn that skl2onnx knows; a
        classifier with probabilities, of scikit-learn or this package.
    path : str or PathLike
        The file to write, ``model.onnx`` by custom. It is replaced in one step.
    clips : list of clips or None, default=None
        Clips to compare the graph with the pipeline on, by onnxruntime; a file is written only if they agree.
    atol : float, default=1e-3
        How far probabilities may differ.
    opset : int, default=18
        Version of ONNX's operators, 18 to 22.

    Returns
    -------
    parity : Parity or None
        How far they differ on the clips, which is printed, too; None without clips.

    Raises
    ------
    ExportError
        If a step cannot be exported, by its name, or the graph does not agree with the pipeline: before anything is
        written.
    ImportError
        If the extra ``export`` is not installed.

    Warns
    -----
    UserWarning
        If the features reach near half of the sampling rate: there, resamplers differ.

    See Also
    --------
    to_tflite : For phones and microcontrollers.

    Notes
    -----
    The graph takes ``waveform``, float32 of shape (batch, samples): mono, full scale 1, at the transformer's sampling
    rate, of any length, and gives ``probabilities`` of shape (batch, n_classes), and ``features``. Its metadata tell
    the classes in their order, the rate, the resampler and the rule of length.

    What comes before the graph matters most: where mel bands reach half the rate, a resampler other than the
    pipeline's can change many classes; where they end below it, hardly any.

    Examples
    --------
    >>> from skaudio import load
    >>> from skaudio.export import to_onnx
    >>> to_onnx(load("model.skaudio"), "model.onnx", clips=["bark.wav"])  # doctest: +SKIP
    Parity(n_clips=1, ...)
    """
    if not isinstance(opset, Integral) or opset not in _OPSETS:
        raise ValueError(f"opset={opset!r} must be {_OPSETS.start} to {_OPSETS.stop - 1}")
    check_onnx()
    check_output(path)
    plan = plan_of(pipeline)
    plan.warn_of_resampling()
    written = _graph_of(plan, int(opset)).SerializeToString()
    parity = check_and_compare(plan, path, partial(_runner, written), clips, atol)
    with replacing(path) as name, open(name, "wb") as file:
        file.write(written)
    return parity


def check_onnx() -> None:
    """Raise ImportError, which says what to install, if a package of the extra ``export`` is missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import skl2onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(
            f'to export needs {error.name}, which is not installed: pip install "skaudio[export]"'
        ) from error


def _graph_of(plan: Plan, opset: int) -> Any:
    from skaudio.export._onnx import OnnxGraph
    from skaudio.export._scikit import convert_steps

    graph = OnnxGraph(opset)
    features, refused = features_of(graph, plan.recipe, graph.named("waveform", np.float32))
    shapes = [feature.shape for feature in plan.recipe.features]
    shape = [*shapes[0][:-1], sum(each[-1] for each in shapes)]
    is_network = isinstance(plan.classifier, BaseNetworkClassifier)
    steps = plan.middle if is_network else [*plan.middle, (plan.name, plan.classifier)]
    if steps and len(shape) > 1:
        raise ExportError(
            f"step {steps[0][0]!r}, {type(steps[0][1]).__name__}, takes sequences, which here only a network can"
        )
    shares = convert_steps(graph, steps, features, shape[-1], is_last=not is_network)
    if is_network:
        shares = probabilities_of(graph, plan.classifier.network_, shares)
    outputs = {
        "probabilities": (shares + refused, ["batch", len(plan.classes)]),
        "features": (features, ["batch", *shape]),
    }
    return graph.model("waveform", outputs, plan.about())


def _runner(written: bytes) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    return lambda waveform: session.run(["probabilities", "features"], {"waveform": waveform})
