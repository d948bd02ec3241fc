"""Clips, and tiny models of each kind; most give the same sums of windows by a few weights, and their squares."""

import numpy as np
import pytest
import soundfile

N_VALUES = 5
WINDOW = 400  # samples
RATE = 8000
SHAPE = {"sample_rate": RATE, "window": WINDOW / RATE}
_WEIGHTS = np.random.default_rng(7).normal(0, 0.1, (WINDOW, N_VALUES)).astype(np.float32)


def expected_of(windows):
    """Return what each model gives for windows (n, 400)."""
    return np.maximum(np.asarray(windows) @ _WEIGHTS, 0)


def by_function(windows):
    """A model as a function."""
    return np.maximum(windows @ _WEIGHTS, 0)


def frames_of_whole(waveform):
    """A model that windows by itself: means and peaks of 100 samples at a time."""
    n = max(1, len(waveform) // 100)
    parts = np.resize(waveform, 100) if len(waveform) < 100 else waveform[: n * 100]
    parts = parts.reshape(n, 100)
    return np.stack([parts.mean(axis=1), parts.max(axis=1), parts.min(axis=1)], axis=1)


def like_yamnet(waveform):
    """A model of YAMNet's shape: 1024 values each 0.48 s."""
    n = max(1, len(waveform) // 7680)
    return np.resize(waveform, (n, 1024))


def wrong_shape(windows):
    """A model of too many values."""
    return np.zeros((len(windows) + 1, 3), np.float32)


def onnx_model(path, *, two_outputs=False, rank=2, whole=False):
    """Write an ONNX file."""
    from onnx import TensorProto, helper, numpy_helper, save

    shape = [["n", "samples"] if whole else ["n", WINDOW], ["samples"] if whole else [WINDOW]][rank == 1]
    taken = helper.make_tensor_value_info("waveform", TensorProto.FLOAT, shape)
    given = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, None)]
    if whole:  # frames of 400 samples
        parts = [numpy_helper.from_array(np.array([-1, WINDOW]), "shape")]
        nodes = [helper.make_node("Reshape", ["waveform", "shape"], ["rows"])]
    else:
        parts, nodes = [], [helper.make_node("Identity", ["waveform"], ["rows"])]
    parts.append(numpy_helper.from_array(_WEIGHTS, "weights"))
    nodes += [
        helper.make_node("MatMul", ["rows", "weights"], ["sums"]),
        helper.make_node("Relu", ["sums"], ["embedding"]),
    ]
    if two_outputs:
        nodes.append(helper.make_node("Mul", ["sums", "sums"], ["squares"]))
        given.append(helper.make_tensor_value_info("squares", TensorProto.FLOAT, None))
    graph = helper.make_graph(nodes, "tiny", [taken], given, parts)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


def _keras_model():
    import keras

    model = keras.Sequential([keras.Input((WINDOW,), name="waveform"), keras.layers.Dense(N_VALUES, "relu")])
    model.set_weights([_WEIGHTS, np.zeros(N_VALUES, np.float32)])
    model(np.zeros((1, WINDOW), np.float32))
    return model


def keras_model(path):
    """Write a file of Keras's own."""
    _keras_model().save(path)
    return str(path)


def saved_model(path):
    """Write a SavedModel."""
    _keras_model().export(path, verbose=False)
    return str(path)


def tflite_model(path):
    """Write a file of TFLite."""
    import tensorflow as tf

    content = tf.lite.TFLiteConverter.from_keras_model(_keras_model()).convert()
    path.write_bytes(content)
    return str(path)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for k, n in enumerate((100, 400, 401, 1000, 5000, 50_000)):
        soundfile.write(folder / f"{k}.wav", rng.uniform(-0.5, 0.5, n), RATE)
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture(scope="module")
def onnx(tmp_path_factory):
    return onnx_model(tmp_path_factory.mktemp("onnx") / "tiny.onnx")
