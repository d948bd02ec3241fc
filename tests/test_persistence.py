"""Model files: round trips in a fresh process, and whatever a changed file may hold."""

import contextlib
import io
import json
import pickle
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skaudio import ANNClassifier, MFCCTransformer, load, make_audio_pipeline, save
from skaudio.augmentation import AugmentedClassifier, Gain, Noise
from skaudio.datasets import make_urban_sounds
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


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("urban"), n_per_class=3)


def _models(cache):
    made = make_audio_pipeline
    quick = {"classifier__epochs": 1}
    checkpoint = {"classifier__validation_fraction": 0.5, "classifier__checkpoint": f"{cache}.keras"}
    return {
        "ann": made(random_state=0, cache=cache).set_params(**quick),
        "checkpointed": made("tutorial", random_state=0).set_params(**quick, **checkpoint),
        "cnn": made("cnn", random_state=0).set_params(**quick, features__duration=1.0),
        "forest": made("tutorial", classifier="forest"),
        "svm": made("tutorial", classifier="svm"),
        "lda": made("speech", classifier="lda"),
        "search": GridSearchCV(
            made("tutorial", classifier="logistic", cache=cache), {"classifier__C": [0.1, 1.0]}, cv=2
        ),
        "augmented": AugmentedClassifier(made("tutorial", classifier="logistic"), [Gain(), Noise()], random_state=0),
        "vote": make_pipeline(
            MFCCTransformer(),
            SimpleImputer(),
            VotingClassifier(
                [
                    ("ann", ANNClassifier((8,), epochs=1)),
                    ("neighbours", KNeighborsClassifier()),
                    ("boosting", HistGradientBoostingClassifier(max_iter=3)),
                ],
                voting="soft",
            ),
        ),
        "stack": make_pipeline(
            MFCCTransformer(),
            SelectKBest(k=10),
            PCA(5),
            StackingClassifier(
                [("trees", ExtraTreesClassifier(5)), ("boosting", GradientBoostingClassifier(n_estimators=2))], cv=2
            ),
        ),
    }


@pytest.fixture(scope="module")
def fitted(dataset, tmp_path_factory):
    cache = tmp_path_factory.mktemp("secret-place") / "store.sqlite"
    return {name: model.fit(dataset.data, dataset.target) for name, model in _models(str(cache)).items()}


@pytest.fixture(scope="module")
def folder(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, model in fitted.items():
        before = pickle.dumps(model.get_params(deep=False)) if name == "ann" else None
        save(model, folder / f"{name}.skaudio")
        assert before is None or pickle.dumps(model.get_params(deep=False)) == before
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.skaudio" for name in fitted)
    return folder


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


# Changed files


def _members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _within(member, change):
    """Change a member that is a zip itself."""
    return lambda members: {**members, member: _zip(change(_members(members[member])))}


def _schema(change):
    def changed(inside):
        return {**inside, "schema.json": change(inside["schema.json"].decode()).encode()}

    return _within("model.skops", changed)


def _first_array(inside, content):
    name = next(name for name in inside if name.endswith(".npy"))
    return {**inside, name: content}


def _huge(array_like):
    header = str({"descr": "<f4", "fortran_order": False, "shape": array_like}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"1234"


SCALER = "sklearn.preprocessing._data"


class Evil:
    def __reduce__(self):
        return (print, ("code was run",))


CHANGES = {
    "no card": lambda m: {k: v for k, v in m.items() if k != "card.json"},
    "one more": lambda m: {**m, "more.txt": b""},
    "outside": lambda m: {**m, "../outside": b""},
    "absolute": lambda m: {**m, "/etc/outside": b""},
    "card is a list": lambda m: {**m, "card.json": b"[]"},
    "card is no JSON": lambda m: {**m, "card.json": b"{"},
    "card is deep": lambda m: {**m, "card.json": b'{"format":' + b"[" * 100_000 + b"]" * 100_000 + b"}"},
    "card of tomorrow": lambda m: {**m, "card.json": m["card.json"].replace(b'"format": 1', b'"format": 2')},
    "model is a pickle": lambda m: {**m, "model.skops": pickle.dumps(Evil())},
    "weights are a pickle": lambda m: {**m, "weights.npz": pickle.dumps(Evil())},
    "a pickle among the weights": _within("weights.npz", lambda i: _first_array(i, _npy(np.array([Evil()], object)))),
    "a pickle in the model": _within("model.skops", lambda i: _first_array(i, _npy(np.array([Evil()], object)))),
    "a huge shape of weights": _within("weights.npz", lambda i: _first_array(i, _huge((10**6, 10**6)))),
    "a huge shape in the model": _within("model.skops", lambda i: _first_array(i, _huge((10**12,)))),
    "an odd shape of weights": _within("weights.npz", lambda i: _first_array(i, _npy(np.zeros((3, 3), "f4")))),
    "weights of another type": _within("weights.npz", lambda i: _first_array(i, _npy(np.zeros((3, 3), "f8")))),
    "no weights": _within("weights.npz", lambda i: {}),
    "a strange member": _within("model.skops", lambda i: {**i, "run.py": b"print('code was run')"}),
    "no schema": _within("model.skops", lambda i: {k: v for k, v in i.items() if k != "schema.json"}),
    "a foreign type": _schema(lambda s: s.replace("StandardScaler", "Popen").replace(SCALER, "subprocess")),
    "a foreign function": _schema(lambda s: s.replace('"StandardScaler"', '"system"').replace(SCALER, "os")),
    "another network": _schema(lambda s: s.replace("dense", "banana")),
    "a wide network": _schema(lambda s: s.replace('"200"', '"1000000000"')),
    "a loader of another kind": _schema(lambda s: s.replace("ObjectNode", "FunctionNode", 1)),
    "a deep schema": _schema(lambda s: '{"a":' * 5000 + "1" + "}" * 5000),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_is_refused_and_runs_nothing(folder, tmp_path, capfd, name):
    content = (folder / "ann.skaudio").read_bytes()
    changed = tmp_path / "changed.skaudio"
    members = _members(content)
    spoilt = CHANGES[name](members)
    for each in ("model.skops", "weights.npz"):  # or nothing was changed
        if zipfile.is_zipfile(io.BytesIO(spoilt[each])) and _members(spoilt[each]) == _members(members[each]):
            spoilt[each] = members[each]
    assert spoilt != members
    changed.write_bytes(_zip(spoilt))
    with pytest.raises(ModelFileError):
        load(changed)
    assert "code was run" not in capfd.readouterr().out
    assert list(tmp_path.iterdir()) == [changed]


def test_bombs_links_and_what_was_cut_are_refused(folder, tmp_path):
    content = (folder / "ann.skaudio").read_bytes()
    bomb, twice, cut = (tmp_path / f"{name}.skaudio" for name in ("bomb", "twice", "cut"))
    bomb.write_bytes(_zip({**_members(content), "card.json": b" " * 50_000_000 + b"{}"}, zipfile.ZIP_DEFLATED))
    with pytest.raises(ModelFileError, match="compressed"):
        load(bomb)
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("card.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("card.json", "{}")
    with pytest.raises(ModelFileError, match="twice"):
        load(twice)
    for n in (0, 10, len(content) // 2, len(content) - 1):
        cut.write_bytes(content[:n])
        with pytest.raises(ModelFileError):
            load(cut)
    rng = np.random.default_rng(0)
    for _ in range(60):  # single bytes: refused by checksums, or harmless
        spoilt = bytearray(content)
        spoilt[rng.integers(len(spoilt))] ^= 1 << rng.integers(8)
        cut.write_bytes(bytes(spoilt))
        with contextlib.suppress(ModelFileError):
            load(cut)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.skaudio")


@pytest.mark.parametrize(
    ("field", "value"), [("left_child", 10**6), ("left_child", 0), ("right_child", -5), ("feature", 10**6)]
)
def test_a_tree_that_leads_out_of_itself_is_refused(folder, tmp_path, field, value):
    inside = _members(_members((folder / "forest.skaudio").read_bytes())["model.skops"])
    name = next(each for each, content in inside.items() if b"left_child" in content[:300] and each.endswith(".npy"))
    spoilt = np.load(io.BytesIO(inside[name]))
    spoilt[field][0] = value
    members = _members((folder / "forest.skaudio").read_bytes())
    changed = tmp_path / "changed.skaudio"
    changed.write_bytes(_zip({**members, "model.skops": _zip({**inside, name: _npy(spoilt)})}))
    with pytest.raises(ModelFileError, match=r"a branch of a tree|a tree asks for a feature"):
        load(changed)


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


def test_another_version_is_warned_of(folder, tmp_path):
    members = _members((folder / "svm.skaudio").read_bytes())
    card = json.loads(members["card.json"])
    card["versions"]["scikit-learn"] = "1.0"
    (tmp_path / "old.skaudio").write_bytes(_zip({**members, "card.json": json.dumps(card).encode()}))
    with pytest.warns(UserWarning, match=re.escape("was saved under scikit-learn 1.0, and is loaded under")):
        load(tmp_path / "old.skaudio")
