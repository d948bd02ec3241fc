"""A library opens with what it was made with, and what is no library is refused."""

import os
import pickle
import sqlite3

import pytest
from hearing import folder, library  # noqa: F401 - fixtures
from sounds import tone, write

from skaudio import MFCCTransformer
from skaudio.exceptions import LibraryError
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.library import SoundLibrary


def test_a_library_opens_with_what_it_was_made_with(tmp_path, library):
    assert SoundLibrary(library.path).features.get_params()["n_mfcc"] == 40
    with pytest.raises(LibraryError, match="holds vectors of other features"):
        SoundLibrary(library.path, features="strong")
    with pytest.raises(LibraryError, match="window=30"):
        SoundLibrary(library.path, window=5)
    union = AudioFeatureUnion([("a", MFCCTransformer(n_mfcc=13, window=("kaiser", 8.0))), ("b", LogMelTransformer())])
    made = SoundLibrary(tmp_path / "b.library", features=union)
    again = SoundLibrary(tmp_path / "b.library", features=union)
    assert again.features.get_feature_names_out().tolist() == union.get_feature_names_out().tolist()
    assert repr(again.features) == repr(made.features)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ("cnn", "'strong'"),
        (LogMelTransformer(statistics=None, duration=1.0), "gives sequences"),
        (3, "no transformer"),
        (MFCCTransformer(n_mfcc=0), "n_mfcc"),
    ],
)
def test_features_that_are_none_are_refused(tmp_path, features, message):
    with pytest.raises(ValueError, match=message):
        SoundLibrary(tmp_path / "a.library", features=features)


def test_files_that_are_no_library_are_refused(tmp_path):
    (tmp_path / "text").write_text("hello, this is a text and no database at all")
    with pytest.raises(LibraryError, match="no library of sounds"):
        SoundLibrary(tmp_path / "text")
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(LibraryError, match="something else"):
        SoundLibrary(tmp_path / "other.db")
    with pytest.raises(LibraryError, match="no folder"):
        SoundLibrary(tmp_path / "nowhere" / "a.library")


def test_a_library_of_a_newer_version_is_refused(library):
    connection = sqlite3.connect(library.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="newer skaudio"):
        SoundLibrary(library.path)


def test_a_library_can_be_pickled_and_is_seen_to_change_by_others(library, folder):
    other = pickle.loads(pickle.dumps(library))
    assert len(other.search(tone(300), k=10)) == 6
    write(folder / "new.wav", tone(1000))
    library.update()
    assert len(other.search(tone(300), k=10)) == 7


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_library_that_cannot_be_written_can_be_searched(library):
    os.chmod(library.path, 0o444)
    assert len(SoundLibrary(library.path).search(tone(300), k=3)) == 3
