"""Tables of training, validation and test clips, and what a model trained on the first is worth on the last."""

import json

import numpy as np
import pandas as pd
import pytest
from running import skaudio_command, skaudio_commands
from sklearn.metrics import balanced_accuracy_score
from sklearn.naive_bayes import GaussianNB
from tables import touch

from skaudio import load, make_audio_pipeline, save
from skaudio.datasets import load_audio_table, make_urban_sounds
from skaudio.exceptions import DatasetError, LeakageWarning

COLUMNS = {"path_column": "path", "label_column": "label"}
SPLITS = {"train": ["a.wav", "b.wav", "c.wav", "d.wav"], "val": ["e.wav", "f.wav"], "test": ["x/g.wav", "x/h.wav"]}


@pytest.fixture
def root(tmp_path):
    for name, paths in SPLITS.items():
        touch(tmp_path, paths)
        pd.DataFrame({"path": paths, "label": ["dog", "cat"] * (len(paths) // 2)}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    return tmp_path


def test_tables_are_one_dataset_with_a_column_of_their_names(root):
    dataset = load_audio_table([root / f"{name}.csv" for name in SPLITS], **COLUMNS, fold_column="split")
    assert dataset.metadata["split"].tolist() == ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    assert dataset.data.tolist() == [str(root / path) for paths in SPLITS.values() for path in paths]
    assert list(dataset.folds) == dataset.metadata["split"].tolist()
    assert dataset.cv.get_n_splits() == 3
    with pytest.warns(LeakageWarning):
        assert load_audio_table([root / "train.csv", root / "val.csv"], **COLUMNS).folds is None


def test_tables_of_names_of_their_own_and_frames(root):
    frame = pd.DataFrame({"path": ["a.wav", "b.wav"], "label": ["dog", "cat"]})
    tables = {"seen": frame, "unseen": root / "test.csv"}
    dataset = load_audio_table(tables, **COLUMNS, fold_column="split", root=root)
    assert dataset.metadata["split"].tolist() == ["seen"] * 2 + ["unseen"] * 2


def test_tables_that_share_a_clip_are_refused(root):
    pd.DataFrame({"path": ["x/../a.wav"], "label": ["dog"]}).to_csv(root / "test.csv", index=False)
    with pytest.raises(DatasetError, match=r"a\.wav' stands in the tables 'train' and 'test'"):
        load_audio_table([root / "train.csv", root / "test.csv"], **COLUMNS)


def test_parts_of_one_recording_may_stand_in_several_tables(root):
    for name, start in (("train", 0), ("test", 5)):
        pd.DataFrame({"path": ["a.wav"] * 2, "label": ["dog", "cat"], "at": [start, start + 1]}).to_csv(
            root / f"{name}.csv", index=False
        )
    tables = [root / "train.csv", root / "test.csv"]
    dataset = load_audio_table(tables, **COLUMNS, offset_column="at", fold_column="split")
    assert [clip[1] for clip in dataset.data] == [0, 1, 5, 6]


@pytest.mark.parametrize(
    "tables, error, says",
    [
        ([], DatasetError, "no tables"),
        ({}, DatasetError, "no tables"),
        ([pd.DataFrame()], TypeError, "holds a DataFrame.*name: frame"),
        ({"a": 3}, TypeError, "'a' is a int"),
        (["x/a.csv", "y/a.csv"], DatasetError, "two of the tables are called 'a'"),
        (["no/such.csv"], DatasetError, "no/such.csv"),
        ({"a": pd.DataFrame({"path": ["a.wav"]})}, DatasetError, "'a' has no column 'label'"),
    ],
)
def test_what_are_no_tables_is_refused(tables, error, says):
    with pytest.raises(error, match=says):
        load_audio_table(tables, **COLUMNS)


# skaudio score


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A working directory with train.csv, test.csv and a model of the former."""
    folder = tmp_path_factory.mktemp("score")
    dataset = make_urban_sounds(folder / "urban", n_per_class=6)
    table = pd.DataFrame({"path": dataset.data, "label": dataset.target, "group": dataset.groups})
    rows = np.arange(60) % 3 == 2
    table[~rows].to_csv(folder / "train.csv", index=False)
    table[rows].iloc[:17].to_csv(folder / "test.csv", index=False)
    model = make_audio_pipeline(classifier=GaussianNB()).fit(table["path"][~rows], table["label"][~rows])
    save(model, folder / "model.skaudio")
    return folder


@pytest.mark.slow
def test_score_says_what_a_model_is_worth_as_json_as_text_and_as_files(work):
    commands = [
        ["score", "model.skaudio", "test.csv", "--json", "-o", "predictions.csv", "--figure", "confusion.png"],
        ["score", "model.skaudio", "test.csv"],
    ]
    as_json, as_text = skaudio_commands(commands, cwd=work)
    assert (as_json.returncode, as_json.stderr) == (0, "")
    result = json.loads(as_json.stdout)
    model, test = load(work / "model.skaudio"), pd.read_csv(work / "test.csv")
    predicted = model.predict(test["path"].tolist())
    assert result["n_clips"] == 17
    assert result["accuracy"] == pytest.approx((predicted == test["label"]).mean())
    assert result["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(test["label"], predicted))
    assert result["interval"][0] <= result["accuracy"] <= result["interval"][1]
    assert result["n_groups"] == test["group"].nunique()
    assert sum(values["support"] for values in result["classes"].values()) == 17
    assert result["failures"] == []
    table = pd.read_csv(work / "predictions.csv")
    assert table["predicted"].tolist() == predicted.tolist()
    assert table["label"].tolist() == test["label"].tolist()
    shares = table[[f"p_{name}" for name in model.classes_]].to_numpy()
    np.testing.assert_allclose(shares, model.predict_proba(test["path"].tolist()), atol=1e-6)
    assert (work / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert f"accuracy {result['accuracy']:.3f} on 17 clips" in as_text.stdout
    assert f"balanced accuracy {result['balanced_accuracy']:.3f}" in as_text.stdout


@pytest.mark.slow
def test_score_of_what_cannot_be_read_or_is_not_known(work, tmp_path):
    test = pd.read_csv(work / "test.csv")
    (tmp_path / "empty.wav").touch()
    test.loc[3, "path"] = str(tmp_path / "empty.wav")
    test.to_csv(tmp_path / "broken.csv", index=False)
    test.assign(label="whale").to_csv(tmp_path / "other.csv", index=False)
    model = work / "model.skaudio"
    done = skaudio_command("score", model, "broken.csv", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty.wav': the file is empty" in done.stderr
    done = skaudio_command("score", model, "broken.csv", "--json", "--on-error", "skip", cwd=tmp_path)
    assert done.returncode == 3
    result = json.loads(done.stdout)
    assert result["n_clips"] == 16
    assert [failure["path"] for failure in result["failures"]] == [str(tmp_path / "empty.wav")]
    done = skaudio_command("score", model, "other.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "classes that the model does not know: whale; it knows air_conditioner" in done.stderr
