"""What is said of sounds: tags, labels, predictions and words; and how it leaves a library."""

import os
import sqlite3
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sounds import hiss, tone, write

from skaudio import MFCCTransformer, load_audio, make_audio_pipeline
from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError, LibraryError
from skaudio.library import SoundLibrary, parse_ucs_name


@pytest.fixture
def library(tmp_path):
    for k in range(4):
        write(tmp_path / "s" / "animals" / f"DOGBark_Angry-{k}_JD_YARD.wav", tone(300 * (k + 1), seed=k))
        write(tmp_path / "s" / "weather" / f"windGust{k:02}.wav", hiss(seed=k))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    return library


def _names(table):
    return [os.path.basename(path) for path in table["path"]]


@pytest.mark.parametrize("words", ["wind", "gust", "WINDGUST", "windgust00 gust", "weather", "gusts", "win weath"])
def test_words_are_found_in_names_and_folders(library, words):
    found = library.search_text(words, by_content=False)
    assert found["by_words"].all()
    assert all("wind" in name for name in _names(found))
    assert len(found) == (1 if "00" in words else 4)


def test_what_words_do_not_find_is_found_by_what_it_sounds_like(library):
    library.tag(library.sounds["id"].iloc[-1], "storm")
    assert len(library.search_text("storm", by_content=False)) == 1
    found = library.search_text("storm", k=4)
    assert found["by_words"].tolist() == [True, False, False, False]
    assert all("wind" in name for name in _names(found))
    assert library.search_text("nothing of that").empty


def test_words_and_a_clip_together(library):
    found = library.search_text("wind", clip=tone(300), k=8)
    assert sum(found["by_words"]) == 4
    assert found["by_words"][0]


@pytest.mark.parametrize("words", ['"', "AND", "wind OR", "NEAR(", "*", "-", "wind*"])
def test_words_are_words_and_no_language(library, words):
    if any(each.isalnum() for each in words):
        library.search_text(words)
    else:
        with pytest.raises(ValueError, match="no word"):
            library.search_text(words)


def test_ucs_names(library, tmp_path):
    assert parse_ucs_name("DOGBark_Angry-1_JD_YARD_x_y.wav").user_data == "x_y"
    assert parse_ucs_name("AMBUrbn-EXT_Street at Night_AB_NONE.wav").user_category == "EXT"
    for other in ("dog_bark_a_b.wav", "DOG_bark_a_b.wav", "DOGBark_a_b.wav", "DOGBark__a_b.wav", "1-100-A-3.wav"):
        assert parse_ucs_name(other) is None
    assert set(library.sounds["category"].dropna()) == {"DOGBark"}
    table = pd.DataFrame(
        {"Category": ["ANIMALS"], "SubCategory": ["DOG"], "CatID": ["DOGBark"], "Explanations": ["woofing hounds"]}
    )
    table.to_csv(tmp_path / "ucs.csv", index=False)
    assert library.load_categories(tmp_path / "ucs.csv") == 1
    assert len(library.search_text("woof", by_content=False)) == 4
    table.assign(CatID="CATMeow").to_csv(tmp_path / "ucs.csv", index=False)
    library.load_categories(tmp_path / "ucs.csv")
    assert library.sounds["category"].isna().all()
    (tmp_path / "ucs.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LibraryError, match="CatID, Category and SubCategory, and this one has a, b"):
        library.load_categories(tmp_path / "ucs.csv")


def test_tags(library):
    path = library.sounds["path"][0]
    assert library.tag([1, path, 2], " loud ") == 2
    assert library.tag(1, "loud") == 0
    assert library.sounds["tags"].tolist()[:3] == [("loud",), ("loud",), ()]
    assert library.tag(library.search(1, tags="loud"), "found") == 1
    assert library.tag(1, "loud", remove=True) == 1
    assert library.info()["tags"] == 2
    with pytest.raises(ValueError, match="not empty"):
        library.tag(1, " ")
    with pytest.raises(LibraryError, match="no sound 99"):
        library.tag([1, 99], "x")
    assert "x" not in {tag for tags in library.sounds["tags"] for tag in tags}  # all or none


def test_labels_are_a_log_of_which_the_last_word_counts(library):
    library.label([1, 2], "dog", who="ann")
    library.label(2, "dog", "negative", who="bob")
    library.label(3, "dog", "unsure")
    library.label(4, "cat")
    library.label(4, "cat", "withdrawn")
    table = library.labels
    assert table[["sound", "label", "verdict", "who"]].values.tolist()[:2] == [
        [1, "dog", "positive", "ann"],
        [2, "dog", "negative", "bob"],
    ]
    assert table["sound"].tolist() == [1, 2, 3]
    assert library.sounds["label"].tolist()[:4] == ["dog", None, None, None]
    assert len(library.search_text("dog", by_content=False, where={"label": "dog"})) == 1
    connection = sqlite3.connect(library.path)
    assert connection.execute("SELECT count(*) FROM labels").fetchone() == (6,)
    connection.close()
    with pytest.raises(ValueError, match="verdict='maybe'"):
        library.label(1, "dog", "maybe")


def test_a_dataset_of_what_was_said(library):
    with pytest.raises(DatasetError, match="no sound"):
        library.dataset()
    library.label([1, 2], "dog")
    library.label([5, 6, 7], "wind")
    dataset = library.dataset()
    assert dataset.target.tolist() == ["dog"] * 2 + ["wind"] * 3
    assert dataset.metadata["id"].tolist() == [1, 2, 5, 6, 7]
    assert len(set(dataset.groups)) == 5
    pipeline = make_audio_pipeline("tutorial", classifier="logistic")
    assert len(cross_val_score(pipeline, dataset.data, dataset.target, cv=dataset.cv)) == 2
    assert list(library.dataset("weak_label").target_names) == ["animals", "weather"]
    assert library.dataset({1: "x", 2: "y"}).target.tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="labels='colour'"):
        library.dataset("colour")


def test_a_dataset_of_parts_has_segments(tmp_path):
    path = write(tmp_path / "s" / "long.wav", np.concatenate([tone(300, 1.0), hiss(1.0)]))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)
    library.update(tmp_path / "s")
    library.label([1], "tone")
    library.label([2], "noise")
    dataset = library.dataset()
    assert list(dataset.data) == [(path, 0.0, 1.0), (path, 1.0, 1.0)]
    assert dataset.groups[0] == dataset.groups[1]
    np.testing.assert_allclose(MFCCTransformer().transform(dataset.data), library.vectors, atol=1e-3)
    assert library.labels[["start", "end"]].values.tolist() == [[0, 1], [1, 2]]


def test_predictions_can_be_found_and_filtered_by(library):
    target = library.sounds["weak_label"]
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(library.vectors, target)
    table = library.predict(classifier)
    np.testing.assert_allclose(table["probability"], classifier.predict_proba(library.vectors).max(axis=1))
    assert library.sounds["predicted"].tolist() == target.tolist()
    assert len(library.search(1, k=9, where={"predicted": "weather", "probability": (0.5, None)})) == 4
    pipeline = make_audio_pipeline("tutorial", classifier="logistic").fit(library.sounds["path"], target)
    assert library.predict(pipeline)["predicted"].tolist() == target.tolist()
    with pytest.raises(ValueError, match="a classifier of those"):
        library.predict(make_audio_pipeline("speech", classifier="logistic"))
    with pytest.raises(ValueError, match="no probabilities"):
        library.predict(StandardScaler())


def test_content_that_changes_is_predicted_anew(library, tmp_path):
    target = library.sounds["weak_label"]
    library.predict(LogisticRegression().fit(library.vectors, target))
    write(tmp_path / "s" / "weather" / "windGust00.wav", tone(440))
    library.update()
    assert library.sounds["predicted"].isna().sum() == 1


def test_duplicates(library, tmp_path):
    assert library.duplicates().empty
    first = library.sounds["path"][0]
    samples, _ = load_audio(first, sample_rate=None)
    write(tmp_path / "s" / "quieter.wav", 0.5 * samples)
    (tmp_path / "s" / "copy.wav").write_bytes(Path(first).read_bytes())
    library.update()
    assert _names(library.duplicates(by="content")) == [os.path.basename(first), "copy.wav"]
    assert {"copy.wav", "quieter.wav"} < set(_names(library.duplicates(by="fingerprint")))
    assert set(_names(library.duplicates())) >= {os.path.basename(first), "copy.wav"}
    with pytest.raises(ValueError, match="by='sound'"):
        library.duplicates(by="sound")
    with pytest.raises(ValueError, match="threshold"):
        library.duplicates(threshold=2)
    with pytest.raises(ValueError, match="equal or not"):
        library.duplicates(by="content", threshold=0.5)


def test_a_map_puts_what_is_alike_together(library):
    places = library.map(method="pca")
    assert places["id"].tolist() == library.sounds["id"].tolist()
    assert places[["x", "y"]].abs().max().max() == pytest.approx(1)
    groups = places[["x", "y"]].groupby(library.sounds["weak_label"])
    apart = np.linalg.norm(groups.mean().diff().iloc[1])
    assert apart > groups.std().max().max()
    assert places.equals(library.map(method="pca"))
    with pytest.raises(ValueError, match="method='tsne'"):
        library.map(method="tsne")


def test_export(library, tmp_path):
    library.tag(1, "a")
    library.tag(1, "b")
    assert library.export(tmp_path / "all.csv") == 8
    table = pd.read_csv(tmp_path / "all.csv")
    assert table["tags"][0] == "a; b"
    assert (
        load_audio_table(tmp_path / "all.csv", path_column="path", label_column="recording").data[0] == table["path"][0]
    )
    assert library.export(tmp_path / "some.m3u", [3, 1]) == 2
    lines = (tmp_path / "some.m3u").read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[2::2] == [library.sounds["path"][2], library.sounds["path"][0]]
    found = library.search(1, k=2)
    assert library.export(tmp_path / "copies", found) == 2
    assert library.export(tmp_path / "copies", found) == 2  # which overwrites nothing
    assert len(list((tmp_path / "copies").iterdir())) == 4
    original = Path(found["path"][0]).read_bytes()
    stem = os.path.basename(found["path"][0]).removesuffix(".wav")
    assert (tmp_path / "copies" / f"{stem} (2).wav").read_bytes() == original
    with pytest.raises(ValueError, match=r"'.xlsx'"):
        library.export(tmp_path / "x.xlsx")
    with pytest.raises(LibraryError, match="no sound 99"):
        library.export(tmp_path / "x.csv", [99])
    with pytest.raises(OSError, match="no folder"):
        library.export(tmp_path / "nowhere" / "x.csv")


@pytest.mark.parametrize("words", ["barking", "barkin", "barki", "bark", "b"])
def test_of_a_word_its_beginning_is_enough(tmp_path, words):
    write(tmp_path / "s" / "barking.wav", tone(300))
    write(tmp_path / "s" / unicodedata.normalize("NFD", "e\u0301cole.wav"), tone(400))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    assert len(library.search_text(words, by_content=False)) == 1
    for form in ("NFC", "NFD"):
        assert len(library.search_text(unicodedata.normalize(form, "\u00e9cole"), by_content=False)) == 1


def test_words_of_one_part_are_of_that_part(tmp_path):
    write(tmp_path / "s" / "long.wav", hiss(12))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)
    library.update(tmp_path / "s")
    library.tag([10], "owl")
    found = library.search_text("owl", k=5)
    assert found["id"][0] == 10
    assert found["by_words"].tolist() == [True] + [False] * 4


def test_a_long_file_does_not_take_the_places_of_others(tmp_path):
    write(tmp_path / "s" / "dog.wav", hiss(30))
    for k in range(4):
        write(tmp_path / "s" / f"dog of my neighbour in the yard {k}.wav", tone(300 + k))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=0.1)
    library.update(tmp_path / "s")
    assert len(library.search_text("dog", k=5, per_recording=1)) == 5


def test_a_table_of_categories_decides(tmp_path):
    write(tmp_path / "s" / "WHSH_Fast_JD_LIB.wav", tone(300))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    (tmp_path / "c.csv").write_text("CatID,Category,SubCategory\nWHSH,SWOOSHES,WHOOSH\n")
    library.load_categories(tmp_path / "c.csv")
    assert library.sounds["category"].tolist() == ["WHSH"]
    assert len(library.search_text("swoosh", by_content=False)) == 1


@pytest.mark.parametrize(
    "arguments", [{"sounds": 1.5}, {"where": "x"}, {"where": {"label": 3}}, {"sounds": [None]}, {"exclude": 1.5}]
)
def test_what_is_no_sound_and_no_condition_is_refused(library, arguments):
    with pytest.raises(ValueError, match=r"sound|where"):
        library.select(**arguments)


def test_a_weight_that_is_no_number_is_refused(library):
    with pytest.raises(ValueError, match="must be a number"):
        library.search(1, weights={"features": "a"})
