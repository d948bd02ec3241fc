"""What a dataset shows of itself."""

import pickle

import numpy as np
import pandas as pd
import pytest
import soundfile
from folders import write_files
from sklearn.utils import Bunch

from skaudio.datasets import AudioDataset, load_audio_folder, load_audio_table, make_urban_sounds, select_clips
from skaudio.exceptions import LeakageWarning


@pytest.fixture
def dataset(tmp_path):
    return make_urban_sounds(tmp_path / "data", n_per_class=3)


def test_a_dataset_is_a_bunch_whose_repr_is_a_card(dataset):
    assert isinstance(dataset, Bunch)
    n_groups = len(set(dataset.groups))
    assert repr(dataset).splitlines() == [
        "30 clips of 10 classes",
        "classes " + ", ".join(f"{name} 3" for name in dataset.target_names),
        "folds   10, its own, of 3 clips",
        f"groups  {n_groups}",
    ]
    assert str(dataset) == repr(dataset)
    assert dataset.DESCR.endswith("\n\n" + repr(dataset))
    assert "Synthetic" in dataset.DESCR
    assert "<td>30 clips of 10 classes</td>" in dataset._repr_html_()


def test_a_card_says_what_is_missing_and_what_is_made(tmp_path):
    write_files(
        tmp_path, *(f"{label}/{n}.wav" for label in ("dog", "cat") for n in range(5)), "d<b>g/1.wav", "d<b>g/2.wav"
    )
    with pytest.warns(LeakageWarning):
        folder = load_audio_folder(tmp_path)
    assert "folds   2, made by class, of 6 clips" in repr(folder)
    assert "groups  unknown" in repr(folder)
    assert "d&lt;b&gt;g" in folder._repr_html_()
    table = pd.DataFrame({"path": folder.data, "label": folder.target, "day": np.arange(12) // 2, "at": 1.0})
    table.loc[3, "path"] = "nowhere.wav"
    columns = {"path_column": "path", "label_column": "label", "group_column": "day"}
    with pytest.warns(UserWarning, match="1 of 12"):
        loaded = load_audio_table(table, **columns, missing="drop")
    assert "missing 1 files that its table lists, left out" in repr(loaded)
    assert ", each group in one, of" in repr(loaded)
    table["path"] = folder.data[0]
    table["at"] = np.arange(12.0)
    table["label"] = "a"
    segments = load_audio_table(table, **columns, offset_column="at")
    assert repr(segments).startswith("12 clips in 1 files of 1 classes")
    assert "missing" not in repr(segments)


def test_many_classes_are_counted(tmp_path):
    write_files(tmp_path, *(f"c{k:02d}/{n}.wav" for k in range(50) for n in range(2)))
    with pytest.warns(LeakageWarning):
        dataset = load_audio_folder(tmp_path)
    assert "c11 2, and 38 more" in repr(dataset)
    assert len(repr(dataset)) < 400


def test_a_dataset_survives_pickling_and_a_part_of_it_counts_its_own(dataset):
    copy = pickle.loads(pickle.dumps(dataset))
    assert type(copy) is AudioDataset
    assert repr(copy) == repr(dataset)
    part = select_clips(dataset, np.arange(6))
    assert repr(part).startswith("6 clips of 2 classes")
    assert part.DESCR.endswith("\n\n" + repr(part))
    assert "30 clips" not in part.DESCR


def test_a_clip_can_be_listened_to(dataset):
    display = pytest.importorskip("IPython.display")
    player = dataset.listen(4)
    assert isinstance(player, display.Audio)
    with soundfile.SoundFile(dataset.data[4]) as file:
        assert int.from_bytes(player.data[24:28], "little") == file.samplerate


def test_without_ipython_a_player_says_what_to_install(dataset, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "IPython.display", None)
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(ImportError, match="pip install ipython"):
        dataset.listen(0)
