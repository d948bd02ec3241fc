"""Groups that a dataset does not tell, and that are inferred of its sounds."""

import warnings

import numpy as np
import pandas as pd
import pytest
from alike import RATE, encoded, sound

from skaudio.datasets import load_audio_folder, load_audio_table, load_dataset
from skaudio.exceptions import DatasetError, LeakageWarning
from skaudio.model_selection import check_leakage

CUTS = (0.0, 1.5, 3.0)  # seconds at which cuts of 3 s of a recording begin


@pytest.fixture
def cuts(tmp_path):
    """Cuts of four recordings a class, in the folders of two classes."""
    for label, first in (("dog", 0), ("siren", 4)):
        (tmp_path / label).mkdir()
        for seed in range(first, first + 4):
            recording = sound(seed, 6.0)
            for k, start in enumerate(CUTS):
                cut = recording[int(start * RATE) : int((start + 3) * RATE)]
                (tmp_path / label / f"{seed}_{k}.wav").write_bytes(encoded(cut))
    return tmp_path


def recordings(dataset):
    return [path.rpartition("/")[2][0] for path in dataset.metadata["path"]]


def loaded(load, *arguments, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is to be warned of: groups are there
        return load(*arguments, groups="infer", **parameters)


@pytest.mark.parametrize("load", [load_audio_folder, load_dataset])
def test_cuts_of_one_recording_stay_in_one_fold(cuts, load):
    with pytest.warns(LeakageWarning, match="groups='infer', or --groups infer"):
        plain = load(cuts)
    assert plain.groups is None
    with pytest.warns(LeakageWarning):
        assert check_leakage(plain.cv, plain.data, groups=recordings(plain))["n_shared"].sum() > 0
    dataset = loaded(load, cuts, n_jobs=2)
    assert pd.factorize(dataset.groups)[0].tolist() == pd.factorize(np.asarray(recordings(dataset)))[0].tolist()
    assert check_leakage(dataset.cv, dataset.data, groups=recordings(dataset))["n_shared"].sum() == 0
    assert "Its groups are inferred: 24 of 24 clips" in dataset.DESCR
    assert dataset.groups.dtype.kind == "i"


def test_groups_of_a_table_are_inferred_too(cuts):
    paths = sorted(cuts.glob("*/*.wav"))
    table = pd.DataFrame({"path": paths, "label": [path.parent.name for path in paths]})
    dataset = loaded(load_audio_table, table, path_column="path", label_column="label", verbose=0)
    assert len(np.unique(dataset.groups)) == 8
    table.to_csv(cuts / "table.csv", index=False)
    assert loaded(load_dataset, cuts / "table.csv").groups.tolist() == dataset.groups.tolist()


def test_folds_that_it_has_stay(cuts):
    for k, path in enumerate(sorted(cuts.glob("*/*.wav"))):
        folder = cuts / "folds" / f"fold{k % 2 + 1}" / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    dataset = loaded(load_audio_folder, cuts / "folds")
    assert sorted(set(dataset.folds)) == [1, 2]
    assert len(np.unique(dataset.groups)) == 8
    with pytest.warns(LeakageWarning):
        assert check_leakage(dataset.cv, dataset.data, groups=dataset.groups)["share"].min() > 0


def test_groups_that_it_tells_are_not_inferred(cuts):
    with pytest.raises(DatasetError, match="tells the groups, in 'group'"):
        load_audio_folder(cuts, pattern="{group}_{n}", groups="infer")
    table = pd.DataFrame({"path": sorted(cuts.glob("*/*.wav"))}).assign(label="dog", day=1)
    with pytest.raises(DatasetError, match="tells the groups, in 'day'"):
        load_audio_table(table, path_column="path", label_column="label", group_column="day", groups="infer")


def test_a_layout_that_tells_them_is_refused(esc10):
    with pytest.raises(DatasetError, match="tells which clips are of one recording"):
        load_dataset(esc10, groups="infer")


@pytest.mark.parametrize("groups", ["guess", [1, 2], True])
@pytest.mark.parametrize("load", [load_audio_folder, load_dataset])
def test_anything_else_is_refused(cuts, load, groups):
    with pytest.raises(ValueError, match="must be None or 'infer'"):
        load(cuts, groups=groups)
