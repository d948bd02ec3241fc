"""A model is opened once in each process, by all its threads, and is the one that was named."""

import os
import shutil
import subprocess
import sys

import joblib
import numpy as np
import pytest
from pretrained_models import SHAPE, clips, keras_model, onnx, onnx_model  # noqa: F401 - fixtures

from skaudio.feature_extraction import EmbeddingTransformer
from skaudio.pretrained import model_of

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_opens_the_model_anew(clips, onnx):
    transformer = EmbeddingTransformer(onnx, **SHAPE)
    expected = transformer.transform(clips)
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        assert transformer.transform(clips * 4).tobytes() == np.tile(expected, (4, 1)).tobytes()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_process_opens_the_file_that_was_named_and_no_other_of_the_same_content(clips, tmp_path, what):
    first, second = onnx_model(tmp_path / "first.onnx"), str(shutil.copy(tmp_path / "first.onnx", tmp_path / "b.onnx"))
    expected = EmbeddingTransformer(first, **SHAPE).transform(clips)
    if what == "removed":
        os.remove(first)
    else:
        onnx_model(first, two_outputs=True)
    transformer = EmbeddingTransformer(second, **SHAPE)
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        assert transformer.transform(clips * 4).tobytes() == np.tile(expected, (4, 1)).tobytes()


def test_a_model_that_is_replaced_before_it_is_opened_is_refused(clips, tmp_path):
    model = model_of(onnx_model(tmp_path / "tiny.onnx", rank=1), None)
    onnx_model(tmp_path / "tiny.onnx", two_outputs=True)
    with pytest.raises(ValueError, match=r"tiny\.onnx' is another one here, or has changed"):
        model.run(np.zeros(400, np.float32))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_refuses_a_model_of_tensorflow(clips, tmp_path):
    script = f"""
import joblib, sys
from skaudio.feature_extraction import EmbeddingTransformer
transformer = EmbeddingTransformer({keras_model(tmp_path / "tiny.keras")!r}, **{SHAPE!r})
clips = {clips!r} * 4
transformer.transform(clips)
with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
    try:
        transformer.transform(clips)
    except RuntimeError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert "this process was forked from one that had used TensorFlow" in done.stdout, done.stderr


def test_threads_share_what_is_open(clips, onnx, monkeypatch):
    opened, session = [], onnxruntime.InferenceSession

    def counted(*arguments, **parameters):
        opened.append(arguments[0])
        return session(*arguments, **parameters)

    monkeypatch.setattr(onnxruntime, "InferenceSession", counted)
    shutil.copy(onnx, f"{onnx}.copy.onnx")
    transformer = EmbeddingTransformer(f"{onnx}.copy.onnx", output=0, n_jobs=4, **SHAPE)
    for _ in range(3):
        transformer.transform(clips * 10)
    assert len(opened) == 1
