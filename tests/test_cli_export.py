"""`skaudio export`: a saved model as a graph, checked on a dataset."""

import numpy as np
import pytest
from running import skaudio_commands

from skaudio import load_audio, make_audio_pipeline, save
from skaudio.datasets import make_urban_sounds

onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder, the model, the clips and what the commands answered."""
    folder = tmp_path_factory.mktemp("export")
    dataset = make_urban_sounds(folder / "urban", n_per_class=2)
    pipeline = make_audio_pipeline("tutorial", classifier="logistic").fit(dataset.data, dataset.target)
    save(pipeline, folder / "model.skaudio")
    forest = make_audio_pipeline("tutorial", classifier="forest").set_params(classifier__n_estimators=5)
    save(forest.fit(dataset.data, dataset.target), folder / "forest.skaudio")
    commands = {
        "checked": ["export", "model.skaudio", "-o", "checked.onnx", "--check", "urban"],
        "alone": ["export", "model.skaudio", "-o", "alone.onnx"],
        "too strict": ["export", "model.skaudio", "-o", "strict.onnx", "--check", "urban", "--atol", "1e-15"],
        "name": ["export", "model.skaudio", "-o", "model.pb"],
        "folder": ["export", "model.skaudio", "-o", "nowhere/model.onnx"],
        "tflite": ["export", "model.skaudio", "-o", "model.tflite", "--check", "urban"],
        "forest": ["export", "forest.skaudio", "-o", "forest.tflite"],
        "opset": ["export", "model.skaudio", "-o", "old.onnx", "--opset", "11"],
    }
    answers = skaudio_commands(list(commands.values()), cwd=folder)
    return folder, pipeline, dataset.data, dict(zip(commands, answers, strict=True))


def test_the_graph_says_what_the_model_says(done):
    folder, pipeline, clips, answers = done
    assert answers["checked"].returncode == 0, answers["checked"].stderr
    assert "checked.onnx: 20 clips: features differ by" in answers["checked"].stdout
    assert "0 classes changed" in answers["checked"].stdout
    session = onnxruntime.InferenceSession(folder / "checked.onnx")
    waveform, _ = load_audio(clips[0], sample_rate=22050)
    (found,) = session.run(["probabilities"], {"waveform": waveform[None]})
    np.testing.assert_allclose(found, pipeline.predict_proba(clips[:1]), atol=1e-5)


def test_without_clips_it_says_that_nothing_was_compared(done):
    folder, _, _, answers = done
    assert answers["alone"].stdout == "alone.onnx: not compared with the model; --check DATA does it\n"
    assert (folder / "alone.onnx").read_bytes() == (folder / "checked.onnx").read_bytes()


def test_tflite_is_chosen_by_the_name(done):
    pytest.importorskip("tensorflow")
    folder, _, _, answers = done
    assert "model.tflite: 20 clips" in answers["tflite"].stdout
    assert (folder / "model.tflite").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("too strict", "the graph differs from the pipeline by more than atol=1e-15: 20 clips"),
        ("name", "'model.pb' must end in .onnx or .tflite"),
        ("folder", "there is no folder 'nowhere'"),
        ("forest", "step 'classifier', RandomForestClassifier, cannot be exported to TFLite"),
        ("opset", "opset=11 must be 18 to 22"),
    ],
)
def test_what_cannot_be_done_is_one_line(done, name, message):
    folder, _, _, answers = done
    assert answers[name].returncode == 2
    (line,) = [line for line in answers[name].stderr.splitlines() if not line.startswith("skaudio: warning")]
    assert message in line
    assert not {"strict.onnx", "model.pb", "forest.tflite", "old.onnx"} & {each.name for each in folder.iterdir()}
