"""The page's answers: what it asks of a library, and sounds in ranges."""

import json

import numpy as np
import pytest
from paging import ask, get, library, place, port  # noqa: F401 - fixtures


def test_what_there_is(port, library):
    about = ask(port, "about")
    assert about["sounds"] == len(library.sounds)
    assert about["parts"] == ["mfcc", "mel"]
    assert dict(about["weak_labels"])["noise"] == 6
    assert about["unlabelled"] == about["sounds"]
    assert dict(about["folders"]) == library.sounds["folder"].value_counts().to_dict()
    ids = ask(port, "find")["ids"]
    names = [row["name"] for row in ask(port, "rows", ids=ids)["rows"]]
    assert names == sorted(names, key=str.casefold)
    assert ask(port, "find", sort="newest")["ids"] == sorted(ids, reverse=True)
    assert len(ask(port, "find", where={"weak_label": ["noise"]})["ids"]) == 6
    assert ask(port, "rows", ids=[999])["rows"] == []


def test_search(port, library, place):
    found = ask(port, "find", like=[1], k=5)
    expected = library.search(1, k=5)
    assert found["ids"] == expected["id"].tolist()
    np.testing.assert_allclose(found["similarities"], expected["similarity"], atol=1e-4)
    weighted = ask(port, "find", like=[1], unlike=[2], weights={"mfcc": 0, "mel": 1}, k=5)["ids"]
    assert weighted == library.search(1, k=5, unlike=2, weights={"mfcc": 0})["id"].tolist()
    words = ask(port, "find", words="tone 3")["ids"]
    assert words[0] == library.search_text("tone 3")["id"][0]
    content = (place / "secret.wav").read_bytes()
    status, _, answer = get(port, "/api/query", body=content)
    query = json.loads(answer)
    assert (status, len(query["peaks"]), round(query["seconds"], 2)) == (200, 480, 0.5)
    by_file = ask(port, "find", like=[query["query"]], k=3)["ids"]
    assert by_file == library.search(str(place / "secret.wav"), k=3)["id"].tolist()
    status, _, sound = get(port, f"/query/{query['query']}")
    assert (status, sound[:4]) == (200, b"RIFF")


def test_tags_labels_and_undo(port, library):
    assert ask(port, "tag", ids=[1, 2], tag="x")["n"] == 2
    assert ask(port, "tag", ids=[2, 3], tag="x")["n"] == 1
    assert ask(port, "label", ids=[1, 4], label="dog", verdict="positive")["n"] == 2
    assert ask(port, "label", ids=[1], label="dog", verdict="negative")["n"] == 1
    assert [row["said"] for row in ask(port, "rows", ids=[1, 4])["rows"]] == [{"dog": "negative"}, {"dog": "positive"}]
    assert "dog" in ask(port, "undo")["undone"]
    assert ask(port, "rows", ids=[1])["rows"][0]["said"] == {"dog": "positive"}
    ask(port, "undo")
    assert len(library.labels) == 0
    ask(port, "undo")
    assert len(ask(port, "find", tags=["x"])["ids"]) == 2  # what had the tag before keeps it
    ask(port, "undo")
    assert ask(port, "find", tags=["x"])["ids"] == []
    assert ask(port, "undo")["undone"] is None


def test_labelling(port, library):
    assert ask(port, "suggest", n=4, strategy="mixed")["ids"]
    status, _, content = get(port, "/api/learn", body=b"{}")
    assert (status, "two at least" in content.decode()) == (400, True)
    sounds = library.sounds
    for name in ("noise", "tones"):
        ids = sounds["id"][sounds["weak_label"] == name].tolist()
        ask(port, "label", ids=ids[:5], label=name, verdict="positive")
    found = ask(port, "learn")
    assert found["n_labels"] == 10
    assert found["accuracy"] > 0.5
    assert dict(ask(port, "about")["predicted"])
    classes = dict(map(tuple, ask(port, "classes")["classes"]))
    assert set(classes.values()) <= {"noise", "tones", "s"}
    for _ in range(2):
        ask(port, "undo")


def test_map_and_exports(port, library):
    places = ask(port, "map")
    assert places["ids"] == library.sounds["id"].tolist()
    assert max(map(abs, [*places["x"], *places["y"]])) == pytest.approx(1)
    status, headers, content = get(port, "/api/export", body=b'{"ids": [2, 1], "kind": "csv"}')
    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="selection.csv"')
    assert content.decode().splitlines()[1].startswith(library.sounds["path"][1])
    assert get(port, "/api/export", body=b'{"ids": [2, 1], "kind": "m3u"}')[2].startswith(b"#EXTM3U")
    assert get(port, "/api/export", body=b'{"ids": [2], "kind": "sh"}')[0] == 400


def test_sounds_in_ranges(port, library, place):
    sounds = library.sounds
    whole = int(sounds["id"][sounds["path"].str.endswith("hiss0.wav")].iloc[0])
    content = (place / "s" / "noise" / "hiss0.wav").read_bytes()
    status, headers, got = get(port, f"/audio/{whole}")
    assert (status, headers["content-type"], got) == (200, "audio/wav", content)
    status, headers, got = get(port, f"/audio/{whole}", headers={"range": "bytes=100-199"})
    assert (status, got) == (206, content[100:200])
    assert headers["content-range"] == f"bytes 100-199/{len(content)}"


def test_what_browsers_do_not_play_is_converted(port, library):
    sounds = library.sounds.set_index("id", drop=False)
    odd = int(sounds["id"][sounds["path"].str.endswith(".au")].iloc[0])
    status, headers, got = get(port, f"/audio/{odd}")
    assert (status, headers["content-type"], got[:4]) == (200, "audio/wav", b"RIFF")
    part = sounds[sounds["is_part"]].iloc[1]
    _, _, got = get(port, f"/audio/{part['id']}")
    assert len(got) == 44 + 2 * 22050 * 2
    status, headers, piece = get(port, f"/audio/{part['id']}", headers={"range": "bytes=44-143"})
    assert (status, piece) == (206, got[44:144])
    assert get(port, f"/audio/{part['id']}", headers={"range": "bytes=99999999-"})[0] == 416
    peaks = np.frombuffer(get(port, f"/api/peaks/{part['id']}")[2], np.int8)
    assert peaks.shape == (480,)
    np.testing.assert_array_equal(peaks, library.peaks(part["id"]).ravel())
    assert peaks.min() < 0 < peaks.max()


def test_undo_brings_back_what_was_before(port, library):
    ask(port, "label", ids=[1], label="cat", verdict="positive")
    ask(port, "label", ids=[1], label="owl", verdict="positive")
    ask(port, "label", ids=[1], label="cat", verdict="positive")
    ask(port, "undo")
    assert library.sounds.set_index("id").loc[1, "label"] == "owl"
    for _ in range(2):
        ask(port, "undo")
    assert not len(library.labels)
