"""Model files: round trips in a fresh process, and what is no data."""

import json
import subprocess
import sys

import numpy as np
import pytest
from saving import dataset, fitted, folder  # noqa: F401 - fixtures
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skaudio import MFCCTransformer, load, make_audio_pipeline, save
from skaudio.exceptions import ModelFileError
from skaudio.persistence import model_file_info

pytest.importorskip("keras")

pytestmark = pytest.mark.slow

_ELSEWHERE = """
import sys
import numpy as np
from skaudio import load
names, clips = sys.argv[1].split(","), sys.argv[2:]
np.savez("found.npz", **{name: load(name + ".skaudio").predict_proba(clips) for name in names})
assert not {"tensorflow", "keras", "scikeras"} & set(sys.modules)
"""


def test_ten_kinds_of_pipelines_predict_the_same_in_a_fresh_process_without_keras(fitted, folder, dataset):
    command = [sys.executable, "-W", "error", "-c", _ELSEWHERE, ",".join(fitted), *dataset.data]
    subprocess.run(command, cwd=folder, check=True)
    found = np.load(folder / "found.npz")
    (folder / "found.npz").unlink()
    for name, model in fitted.items():
        np.testing.assert_allclose(found[name], model.predict_proba(list(dataset.data)), atol=1e-6, err_msg=name)


def test_nothing_of_this_machine_is_written(fitted, folder):
    for name in fitted:
        content = (folder / f"{name}.skaudio").read_bytes()
        assert b"secret-place" not in content, name
        assert b"store.sqlite" not in content, name


def test_a_loaded_network_is_trained_on_and_shown(folder, dataset):
    model = load(folder / "ann.skaudio")
    assert "Total params" in model["classifier"].summary()
    model.set_params(classifier__warm_start=True).fit(dataset.data, dataset.target)
    assert model["classifier"].n_iter_ == 2


def test_the_card_is_read_without_loading(fitted, folder, dataset):
    card = model_file_info(folder / "search.skaudio")
    assert card["classes"] == dataset.target_names.tolist()
    assert card["sample_rate"] == 22050
    assert card["feature_names"][:2] == ["mfcc_00_mean", "mfcc_01_mean"]
    assert card["scores"]["best_params"] == fitted["search"].best_params_
    assert card["parameters"]["features__cache"] is None
    assert {"skaudio", "scikit-learn", "numpy"} <= set(card["versions"])
    assert json.loads(json.dumps(card)) == card


def test_what_is_no_data_is_refused_before_anything_is_written(fitted, dataset, tmp_path):
    import keras

    with pytest.raises(NotFittedError):
        save(make_audio_pipeline("tutorial", classifier="lda"), tmp_path / "m.skaudio")
    by_object = make_audio_pipeline("tutorial", random_state=0)
    by_object.set_params(classifier__epochs=1, classifier__optimizer=keras.optimizers.SGD(0.01))
    by_object.fit(dataset.data, dataset.target)
    with pytest.raises(ModelFileError, match="optimizer of ANNClassifier is a SGD of Keras's"):
        save(by_object, tmp_path / "m.skaudio")
    with_lambda = make_pipeline(MFCCTransformer(), FunctionTransformer(lambda X: X), LogisticRegression())
    with_lambda.fit(dataset.data[:4], [0, 1, 0, 1])
    with pytest.raises(ModelFileError):
        save(with_lambda, tmp_path / "m.skaudio")
    assert not list(tmp_path.iterdir())


def test_types_of_others_need_trust(dataset, tmp_path):
    pipeline = make_pipeline(MFCCTransformer(), Scaler(), LogisticRegression(max_iter=1000))
    pipeline.fit(dataset.data, dataset.target)
    save(pipeline, tmp_path / "m.skaudio")
    with pytest.raises(ModelFileError, match=r"holds test_persistence\.Scaler, neither .* trusted=\['test_pers"):
        load(tmp_path / "m.skaudio")
    loaded = load(tmp_path / "m.skaudio", trusted=["test_persistence.Scaler"])
    np.testing.assert_array_equal(loaded.predict_proba(dataset.data), pipeline.predict_proba(dataset.data))
    with pytest.raises(TypeError, match="is text; a list of names"):
        load(tmp_path / "m.skaudio", trusted="test_persistence.Scaler")


class Scaler(StandardScaler):
    """A type of somebody else's."""
