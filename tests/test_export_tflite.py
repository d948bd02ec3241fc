"""Graphs of TFLite: equal to the pipelines they are made of, and of built-in operations alone."""

import json
import zipfile

import numpy as np
import pytest
from graphs import CLIPS, FEATURES, LABELS, SOUNDS, fitted, scale_of
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer
from skaudio.exceptions import ExportError
from skaudio.export import to_tflite
from skaudio.feature_extraction import LogMelTransformer, SpectralTransformer

tf = pytest.importorskip("tensorflow")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:the features reach up to:UserWarning"),
    pytest.mark.filterwarnings("ignore:\\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]


def runner(path):
    return tf.lite.Interpreter(str(path)).get_signature_runner()


# What float64 is needed for has its own test.
IN_FLOAT32 = [name for name in FEATURES if name not in ("no floor", "spectral", "spectral moments", "sequences of two")]


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_FLOAT32)
def test_features_of_a_graph_are_those_of_the_transformer(tmp_path, name):
    features = FEATURES[name]
    names, is_sequence = features.get_feature_names_out(), features.transform(CLIPS[:1]).ndim == 3
    classifier = CNNClassifier((4,), epochs=1, random_state=0) if is_sequence else LogisticRegression(max_iter=2)
    to_tflite(fitted(features, classifier), tmp_path / "model.tflite")
    run = runner(tmp_path / "model.tflite")
    expected = features.transform(CLIPS)
    found = np.concatenate([run(waveform=clip[None])["features"] for clip in CLIPS])
    assert found.shape == expected.shape
    differences = np.abs(found - expected) / scale_of(expected)
    worst = np.unravel_index(differences.argmax(), differences.shape)
    assert differences.max() < 5e-3, f"{list(SOUNDS)[worst[0]]}: {names[worst[-1]]}"


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "softplus"])
def test_dense_networks_are_exported(tmp_path, activation):
    network = ANNClassifier((8, 4), activation=activation, epochs=2, random_state=0)
    parity = to_tflite(
        fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), network), tmp_path / "model", clips=CLIPS, atol=1e-4
    )
    assert parity.changed == []


def test_convolutional_networks_are_exported(tmp_path):
    features = LogMelTransformer(n_mels=33, statistics=None, duration=1.7)
    pipeline = fitted(features, CNNClassifier((4, 6, 5), epochs=2, random_state=0))
    parity = to_tflite(pipeline, tmp_path / "model.tflite", clips=CLIPS, atol=1e-4)
    assert parity.changed == []
    assert parity.n_clips == len(CLIPS)


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)])
def test_linear_classifiers_are_exported(tmp_path, classifier, n_classes):
    labels = LABELS if n_classes == 3 else np.where(LABELS == "ant", "ant", "other")
    pipeline = fitted(MFCCTransformer(n_mfcc=13), SimpleImputer(), MinMaxScaler(), classifier).fit(CLIPS, labels)
    parity = to_tflite(pipeline, tmp_path / "model.tflite", clips=CLIPS, atol=1e-4)
    assert parity.changed == []


def test_the_file_tells_what_a_stranger_must_know(tmp_path):
    pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LogisticRegression())
    to_tflite(pipeline, tmp_path / "model.tflite")
    with zipfile.ZipFile(tmp_path / "model.tflite") as archive:
        assert archive.read("labels.txt").decode().splitlines() == ["ant", "bee", "cat"]
        assert json.loads(archive.read("about.json"))["sample_rate"] == "22050"


def test_what_cannot_be_exported_is_named_before_anything_is_written(tmp_path):
    logistic = LogisticRegression(max_iter=2)
    cases = {
        "spectra in float64 cannot be exported to TFLite": fitted(LogMelTransformer(top_db=None), logistic),
        "spectra in float64 cannot be exported": fitted(SpectralTransformer(features=("contrast",)), logistic),
        "step 'randomforestclassifier', RandomForestClassifier, cannot": fitted(
            MFCCTransformer(), RandomForestClassifier(2)
        ),
    }
    imputer = SimpleImputer(missing_values=0.0)
    cases["step 'simpleimputer', SimpleImputer, cannot"] = fitted(MFCCTransformer(n_mfcc=13), imputer, logistic)
    for message, pipeline in cases.items():
        with pytest.raises(ExportError, match=message):
            to_tflite(pipeline, tmp_path / "model.tflite")
    pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LogisticRegression())
    with pytest.raises(ExportError, match="differs from the pipeline by more than atol=1e-12: 12 clips"):
        to_tflite(pipeline, tmp_path / "model.tflite", clips=CLIPS, atol=1e-12)
    assert list(tmp_path.iterdir()) == []
