"""`EmbeddingTransformer`: windows of clips through models of each kind, pooled; the same bits however it is done."""

import pickle
import shutil

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretrained_models import (  # noqa: F401 - fixtures
    N_VALUES,
    RATE,
    SHAPE,
    WINDOW,
    by_function,
    clips,
    expected_of,
    frames_of_whole,
    keras_model,
    like_yamnet,
    onnx,
    onnx_model,
    saved_model,
    tflite_model,
    wrong_shape,
)
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from skaudio import MFCCTransformer, load, load_audio, make_audio_pipeline, save
from skaudio.extraction import Embeddings
from skaudio.feature_extraction import AudioFeatureUnion, EmbeddingTransformer
from skaudio.pretrained import model_of
from skaudio.store import FeatureStore
from skaudio.testing import check_audio_transformer

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def windows_of(samples, window, hop):
    """Return the windows by the written rule, one after another."""
    if len(samples) < window:
        return np.pad(samples, (0, window - len(samples)))[None]
    starts = list(range(0, len(samples) - window + 1, hop))
    if starts[-1] + window < len(samples):
        starts.append(len(samples) - window)
    return np.stack([samples[start : start + window] for start in starts])


KINDS = {
    "onnx": lambda folder: onnx_model(folder / "tiny.onnx"),
    "onnx, one at a time": lambda folder: onnx_model(folder / "tiny.onnx", rank=1),
    "function": lambda folder: by_function,
    "keras": lambda folder: keras_model(folder / "tiny.keras"),
    "savedmodel": lambda folder: saved_model(folder / "tiny"),
    "tflite": lambda folder: tflite_model(folder / "tiny.tflite"),
}
NEEDS_TENSORFLOW = ("keras", "savedmodel", "tflite")
_ALL = [pytest.param(name, marks=[pytest.mark.slow] if name in NEEDS_TENSORFLOW else []) for name in KINDS]


@pytest.mark.parametrize("kind", _ALL)
def test_rows_are_means_of_what_the_model_gives_for_windows(clips, tmp_path, kind):
    if kind in NEEDS_TENSORFLOW:
        pytest.importorskip("tensorflow")
    transformer = EmbeddingTransformer(KINDS[kind](tmp_path), hop=0.03, pooling=("mean", "max"), **SHAPE)
    rows = transformer.fit_transform(clips)
    for row, clip in zip(rows, clips, strict=True):
        frames = expected_of(windows_of(load_audio(clip, sample_rate=RATE)[0], WINDOW, 240))
        np.testing.assert_allclose(row, [*frames.mean(axis=0), *frames.max(axis=0)], atol=1e-5)
    assert list(transformer.get_feature_names_out()[:2]) == ["embedding_00_mean", "embedding_01_mean"]
    assert rows.dtype == np.float32


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.parametrize("kind", _ALL)
def test_common_checks_hold_for_every_kind(tmp_path, kind):
    if kind in NEEDS_TENSORFLOW:
        pytest.importorskip("tensorflow")
    check_audio_transformer(EmbeddingTransformer(KINDS[kind](tmp_path), **SHAPE))


@settings(deadline=None, max_examples=50)
@given(
    n=st.integers(1, 3000),
    hop=st.integers(1, 900),
    cuts=st.lists(st.integers(0, 3000), max_size=5),
    batch_size=st.integers(1, 5),
)
def test_windows_follow_the_rule_however_the_clip_comes(n, hop, cuts, batch_size):
    samples = np.random.default_rng(n).uniform(-1, 1, n).astype(np.float32)
    flow = Embeddings(None, model_of(by_function, None), WINDOW, hop, batch_size, RATE).start()
    for piece in np.split(samples, sorted(cut for cut in cuts if cut < n)):
        list(flow.add(piece))
    (series,) = flow.end()
    np.testing.assert_allclose(series.whole(), expected_of(windows_of(samples, WINDOW, hop)), atol=1e-5)


def test_a_model_that_windows_by_itself_is_given_the_whole_clip(clips, tmp_path):
    transformer = EmbeddingTransformer(frames_of_whole, sample_rate=RATE, pooling=("mean", "max"))
    rows = transformer.transform(clips)
    for row, clip in zip(rows, clips, strict=True):
        frames = frames_of_whole(load_audio(clip, sample_rate=RATE)[0])
        np.testing.assert_allclose(row, [*frames.mean(axis=0), *frames.max(axis=0)], atol=1e-6)
    for rank in (1, 2):
        whole = EmbeddingTransformer(onnx_model(tmp_path / f"{rank}.onnx", rank=rank, whole=True), sample_rate=RATE)
        samples = np.arange(800, dtype=np.float32) / 800
        np.testing.assert_allclose(
            whole.transform([samples])[0], expected_of(samples.reshape(2, -1)).mean(0), atol=1e-4
        )


def test_a_long_clip_comes_in_parts_of_a_minute():
    step = Embeddings(None, model_of(frames_of_whole, None), None, 1, 16, RATE * 60)
    flow, lengths = step.start(), []
    flow._run = lambda part: lengths.append(len(part))
    for piece in np.split(np.zeros(RATE * 200, np.float32), 40):
        list(flow.add(piece))
    list(flow.end())
    assert lengths == [RATE * 60, RATE * 60, RATE * 80]


@pytest.mark.parametrize("backend", ["threading", "loky", "sequential"])
def test_bits_do_not_depend_on_jobs_order_or_store(clips, onnx, tmp_path, backend):
    plain = EmbeddingTransformer(onnx, hop=0.02, **SHAPE)
    expected = plain.transform(clips)
    with joblib.parallel_config(backend=backend, n_jobs=1 if backend == "sequential" else 2):
        assert plain.transform(clips).tobytes() == expected.tobytes()
    assert plain.transform(clips[::-1]).tobytes() == expected[::-1].tobytes()
    store = FeatureStore(tmp_path / "store.sqlite")
    for _ in range(2):
        cached = clone(plain).set_params(cache=store, n_jobs=2)
        assert cached.transform(clips).tobytes() == expected.tobytes()
    assert store.info()["extractions"] == len(clips)


def test_the_store_knows_a_model_by_its_content(clips, onnx, tmp_path):
    store = FeatureStore(tmp_path / "store.sqlite")
    first = EmbeddingTransformer(onnx, cache=store, **SHAPE).transform(clips)
    shutil.copy(onnx, tmp_path / "moved.onnx")
    moved = EmbeddingTransformer(str(tmp_path / "moved.onnx"), cache=store, **SHAPE).transform(clips)
    assert moved.tobytes() == first.tobytes()
    assert store.info()["extractions"] == len(clips)
    other = onnx_model(tmp_path / "two.onnx", two_outputs=True)
    EmbeddingTransformer(other, output="squares", cache=store, **SHAPE).transform(clips)
    EmbeddingTransformer(other, output="embedding", cache=store, **SHAPE).transform(clips)
    assert store.info()["extractions"] == 3 * len(clips)


def test_a_pickle_holds_the_place_and_a_model_that_changed_is_refused(clips, tmp_path):
    path = onnx_model(tmp_path / "tiny.onnx")
    fitted = make_pipeline(EmbeddingTransformer(path, **SHAPE), LogisticRegression()).fit(clips, [0, 1] * 3)
    content = pickle.dumps(fitted)
    assert len(content) < 5000
    assert pickle.loads(content).predict_proba(clips).tobytes() == fitted.predict_proba(clips).tobytes()
    onnx_model(tmp_path / "tiny.onnx", two_outputs=True)
    with pytest.raises(ValueError, match=r"tiny\.onnx' has changed since it was fitted with; fit again"):
        fitted.predict(clips)
    fitted.set_params(embeddingtransformer__output=0).fit(clips, [0, 1] * 3).predict(clips)


def test_outputs_are_named_or_counted(clips, tmp_path):
    path = onnx_model(tmp_path / "two.onnx", two_outputs=True)
    squares = EmbeddingTransformer(path, output="squares", **SHAPE).transform(clips)
    assert EmbeddingTransformer(path, output=1, **SHAPE).transform(clips).tobytes() == squares.tobytes()
    for output in (None, "nothing", 2):
        with pytest.raises(ValueError, match=r"is none of what .* gives: 'embedding' .*, 'squares' .*; name one"):
            EmbeddingTransformer(path, output=output, **SHAPE).transform(clips)


def test_a_known_model_needs_no_parameters_and_another_one_is_refused(clips, tmp_path):
    transformer = EmbeddingTransformer.from_preset("yamnet", like_yamnet, pooling=("mean", "max"))
    found = {name: transformer.get_params()[name] for name in ("sample_rate", "window", "hop", "output", "pooling")}
    assert found == {"sample_rate": 16000, "window": None, "hop": None, "output": "output", "pooling": ("mean", "max")}
    assert clone(transformer).fit_transform(clips).shape == (len(clips), 2048)
    with pytest.raises(ValueError, match="no preset 'vggish'; 'yamnet' is known"):
        EmbeddingTransformer.from_preset("vggish", like_yamnet)
    path = onnx_model(tmp_path / "tiny.onnx", whole=True, two_outputs=True)
    with pytest.raises(ValueError, match=r"gives 'embedding' \(40, 5\), 'squares' .*; one output of 1024 values"):
        EmbeddingTransformer.from_preset("yamnet", path)
    with pytest.raises(FileNotFoundError):
        EmbeddingTransformer.from_preset("yamnet", tmp_path / "gone.onnx")


def test_a_union_refuses_a_model_that_changed(clips, tmp_path):
    path = onnx_model(tmp_path / "tiny.onnx")
    union = AudioFeatureUnion([("embedding", EmbeddingTransformer(path, output=0, **SHAPE))]).fit(clips)
    union.transform(clips)
    onnx_model(tmp_path / "tiny.onnx", two_outputs=True)
    with pytest.raises(ValueError, match=r"tiny\.onnx' has changed since it was fitted with"):
        union.transform(clips)
    union.fit(clips).transform(clips)


def test_sequences_and_unions(clips, onnx):
    sequences = EmbeddingTransformer(onnx, hop=0.025, pooling=None, duration=0.5, **SHAPE).transform(clips)
    assert sequences.shape == (len(clips), 19, N_VALUES)
    union = AudioFeatureUnion(
        [("embedding", EmbeddingTransformer(onnx, **SHAPE)), ("mfcc", MFCCTransformer(sample_rate=RATE))]
    )
    rows = union.transform(clips)
    assert rows[:, :N_VALUES].tobytes() == EmbeddingTransformer(onnx, **SHAPE).transform(clips).tobytes()
    assert rows.shape[1] == N_VALUES + 40


def test_what_is_wrong_is_named(clips, onnx, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "model.pt").write_bytes(b"")
    (tmp_path / "broken.onnx").write_bytes(b"nonsense")
    cases = [
        ({"hop": 0.1}, "hop=0.1 s needs a window"),
        ({"window": 1e-6}, "window=1e-06 s is less than one sample"),
        ({"pooling": ("mode",)}, "'mode' in it is unknown"),
        ({"pooling": None}, "pooling=None gives sequences of one length, so duration must be set"),
        ({"model": str(tmp_path / "folder")}, "is a folder without a saved_model.pb"),
        ({"model": str(tmp_path / "model.pt")}, "is of an unknown kind"),
        ({"model": str(tmp_path / "broken.onnx"), "window": 0.05}, "cannot be opened by onnxruntime"),
        ({"model": lambda x: x}, "must be a function at the top of a module"),
        ({"model": str(tmp_path / "gone.onnx")}, "there is no such file or folder"),
    ]
    for parameters, message in cases:
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            EmbeddingTransformer(**{"model": onnx, "sample_rate": RATE, **parameters}).fit_transform(clips)
    with pytest.raises(ValueError, match=r"gives values of shape \(2, 3\); \(1, n_values\) are expected"):
        EmbeddingTransformer(wrong_shape, **SHAPE).transform(clips)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
def test_scikit_learns_checks_hold():
    transformer = EmbeddingTransformer(by_function, **SHAPE)
    done = estimator_checks.check_estimator(transformer, on_skip=None)
    assert len(done) > 40
    assert {each["status"] for each in done} <= {"passed", "skipped"}
    for name in ("check_set_output_transform", "check_set_output_transform_pandas", "check_param_validation"):
        getattr(estimator_checks, name)("EmbeddingTransformer", transformer)


def test_a_model_file_holds_the_place_of_the_model(clips, tmp_path):
    path = onnx_model(tmp_path / "tiny.onnx")
    pipeline = make_audio_pipeline("embedding", model=EmbeddingTransformer(path, **SHAPE)).fit(clips, ["a", "b"] * 3)
    save(pipeline, tmp_path / "model.skaudio")
    expected = pipeline.predict_proba(clips)
    assert load(tmp_path / "model.skaudio").predict_proba(clips).tobytes() == expected.tobytes()
    shutil.move(path, tmp_path / "elsewhere.onnx")
    loaded = load(tmp_path / "model.skaudio")
    with pytest.raises(FileNotFoundError, match=r"tiny\.onnx'.* no such file"):
        loaded.predict(clips)
    loaded.set_params(features__model=str(tmp_path / "elsewhere.onnx"))
    assert loaded.predict_proba(clips).tobytes() == expected.tobytes()
