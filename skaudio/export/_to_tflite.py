"""`to_tflite`: a fitted pipeline as one graph of TFLite."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from functools import partial
from typing import Any
from zipfile import ZipFile

import numpy as np

from skaudio._writing import check_output, replacing
from skaudio.exceptions import ExportError, first_line
from skaudio.export._features import features_of
from skaudio.export._linear import apply_scaler, linear_probabilities
from skaudio.export._networks import probabilities_of
from skaudio.export._parity import Parity, check_and_compare
from skaudio.export._plan import Plan, plan_of
from skaudio.neural import BaseNetworkClassifier


def to_tflite(pipeline: Any, path: str | os.PathLike[str], *, clips: Any = None, atol: float = 1e-3) -> Parity | None:
    """Write a fitted pipeline as one TFLite graph, from waveforms to probabilities, of built-in operations alone.

    Parameters
    ----------
    pipeline : Pipeline, or a search or `AugmentedClassifier` over one
        As for `to_onnx`. Of scikit-learn's steps, scalers, ``SimpleImputer``, ``LogisticRegression`` and
        ``LinearDiscriminantAnalysis`` are known here; features in float64, as spectral contrast, are not.
    path : str or PathLike
        The file to write, ``model.tflite`` by custom. It is replaced in one step.
    clips : list of clips or None, default=None
        Clips to compare the graph with the pipeline on, by TFLite's interpreter; a file is written only if they agree.
    atol : float, default=1e-3
        How far probabilities may differ.

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
        If TensorFlow is not installed, the extra ``keras``.

    Warns
    -----
    UserWarning
        If the features reach near half of the sampling rate: there, resamplers differ.

    See Also
    --------
    to_onnx : For servers, browsers and phones; it knows more steps.

    Notes
    -----
    The graph takes ``waveform``, float32 of shape (1, samples): the interpreter's input is resized to the length at
    hand. Behind the graph, the file is a zip archive, as TFLite's metadata are: ``labels.txt`` has the classes in their
    order, ``about.json`` what the metadata of `to_onnx` tell.

    Examples
    --------
    >>> from skaudio import load
    >>> from skaudio.export import to_tflite
    >>> to_tflite(load("model.skaudio"), "model.tflite", clips=["bark.wav"])  # doctest: +SKIP
    Parity(n_clips=1, ...)
    """
    check_output(path)
    plan = plan_of(pipeline)
    plan.warn_of_resampling()
    content = _converted(plan)
    parity = check_and_compare(plan, path, partial(_runner, content), clips, atol)
    with replacing(path) as name:
        with open(name, "wb") as file:
            file.write(content)
        with ZipFile(name, "a") as archive:
            archive.writestr("labels.txt", "".join(f"{' '.join(str(label).split())}\n" for label in plan.classes))
            archive.writestr("about.json", json.dumps(plan.about(), indent=2))
    return parity


def _converted(plan: Plan) -> bytes:
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ImportError('exporting to TFLite needs tensorflow: pip install "skaudio[keras]"') from error
    from skaudio.export._tensorflow import TensorFlowGraph

    graph = TensorFlowGraph()
    n_features = sum(feature.shape[-1] for feature in plan.recipe.features)

    def function(waveform: Any) -> dict[str, Any]:
        features, refused = features_of(graph, plan.recipe, waveform)
        rows = features
        for name, step in plan.middle:
            rows = apply_scaler(graph, name, step, rows, n_features)
        if isinstance(plan.classifier, BaseNetworkClassifier):
            shares = probabilities_of(graph, plan.classifier.network_, rows)
        else:
            shares = linear_probabilities(graph, plan.name, plan.classifier, rows)
        return {"probabilities": shares + refused, "features": features}

    module = tf.Module()
    taken = tf.TensorSpec([1, None], tf.float32, "waveform")
    module.run = tf.function(function, input_signature=[taken], autograph=False)
    signatures = {"serving_default": module.run.get_concrete_function()}
    try:
        with tempfile.TemporaryDirectory() as folder:  # only so do inputs and outputs keep their names
            tf.saved_model.save(module, folder, signatures=signatures)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            return bytes(converter.convert())
    except Exception as error:  # the converter has many
        raise ExportError(f"TFLite has no operations of its own for the pipeline: {first_line(error)}") from error


def _runner(content: bytes) -> Any:
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow warns that another package will replace its interpreter
        runner = tf.lite.Interpreter(model_content=content).get_signature_runner()

    def run(waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = runner(waveform=waveform)
        return found["probabilities"], found["features"]

    return run
