"""A search finds what a plain comparison of all rows finds, among the sounds that are meant."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import hiss, tone, write

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError, LibraryError
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.library import SoundLibrary
from skaudio.library._engine import ExactEngine
from skaudio.library._ranking import fused, thinned
from skaudio.library._space import Space, rocchio


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    for k in range(6):
        write(folder / "s" / f"r{k // 2}_tone_{k}.wav", tone(300 * (k + 1), 0.4 + 0.1 * k, seed=k))
        write(folder / "s" / f"r{k // 2}_hiss_{k}.wav", hiss(0.4 + 0.1 * k, seed=k, level=0.02 * (k + 1)))
    return folder


@pytest.fixture(scope="module")
def library(folder):
    union = AudioFeatureUnion([("mfcc", MFCCTransformer(statistics=("mean", "std"))), ("mel", LogMelTransformer())])
    library = SoundLibrary(folder / "a.library", features=union)
    library.update(folder / "s", pattern="{group}_{label}_{n}")
    return library


def _similarities(library, query, weights=(1, 1)):
    """Cosines, computed plainly and in float64."""
    rows = np.vstack([library.vectors, library.features.fit_transform([query])]).astype(float)
    mean, sd = rows[:-1].mean(axis=0), rows[:-1].std(axis=0)
    rows = np.clip((rows - mean) / np.where(sd > 0, sd, np.inf), -3, 3)
    # To unit length first, and then the weights, as an engine holds points of unit length.
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= np.repeat(weights, [80, 128])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows[:-1] @ rows[-1]


@pytest.mark.parametrize("weights", [None, {"mfcc": 2.0}, {"mel": 0.0}, {"mfcc": 0.5, "mel": 3.0}])
def test_all_are_compared_exactly(library, weights):
    query = tone(800, 0.6, seed=99)
    factors = [(weights or {}).get(name, 1.0) for name in ("mfcc", "mel")]
    expected = _similarities(library, query, factors)
    found = library.search(query, k=12, weights=weights)
    order = np.argsort(-expected)
    assert found["id"].tolist() == library.sounds["id"].to_numpy()[order].tolist()
    np.testing.assert_allclose(found["similarity"], expected[order], atol=2e-6)
    assert library.search(query, k=3, weights=weights)["id"].tolist() == found["id"].tolist()[:3]


def test_a_sound_of_the_library_finds_itself_by_path_and_not_by_id(library):
    sounds = library.sounds
    by_path = library.search(sounds["path"][3], k=1)
    assert by_path["id"][0] == sounds["id"][3]
    assert by_path["similarity"][0] == pytest.approx(1, abs=1e-6)
    by_id = library.search(int(sounds["id"][3]), k=12)
    assert len(by_id) == 11
    assert sounds["id"][3] not in by_id["id"].tolist()


def test_several_queries_and_what_is_to_be_unlike(library):
    sounds = library.sounds.set_index("path", drop=False)
    tones = [int(sounds["id"][path]) for path in sounds["path"] if "tone" in path]
    hisses = [int(sounds["id"][path]) for path in sounds["path"] if "hiss" in path]
    like = library.search([*tones[:2]], k=10)
    both = library.search([*tones[:2]], k=10, unlike=hisses[:3])
    assert not set(like["id"]) & set(tones[:2])
    assert not set(both["id"]) & set(tones[:2] + hisses[:3])
    mean_rank = [np.mean([k for k, label in enumerate(each["weak_label"]) if label == "tone"]) for each in (like, both)]
    assert mean_rank[1] <= mean_rank[0]
    assert both["weak_label"].tolist()[:4] == ["tone"] * 4


def test_filters(library):
    query = tone(300)
    library.tag([1, 2, 3], "a")
    library.tag([2, 3], "b")
    try:
        assert set(library.search(query, tags="a")["id"]) == {1, 2, 3}
        assert set(library.search(query, tags=["a", "b"])["id"]) == {2, 3}
        assert set(library.search(query, tags=["a", "c"])["id"]) == set()
        assert set(library.search(query, tags="a", exclude=[3])["id"]) == {1, 2}
    finally:
        library.tag([1, 2, 3], "a", remove=True)
        library.tag([2, 3], "b", remove=True)
    short = library.search(query, k=99, where={"seconds": (None, 0.55)})
    assert set(short["seconds"].round(3)) == {0.4, 0.5}
    assert set(library.search(query, k=99, where={"weak_label": "t*"})["weak_label"]) == {"tone"}
    assert len(library.search(query, k=99, where={"recording": ["r0", "r2"], "weak_label": "hiss"})) == 4
    assert len(library.search(query, k=99, where={"path": "*_3.wav"})) == 2
    library.label([1, 2], "a")
    try:
        assert set(library.select(where={"label": "a"})["id"]) == {1, 2}
        assert set(library.select(where={"label": None})["id"]) == set(range(3, 13))
        assert len(library.select(where={"label": [None, "a"]})) == 12
    finally:
        library.label([1, 2], "a", "withdrawn")
    assert len(library.search(query, k=99, exclude=library.sounds["path"][0])) == 11
    assert len(library.search(query, k=99, exclude=library.sounds.iloc[:4])) == 8


def test_of_each_recording_as_many_as_asked_for(library):
    assert sorted(library.search(tone(300), k=10, per_recording=1)["recording"]) == ["r0", "r1", "r2"]
    assert sorted(library.search(tone(300), k=4, per_recording=2)["recording"].value_counts()) in ([2, 2], [1, 1, 2])
    best = library.search(tone(300), k=12)
    first = best.drop_duplicates("recording")["id"].tolist()
    assert library.search(tone(300), k=3, per_recording=1)["id"].tolist() == first


def test_a_query_that_cannot_be_read_is_an_error(library, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"nothing")
    for query in (tmp_path / "bad.wav", str(tmp_path / "none.wav"), b"", np.zeros(0, "float32")):
        with pytest.raises(AudioReadError):
            library.search(query)
        with pytest.raises(AudioReadError):
            library.search(1, unlike=query)
    nan = AudioFeatureUnion(library.features.transformer_list, on_error="nan")
    forgiving = SoundLibrary(library.path, features=nan)  # what is done with clips that cannot be read is not kept
    with pytest.raises(AudioReadError):
        forgiving.search(tmp_path / "bad.wav")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"k": 0}, ValueError, "k=0"),
        ({"k": True}, ValueError, "k=True"),
        ({"per_recording": 0}, ValueError, "per_recording=0"),
        ({"weights": {"chroma": 1}}, ValueError, "'chroma'; the library's features have mfcc, mel"),
        ({"weights": {"mfcc": -1}}, ValueError, "0 or above"),
        ({"weights": {"mfcc": 0, "mel": 0}}, ValueError, "nothing to compare by"),
        ({"where": {"colour": "red"}}, ValueError, "'colour'; the catalogue has"),
        ({"where": {"seconds": "long"}}, ValueError, "the least and the most"),
        ({"where": {"weak_label": 3}}, ValueError, "must be a text"),
        ({"exclude": ["nowhere.wav"]}, LibraryError, "not in the library"),
        ({"exclude": [999]}, LibraryError, "no sound 999"),
        ({"clip": 999}, LibraryError, "no sound 999"),
        ({"clip": []}, ValueError, "empty list"),
        ({"exclude": pd.DataFrame({"x": []})}, LibraryError, "column 'id'"),
    ],
)
def test_what_makes_no_sense_is_refused(library, arguments, error, message):
    with pytest.raises(error, match=message):
        library.search(**{"clip": 1, **arguments})


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_nearest_are_the_first_of_all_sorted(data):
    n, d = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 4))
    values = st.integers(-2, 2)
    points = np.array(data.draw(st.lists(st.lists(values, min_size=d, max_size=d), min_size=n, max_size=n)), "float32")
    ids = np.sort(np.array(data.draw(st.lists(st.integers(0, 1000), min_size=n, max_size=n, unique=True)), "int64"))
    point = np.array(data.draw(st.lists(values, min_size=d, max_size=d)), "float32")
    among = (
        None if not n or data.draw(st.booleans()) else np.array(data.draw(st.lists(st.sampled_from(ids.tolist()))), int)
    )
    k = data.draw(st.integers(1, 50))
    found, similarities = ExactEngine(ids, points.reshape(n, d)).query(point, k, among)
    rows = {int(i): float(p @ point) for i, p in zip(ids, points) if among is None or i in among}
    expected = sorted(rows, key=lambda i: (-rows[i], i))[:k]
    assert found.tolist() == expected
    assert similarities.tolist() == [min(1, rows[i]) for i in expected]


def test_points_can_be_added_replaced_and_removed():
    engine = ExactEngine(np.array([1, 5]), np.eye(2, dtype="float32"))
    engine.add(np.array([3, 5]), np.float32([[1, 0], [1, 0]]), [{}, {}])
    assert engine.ids.tolist() == [1, 3, 5]
    assert engine.query(np.float32([1, 0]), 5)[1].tolist() == [1, 1, 1]
    engine.remove(np.array([3, 99]))
    assert engine.ids.tolist() == [1, 5]


def test_principal_values_find_nearly_the_same():
    random = np.random.default_rng(0)
    rows = (random.normal(size=(2000, 6)) @ random.normal(size=(6, 300)) + 0.05 * random.normal(size=(2000, 300))) * 7
    full = Space.fitted(rows, standardize=True)
    few = Space.fitted(rows, standardize=True, n_components=128)
    assert few.points(rows).shape == (2000, 128)
    overlap = []
    for k in range(0, 100):
        nearest = [np.argsort(-(points @ points[k]))[:10] for points in (full.points(rows), few.points(rows))]
        overlap.append(len(set(nearest[0]) & set(nearest[1])) / 10)
    assert np.mean(overlap) > 0.9


def test_a_feature_that_is_constant_counts_for_nothing():
    rows = np.float32([[1, 5, 0], [2, 5, 0], [4, 5, 0]])
    points = Space.fitted(rows, standardize=True).points(np.float32([[1, 7, 9]]))
    np.testing.assert_allclose(points, [[-1, 0, 0]], atol=1e-6)


def test_many_sounds_are_compared_by_their_principal_values(library, monkeypatch):
    from skaudio.library import _index

    monkeypatch.setattr(_index, "_MANY", 5)
    monkeypatch.setattr(_index, "_FEW_VALUES", 8)
    monkeypatch.setattr(_index, "_SAMPLE", 10)
    few = SoundLibrary(library.path)
    assert set(few.search(tone(300), k=5)["id"]) == set(library.search(tone(300), k=5)["id"])
    with pytest.raises(LibraryError, match="principal values"):
        few.search(tone(300), weights={"mfcc": 2})


def test_rocchio_is_the_mean_of_some_away_from_others():
    point = rocchio([np.float32([1, 0]), np.float32([0, 1])], [np.float32([0, 1])])
    np.testing.assert_allclose(point, np.float32([1, 0]), atol=1e-6)


@given(st.lists(st.sampled_from("abc")), st.integers(1, 3), st.integers(1, 9))
def test_thinning_keeps_the_order(recordings, most, k):
    places = thinned(recordings, most, k)
    assert places == sorted(places)
    kept = [recordings[place] for place in places]
    assert all(kept.count(each) <= most for each in "abc")
    assert len(kept) == min(k, sum(min(most, recordings.count(each)) for each in "abc"))


@given(st.lists(st.lists(st.integers(0, 9), unique=True), max_size=3))
def test_fusion_adds_reciprocal_ranks(rankings):
    items, scores = fused(rankings)
    expected = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            expected[item] = expected.get(item, 0) + 1 / (60 + rank)
    assert dict(zip(items, scores)) == expected
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


@pytest.mark.slow
def test_precision_on_real_sound(esc10, tmp_path):
    library = SoundLibrary(tmp_path / "a.library")
    library.update(esc10 / "audio", pattern="{fold}-{recording}-{take}-{label}", n_jobs=-1)
    sounds = library.sounds
    fold = np.array([path.rpartition("/")[2][0] for path in sounds["path"]])
    hits = []
    for sound, own, label in zip(sounds["id"], fold, sounds["weak_label"]):
        found = library.search(int(sound), k=10, exclude=sounds["id"][fold == own].tolist())
        hits += (found["weak_label"] == label).tolist()
    assert np.mean(hits) > 0.60  # chance is 0.10
