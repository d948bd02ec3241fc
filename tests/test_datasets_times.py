"""Tables of events: where in its file each clip starts and ends, by columns of any name."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from skaudio import MFCCTransformer
from skaudio.datasets import load_audio_table, load_dataset
from skaudio.exceptions import DatasetError

pytestmark = pytest.mark.filterwarnings("ignore:it has neither folds nor groups")

EVENTS = [
    ("a.wav", 0.0, 0.5, "dog"),
    ("a.wav", 0.5, 1.5, "siren"),
    ("b.wav", 0.25, 0.75, "dog"),
    ("b.wav", 1.0, 2.0, "siren"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    for name in ("a.wav", "b.wav"):
        soundfile.write(folder / name, np.random.default_rng(0).uniform(-0.5, 0.5, 16000), 8000)
    return folder


def segments(folder, events=EVENTS):
    return [(str(folder / name), start, end - start) for name, start, end, _ in events]


@pytest.mark.parametrize(
    "start, end",
    [
        ("start", "end"),
        ("onset", "offset"),
        ("begin", "end"),
        ("Start", "End"),
        ("start_time", "end_time"),
        ("Begin Time (s)", "End Time (s)"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt"])
def test_times_of_common_names_are_found(folder, start, end, suffix):
    table = pd.DataFrame(EVENTS, columns=["file", start, end, "label"])
    path = folder / f"events{suffix}"
    table.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    dataset = load_dataset(path)
    assert list(dataset.data) == segments(folder)
    assert dataset.target.tolist() == ["dog", "siren", "dog", "siren"]
    assert dataset.metadata["path"].tolist() == [path for path, _, _ in segments(folder)]
    assert MFCCTransformer().transform(dataset.data).shape == (4, 40)


@pytest.mark.parametrize("start", ["onset", "start", "offset"])
def test_a_duration_is_found_beside_a_start(folder, start):
    table = pd.DataFrame([(n, s, e - s, c) for n, s, e, c in EVENTS], columns=["path", start, "duration", "class"])
    table.to_csv(folder / "durations.csv", index=False)
    assert list(load_dataset(folder / "durations.csv").data) == segments(folder)


def test_ends_by_name(folder):
    table = pd.DataFrame(EVENTS, columns=["f", "s", "e", "c"])
    columns = {"path_column": "f", "label_column": "c", "root": folder}
    dataset = load_audio_table(table, offset_column="s", end_column="e", **columns)
    assert list(dataset.data) == segments(folder)
    # From the beginning of the file, where no start is named.
    assert list(load_audio_table(table[:1], end_column="e", **columns).data) == [(str(folder / "a.wav"), 0.0, 0.5)]
    with pytest.raises(ValueError, match="duration_column and end_column both say"):
        load_audio_table(table, offset_column="s", end_column="e", duration_column="e", **columns)


@pytest.mark.parametrize("column", ["end_column", "duration_column"])
def test_a_gap_is_the_end_of_the_file(folder, column):
    table = pd.DataFrame([("a.wav", 0.5, None, "dog"), ("b.wav", 1.0, 1.5, "siren")], columns=["f", "s", "e", "c"])
    dataset = load_audio_table(
        table, path_column="f", label_column="c", offset_column="s", root=folder, **{column: "e"}
    )
    assert dataset.data[0] == (str(folder / "a.wav"), 0.5, None)
    assert dataset.data[1][2] == (0.5 if column == "end_column" else 1.5)


@pytest.mark.parametrize(
    "row, words",
    [
        (("a.wav", 1.0, 0.5, "dog"), r"row 1 starts at 1 s and ends at 0\.5 s"),
        (("a.wav", 1.0, 1.0, "dog"), r"row 1 starts at 1 s and ends at 1 s"),
        (("a.wav", -1.0, 1.0, "dog"), r"row 1 starts at -1 s"),
        (("a.wav", "soon", 1.0, "dog"), r"'s' that are no numbers"),
    ],
)
def test_times_that_cannot_be_are_named(folder, row, words):
    table = pd.DataFrame([EVENTS[0], row], columns=["f", "s", "e", "c"])
    with pytest.raises(DatasetError, match=words):
        load_audio_table(table, path_column="f", label_column="c", offset_column="s", end_column="e", root=folder)


def test_one_file_of_several_labels_needs_times(folder):
    table = pd.DataFrame(EVENTS, columns=["f", "s", "e", "c"])
    columns = {"path_column": "f", "label_column": "c", "root": folder}
    words = r"'a\.wav' stands in rows of different labels, 'dog' and 'siren'; name the columns of its times"
    with pytest.raises(DatasetError, match=words):
        load_audio_table(table, **columns)
    table.columns = ["file", "where", "until", "label"]
    table.to_csv(folder / "unnamed.csv", index=False)
    with pytest.raises(DatasetError, match=words):
        load_dataset(folder / "unnamed.csv")
    with pytest.raises(DatasetError, match="different labels, 'dog' and 'siren'; a clip has one label"):
        load_audio_table(
            pd.DataFrame([EVENTS[0], (*EVENTS[0][:3], "siren")], columns=["f", "s", "e", "c"]),
            offset_column="s",
            end_column="e",
            **columns,
        )
    same = pd.DataFrame([("a.wav", "dog"), ("a.wav", "dog"), ("b.wav", "siren")], columns=["f", "c"])
    with pytest.warns(UserWarning, match="1 of the 3 rows of the frame repeat a clip of a row above; all are kept"):
        assert len(load_audio_table(same, **columns).data) == 3


def test_the_times_of_urbansound8k_are_those_of_the_recording(folder):
    table = pd.DataFrame(
        [("a.wav", 1, 59.5, 63.5, 1, "dog"), ("b.wav", 2, 3.0, 7.0, 2, "siren")],
        columns=["slice_file_name", "fsID", "start", "end", "fold", "class"],
    )
    table.to_csv(folder / "UrbanSound8K.csv", index=False)
    assert list(load_dataset(folder / "UrbanSound8K.csv").data) == [str(folder / "a.wav"), str(folder / "b.wav")]


def test_audacitys_labels_belong_to_the_sound_of_their_name(folder):
    (folder / "a.txt").write_text("0.0\t0.5\tdog\n\\\t100.0\t2000.0\n0.5\t1.5\tsiren\n1.5\t1.5\tdog\n")
    dataset = load_dataset(folder / "a.txt")
    path = str(folder / "a.wav")
    assert list(dataset.data) == [(path, 0.0, 0.5), (path, 0.5, 1.0), (path, 1.5, None)]
    assert dataset.target.tolist() == ["dog", "siren", "dog"]
    (folder / "c.txt").write_text("0.0\t0.5\tdog\n")
    with pytest.raises(DatasetError, match=r"label track of Audacity.*c\.wav"):
        load_dataset(folder / "c.txt")
