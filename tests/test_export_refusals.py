"""What cannot be exported to ONNX, or does not agree, is named, and nothing is written."""

import warnings

import numpy as np
import pytest
from graphs import CLIPS, LABELS, fitted
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import KNNImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

from skaudio import MFCCTransformer
from skaudio.exceptions import ExportError
from skaudio.export import to_onnx
from skaudio.export._parity import check_steps
from skaudio.export._plan import plan_of

pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

pytestmark = pytest.mark.filterwarnings("ignore:the features reach up to:UserWarning")


def test_features_that_reach_half_the_rate_are_warned_of(tmp_path):
    clips, labels = CLIPS[:6], LABELS[:6]
    full = make_pipeline(MFCCTransformer(), LogisticRegression(max_iter=1000)).fit(clips, labels)
    with pytest.warns(UserWarning, match=r"up to 11025 Hz.* resample by soxr_hq"):
        to_onnx(full, tmp_path / "model.onnx")
    full.set_params(mfcctransformer__fmax=9000.0).fit(clips, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_onnx(full, tmp_path / "model.onnx")


def test_what_cannot_be_exported_is_named_before_anything_is_written(tmp_path):
    class Unknown(LogisticRegression):
        pass

    rows = [[0.0], [1.0]], [0, 1]
    cases = {
        "step 'histgradientboostingclassifier', HistGradientBoostingClassifier, cannot be exported": fitted(
            MFCCTransformer(), HistGradientBoostingClassifier(max_iter=2)
        ),
        "step 'unknown', Unknown, cannot be exported": fitted(MFCCTransformer(), Unknown()),
        "'ridgeclassifier', is a RidgeClassifier, which gives no pr": fitted(MFCCTransformer(), RidgeClassifier()),
        "a LogisticRegression cannot be exported; a fitted Pipeline": LogisticRegression().fit(*rows),
        "first step, 'minmaxscaler'": make_pipeline(MinMaxScaler(), LogisticRegression()).fit(*rows),
    }
    for message, pipeline in cases.items():
        with pytest.raises(ExportError, match=message):
            to_onnx(pipeline, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_a_converter_gets_wrong_is_found_without_clips(tmp_path):
    wrong = [
        CalibratedClassifierCV(LogisticRegression(max_iter=1000), method="isotonic", cv=3),
        make_pipeline(Normalizer("max"), LogisticRegression(max_iter=1000)),
        make_pipeline(KNNImputer(), LogisticRegression(max_iter=1000)),
    ]
    for tail in wrong:
        pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), tail)
        with pytest.raises(ExportError, match=r"converted to something else|cannot be run|cannot be exported"):
            to_onnx(pipeline, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_only_together_names_the_steps(tmp_path):
    reduced = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LinearDiscriminantAnalysis(), LogisticRegression())
    with pytest.raises(ExportError, match=r"'lineardiscriminantanalysis' LinearDiscriminantAnalysis"):
        to_onnx(reduced, tmp_path / "model.onnx")
    several = make_pipeline(MFCCTransformer(), KNeighborsClassifier(1)).fit(CLIPS, np.eye(len(CLIPS), dtype=int)[:, :2])
    with pytest.raises(ExportError, match="tells several things of a clip"):
        to_onnx(several, tmp_path / "model.onnx")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        to_onnx(reduced, tmp_path / "nowhere" / "model.onnx")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        to_onnx(reduced, tmp_path)


def test_a_feature_that_a_graph_cannot_compute_is_named():
    pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LogisticRegression())
    plan = plan_of(pipeline)

    def run(waveform):
        rows = plan.features.transform(list(waveform))
        shares = pipeline[1:].predict_proba(rows)
        rows[:, 2:7] = np.inf
        return shares, rows

    with pytest.raises(ExportError, match="mfcc_02_mean, mfcc_03_mean, mfcc_04_mean and others of some sounds are no"):
        check_steps(plan, lambda: run)


def test_a_graph_that_does_not_agree_is_not_written(tmp_path):
    pipeline = fitted(MFCCTransformer(n_mfcc=13), StandardScaler(), LogisticRegression())
    with pytest.raises(ExportError, match="differs from the pipeline by more than atol=1e-12: 12 clips"):
        to_onnx(pipeline, tmp_path / "model.onnx", clips=CLIPS, atol=1e-12)
    with pytest.raises(ExportError, match="clips is empty"):
        to_onnx(pipeline, tmp_path / "model.onnx", clips=[])
    with pytest.raises(ValueError, match="opset=17 must be 18 to 22"):
        to_onnx(pipeline, tmp_path / "model.onnx", opset=17)
    assert list(tmp_path.iterdir()) == []
