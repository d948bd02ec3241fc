"""Graphs of ONNX: equal to the pipelines they are made of, on any sound."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from graphs import CLIPS, FEATURES, LABELS, SOUNDS, fitted, scale_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer, make_audio_pipeline
from skaudio.augmentation import AugmentedClassifier, Gain
from skaudio.export import to_onnx
from skaudio.feature_extraction import (
    AudioFeatureUnion,
    ModulationTransformer,
    SpectralTransformer,
)

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")


@pytest.fixture(autouse=True)
def _no_word_of_resampling():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the features reach up to", UserWarning)
        yield


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def run(path, waveform):
    return session(path).run(["probabilities", "features"], {"waveform": np.atleast_2d(waveform)})


# The flatness of a click is 1 but for rounding, whose skew is what the transformer tells.
WITHOUT = {"spectral moments": {"a click"}}


def _of_features(features, tmp_path):
    """Return an exported pipeline of features, none of which its classifier forgets."""
    names = features.get_feature_names_out()
    if features.transform(CLIPS[:1]).ndim == 3:
        pytest.importorskip("keras")
        classifier = CNNClassifier((4,), epochs=1, random_state=0)
    else:
        classifier = LogisticRegression(max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it need not converge
        pipeline = make_pipeline(features, classifier).fit(CLIPS, LABELS)
    path = tmp_path / "model.onnx"
    to_onnx(pipeline, path)
    return path, names


@pytest.mark.parametrize("name", FEATURES)
def test_features_of_a_graph_are_those_of_the_transformer(tmp_path, name):
    features = FEATURES[name]
    path, names = _of_features(features, tmp_path)
    graph = session(path)
    sounds = {each: clip for each, clip in SOUNDS.items() if each not in WITHOUT.get(name, ())}
    expected = features.transform(list(sounds.values()))
    found = np.concatenate([graph.run(["features"], {"waveform": clip[None]})[0] for clip in sounds.values()])
    assert found.shape == expected.shape
    differences = np.abs(found - expected) / scale_of(expected)
    worst = np.unravel_index(differences.argmax(), differences.shape)
    assert differences.max() < 1e-3, f"{list(sounds)[worst[0]]}: {names[worst[-1]]}"


def test_waveforms_side_by_side_give_what_each_gives(tmp_path):
    path, _ = _of_features(FEATURES["all statistics"], tmp_path)
    both = np.stack([SOUNDS["noise"], SOUNDS["a rising tone"]])
    together = run(path, both)
    for k, alone in enumerate(both):
        for one, other in zip(together, run(path, alone), strict=True):
            np.testing.assert_allclose(one[k], other[0], rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_audio_pipeline("tutorial", classifier="logistic").fit(CLIPS, LABELS)
        path = tmp_path_factory.mktemp("exported") / "model.onnx"
        to_onnx(pipeline, path)
    return pipeline, session(path)


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(1, 60_000),
    loudness=st.floats(1e-5, 1.0),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
def test_probabilities_of_any_waveform_are_those_of_the_pipeline(exported, n, loudness, share, seed):
    pipeline, graph = exported
    waveform = (loudness * np.random.default_rng(seed).normal(0, 0.3, n)).astype(np.float32)
    waveform[int(share * n) :] = 0
    (found,) = graph.run(["probabilities"], {"waveform": waveform[None]})
    np.testing.assert_allclose(found, pipeline.predict_proba([waveform]), atol=1e-4)


CLASSIFIERS = {
    "logistic": LogisticRegression(max_iter=1000),
    "lda": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "forest": RandomForestClassifier(20, random_state=0),
    "neighbours": KNeighborsClassifier(3),
    "perceptron": MLPClassifier((8,), max_iter=500, random_state=0),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_of_scikit_learn_are_exported(tmp_path, name):
    steps = [MFCCTransformer(n_mfcc=13), SimpleImputer(), MinMaxScaler(), PCA(5), CLASSIFIERS[name]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_pipeline(*steps).fit(CLIPS, LABELS)
    parity = to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS, atol=1e-4)
    assert parity.n_clips == len(CLIPS)
    assert parity.changed == []


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "selu", "silu", "softplus", "softsign", "leaky_relu"])
def test_dense_networks_are_exported(tmp_path, activation):
    pytest.importorskip("keras")
    network = ANNClassifier((8, 4), activation=activation, epochs=2, random_state=0)
    pipeline = make_pipeline(MFCCTransformer(n_mfcc=13), StandardScaler(), network).fit(CLIPS, LABELS)
    parity = to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS, atol=1e-5)
    assert parity.changed == []


@pytest.mark.slow
@pytest.mark.parametrize("n_mels", [16, 33])
def test_convolutional_networks_are_exported(tmp_path, n_mels):
    pytest.importorskip("keras")
    features = MFCCTransformer(n_mfcc=n_mels, n_mels=40, statistics=None, duration=1.7)
    pipeline = make_pipeline(features, CNNClassifier((4, 6, 5), epochs=2, random_state=0)).fit(CLIPS, LABELS)
    parity = to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS, atol=1e-5)
    assert parity.changed == []
    # Of any length, cut or padded in the graph.
    for samples in (SOUNDS["long"], SOUNDS["100 samples"]):
        np.testing.assert_allclose(
            run(tmp_path / "model.onnx", samples)[0], pipeline.predict_proba([samples]), atol=1e-5
        )


@pytest.mark.parametrize("opset", [18, 20, 22])
def test_every_version_of_the_operators_gives_the_same(tmp_path, opset):
    features = AudioFeatureUnion([("mfcc", MFCCTransformer()), ("modulation", ModulationTransformer(n_mels=20))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_pipeline(features, LogisticRegression()).fit(CLIPS, LABELS)
    to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS, opset=opset)
    import onnx

    model = onnx.load(tmp_path / "model.onnx")
    assert {each.domain: each.version for each in model.opset_import}[""] == opset
    assert model.ir_version <= 8


def test_searches_and_augmented_classifiers_are_exported_as_what_they_were_fitted(tmp_path):
    pipeline = make_audio_pipeline("tutorial", classifier="logistic")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(pipeline, {"features__n_mfcc": [10, 20]}, cv=2).fit(CLIPS, LABELS)
        augmented = AugmentedClassifier(pipeline, [Gain()], random_state=0).fit(CLIPS, LABELS)
    for estimator in (search, augmented):
        to_onnx(estimator, tmp_path / "model.onnx")
        found, _ = run(tmp_path / "model.onnx", SOUNDS["noise"])
        np.testing.assert_allclose(found, estimator.predict_proba([SOUNDS["noise"]]), atol=1e-5)


def test_metadata_tell_what_a_stranger_must_know(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_audio_pipeline("tutorial", classifier="logistic").fit(CLIPS, np.arange(len(CLIPS)) % 3)
    to_onnx(pipeline, tmp_path / "model.onnx")
    about = session(tmp_path / "model.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(about["classes"]) == [0, 1, 2]
    assert about["sample_rate"] == "22050"
    assert about["length"] == "any"
    assert "soxr_hq" in about["resampler"]
    assert json.loads(about["features"])[0] == "mfcc_00_mean"


@pytest.mark.parametrize("center", [True, False])
def test_what_the_pipeline_refuses_gives_nan_and_no_class(tmp_path, center):
    features = MFCCTransformer(n_mfcc=13, center=center, statistics=("median", "min"))
    clips = [clip for clip in CLIPS if len(clip) > 2048]
    pipeline = make_pipeline(features, StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(
        clips, np.arange(len(clips)) % 2
    )
    to_onnx(pipeline, tmp_path / "model.onnx")
    broken = SOUNDS["noise"].copy()
    broken[5000] = np.nan
    endless = SOUNDS["noise"].copy()
    endless[5000] = np.inf
    short = [np.zeros(0, np.float32)] if center else [SOUNDS["noise"][:n] for n in (0, 1, 1535, 1536, 2047)]
    for waveform in (broken, endless, *short):
        with pytest.raises(ValueError, match=r"samples|NaN|infinite"):
            pipeline.predict_proba([waveform])
        assert np.isnan(run(tmp_path / "model.onnx", waveform)[0]).all()
    shortest = SOUNDS["noise"][: 1 if center else 2048]
    np.testing.assert_allclose(run(tmp_path / "model.onnx", shortest)[0], pipeline.predict_proba([shortest]), atol=1e-5)


@pytest.mark.slow
def test_frames_that_hardly_change_are_no_silence(tmp_path):
    pytest.importorskip("keras")
    time = np.arange(int(0.75 * 8000)) / 8000
    tones = [
        (level * np.exp(-rate * time) * np.sin(880 * np.pi * time)).astype(np.float32)
        for rate in (2, 5, 9)
        for level in (0.9, 0.3)
    ]
    features = SpectralTransformer(
        sample_rate=8000, n_fft=256, hop_length=128, statistics=None, duration=0.75, features=("rms",)
    )
    network = CNNClassifier((4, 4), epochs=20, dropout=0.0, random_state=0)
    pipeline = make_pipeline(features, network).fit(tones, ["slow", "slow", "even", "even", "fast", "fast"])
    parity = to_onnx(pipeline, tmp_path / "model.onnx", clips=tones, atol=1e-4)
    assert parity.changed == []


def test_the_report_is_returned_and_printed(tmp_path, capsys):
    pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LogisticRegression())
    parity = to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS)
    assert str(parity) in capsys.readouterr().out
    assert parity.n_clips == 12
    assert parity.features_mean <= parity.features_worst < 0.01
    assert parity.probabilities_mean <= parity.probabilities_worst < 1e-4
    assert to_onnx(pipeline, tmp_path / "model.onnx") is None
    assert capsys.readouterr().out == ""


_ALONE = """
import sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession("model.onnx")
np.save("found.npy", session.run(["probabilities"], {"waveform": np.load("waveform.npy")[None]})[0])
assert not {"skaudio", "sklearn", "scipy", "tensorflow", "librosa"} & set(sys.modules)
"""


@pytest.mark.slow
def test_onnxruntime_and_numpy_are_all_that_a_graph_needs(tmp_path, exported):
    pipeline, _ = exported
    to_onnx(pipeline, tmp_path / "model.onnx")
    np.save(tmp_path / "waveform.npy", SOUNDS["noise"])
    subprocess.run([sys.executable, "-c", _ALONE], cwd=tmp_path, check=True)
    expected = pipeline.predict_proba([SOUNDS["noise"]])
    np.testing.assert_allclose(np.load(tmp_path / "found.npy"), expected, atol=1e-5)
