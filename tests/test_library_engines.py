"""Engines that keep the points elsewhere find what the search in memory finds."""

import os
import pickle

import numpy as np
import pytest
from sounds import hiss, tone, write

from skaudio.exceptions import LibraryError
from skaudio.library import QdrantEngine, SoundLibrary, UsearchEngine


class _Plain:
    """The protocol and nothing else."""

    def __init__(self):
        self.points, self.payloads, self.n_added = {}, {}, 0

    def __repr__(self):
        return "plain"

    def add(self, ids, points, payloads):
        self.n_added += len(ids)
        self.points.update(zip(ids.tolist(), points))
        self.payloads.update(zip(ids.tolist(), payloads))

    def remove(self, ids):
        for each in ids.tolist():
            self.points.pop(each, None)

    def query(self, point, k, ids=None):
        scores = {each: float(p @ point) for each, p in self.points.items() if ids is None or each in ids}
        best = sorted(scores, key=lambda each: -scores[each])[:k]
        return np.array(best, np.int64), np.array([scores[each] for each in best], np.float32)


def _qdrant(tmp_path):
    client = pytest.importorskip("qdrant_client").QdrantClient(":memory:")
    return QdrantEngine(client)


def _usearch(tmp_path):
    pytest.importorskip("usearch")
    return UsearchEngine(tmp_path / "a.usearch")


@pytest.fixture
def folder(tmp_path):
    for k in range(10):
        write(tmp_path / "s" / f"tone{k}.wav", tone(200 * (k + 1), seed=k))
        write(tmp_path / "s" / f"hiss{k}.wav", hiss(seed=k, level=0.01 * (k + 1)))
    return tmp_path / "s"


@pytest.mark.parametrize("make", [_qdrant, _usearch, lambda _: _Plain()], ids=["qdrant", "usearch", "plain"])
def test_an_engine_follows_the_library(tmp_path, folder, make):
    engine = make(tmp_path)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    library.update(folder)

    def check():
        here = SoundLibrary(tmp_path / "a.library")
        for query in (tone(500), hiss(level=0.03), 3):
            expected, found = here.search(query, k=7), library.search(query, k=7)
            assert found["id"].tolist() == expected["id"].tolist()
            np.testing.assert_allclose(found["similarity"], expected["similarity"], atol=1e-5)
        some = {"path": "*tone*"}
        assert (
            library.search(tone(500), 3, where=some)["id"].tolist()
            == here.search(tone(500), 3, where=some)["id"].tolist()
        )
        assert not set(library.search(3, k=99)["id"]) - set(library.sounds["id"])

    check()
    os.rename(folder / "tone0.wav", folder / "renamed.wav")
    (folder / "tone1.wav").unlink()
    write(folder / "tone2.wav", hiss(seed=77))
    write(folder / "new.wav", tone(5000))
    library.update()
    found = library.search(tone(400), k=99)  # in the space that was made of the first sounds
    assert set(found["id"]) == set(library.sounds["id"])
    assert len(found) == 20


@pytest.mark.parametrize("make", [_qdrant, _usearch, lambda _: _Plain()], ids=["qdrant", "usearch", "plain"])
def test_an_engine_is_given_what_has_changed_and_no_more(tmp_path, folder, make, monkeypatch):
    engine = make(tmp_path)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    library.update(folder)
    added, add = [], engine.add
    monkeypatch.setattr(engine, "add", lambda ids, *rest: added.extend(ids.tolist()) or add(ids, *rest))
    by_path = library.sounds.set_index("path")["id"]
    os.rename(folder / "tone0.wav", folder / "renamed.wav")
    (folder / "tone1.wav").unlink()
    write(folder / "tone2.wav", hiss(seed=77))
    write(folder / "tone3.wav", hiss(seed=78))
    (folder / "tone4.wav").write_bytes(b"no sound any more")
    library.update()
    changed = [by_path[str(folder / name)] for name in ("tone2.wav", "tone3.wav")]
    assert added == changed
    write(folder / "tone4.wav", tone(999))
    write(folder / "tone5.wav", hiss(seed=79))
    library.update()
    assert sorted(added[2:]) == [by_path[str(folder / name)] for name in ("tone4.wav", "tone5.wav")]
    assert set(library.search(tone(300), k=99)["id"]) == set(library.sounds["id"])
    library.search(1)
    assert len(added) == 4


def test_the_protocol_is_three_methods(tmp_path, folder):
    engine = _Plain()
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    library.update(folder)
    assert engine.n_added == 20
    assert engine.payloads[1] == {"path": library.sounds["path"][0], "start": 0.0, "end": 0.5}
    library.update()
    library.search(1)
    assert engine.n_added == 20  # which has them
    for k in range(45):
        write(folder / "more" / f"{k}.wav", tone(100 + 50 * k))
    library.update()
    assert engine.n_added == 20 + 65  # a space of so few is made anew with more
    with pytest.raises(LibraryError, match="weights= needs a search in memory"):
        library.search(1, weights={"features": 2})
    other = SoundLibrary(tmp_path / "a.library", engine=type("Other", (_Plain,), {"__repr__": lambda self: "other"})())
    assert len(other.search(1, k=99)) == 64


def test_an_index_of_usearch_is_a_file(tmp_path, folder):
    engine = _usearch(tmp_path)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    library.update(folder)
    again = SoundLibrary(tmp_path / "a.library", engine=pickle.loads(pickle.dumps(engine)))
    assert again.search(1)["id"].tolist() == library.search(1)["id"].tolist()


@pytest.mark.parametrize("make", [_qdrant, _usearch], ids=["qdrant", "usearch"])
def test_an_engine_that_lacks_points_is_filled_anew(tmp_path, folder, make):
    engine = make(tmp_path)
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    library.update(folder)
    engine.clear()
    again = SoundLibrary(tmp_path / "a.library", engine=engine)
    assert len(again.search(1, k=99)) == 19
    os.remove(tmp_path / "a.library")
    for k in range(8):
        (folder / f"tone{k}.wav").unlink()
    begun = SoundLibrary(tmp_path / "a.library", features="tutorial", engine=engine)
    begun.update(folder)
    assert set(begun.search(hiss(), k=99)["id"]) == set(begun.sounds["id"])


def test_two_libraries_with_one_index_of_usearch(tmp_path, folder):
    new = lambda: SoundLibrary(tmp_path / "a.library", features="tutorial", engine=_usearch(tmp_path))  # noqa: E731
    one, two = new(), new()
    one.update(folder)
    two.search(1)
    write(folder / "b1.wav", tone(5000))
    two.update()
    write(folder / "b2.wav", tone(6000))
    one.update()
    for each in (one, two, new()):
        assert set(each.search(tone(300), k=99)["id"]) == set(each.sounds["id"])
