"""The page's answers: what it asks of a library, sounds in ranges, and nothing to anybody else."""

import json
import os
import socket
import urllib.request
from urllib.error import HTTPError

import numpy as np
import pytest
import soundfile
from browsing import served
from sounds import hiss, tone, write

from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer, MFCCTransformer
from skaudio.library import SoundLibrary

pytest.importorskip("starlette")
from skaudio.library.page import library_page

TOKEN = "a-token-for-tests"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("page")
    for k in range(6):
        write(place / "s" / "tones" / f"tone {k}.wav", tone(300 * (k + 1), seed=k))
        write(place / "s" / "noise" / f"hiss{k}.wav", hiss(seed=k))
    soundfile.write(place / "s" / "eight bit.au", tone(700), 22050, subtype="ULAW")
    write(place / "s" / "long.wav", np.concatenate([tone(200, 2.0), hiss(2.0)]))
    write(place / "secret.wav", tone(440))
    os.symlink(place / "secret.wav", place / "s" / "link.wav")
    union = AudioFeatureUnion([("mfcc", MFCCTransformer()), ("mel", LogMelTransformer())])
    SoundLibrary(place / "a.library", features=union, window=2.0).update(place / "s")
    return place


@pytest.fixture(scope="module")
def library(place):
    return SoundLibrary(place / "a.library")


@pytest.fixture(scope="module")
def port(library):
    with served(library_page(library, token=TOKEN, max_bytes=300_000)) as port:
        yield port


def _get(port, path, *, body=None, headers=(), token=TOKEN):
    """Ask, and return status, headers and content; of an error too."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body)
    for name, value in {"x-skaudio-token": token, "x-skaudio": "test", **dict(headers)}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def _ask(port, name, **question):
    status, _, content = _get(port, f"/api/{name}", body=json.dumps(question).encode())
    found = json.loads(content)
    assert status == 200, found
    return found


def _raw(port, text):
    """Send bytes as they are, which no library for HTTP would."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text.encode())
        connection.settimeout(10)
        content = b""
        while part := connection.recv(65536):
            content += part
            if b"\r\n\r\n" in content and content.startswith(b"HTTP/1.1 4"):
                break
        return content


def test_what_there_is(port, library):
    about = _ask(port, "about")
    assert about["sounds"] == len(library.sounds)
    assert about["parts"] == ["mfcc", "mel"]
    assert dict(about["weak_labels"])["noise"] == 6
    ids = _ask(port, "find")["ids"]
    names = [row["name"] for row in _ask(port, "rows", ids=ids)["rows"]]
    assert names == sorted(names, key=str.casefold)
    assert _ask(port, "find", sort="newest")["ids"] == sorted(ids, reverse=True)
    assert len(_ask(port, "find", where={"weak_label": ["noise"]})["ids"]) == 6
    assert _ask(port, "rows", ids=[999])["rows"] == []


def test_search(port, library, place):
    found = _ask(port, "find", like=[1], k=5)
    expected = library.search(1, k=5)
    assert found["ids"] == expected["id"].tolist()
    np.testing.assert_allclose(found["similarities"], expected["similarity"], atol=1e-4)
    weighted = _ask(port, "find", like=[1], unlike=[2], weights={"mfcc": 0, "mel": 1}, k=5)["ids"]
    assert weighted == library.search(1, k=5, unlike=2, weights={"mfcc": 0})["id"].tolist()
    words = _ask(port, "find", words="tone 3")["ids"]
    assert words[0] == library.search_text("tone 3")["id"][0]
    content = (place / "secret.wav").read_bytes()
    status, _, answer = _get(port, "/api/query", body=content)
    query = json.loads(answer)
    assert (status, len(query["peaks"]), round(query["seconds"], 2)) == (200, 480, 0.5)
    by_file = _ask(port, "find", like=[query["query"]], k=3)["ids"]
    assert by_file == library.search(str(place / "secret.wav"), k=3)["id"].tolist()
    status, _, sound = _get(port, f"/query/{query['query']}")
    assert (status, sound[:4]) == (200, b"RIFF")


def test_tags_labels_and_undo(port, library):
    assert _ask(port, "tag", ids=[1, 2], tag="x")["n"] == 2
    assert _ask(port, "tag", ids=[2, 3], tag="x")["n"] == 1
    assert _ask(port, "label", ids=[1, 4], label="dog", verdict="positive")["n"] == 2
    assert _ask(port, "label", ids=[1], label="dog", verdict="negative")["n"] == 1
    assert [row["said"] for row in _ask(port, "rows", ids=[1, 4])["rows"]] == [{"dog": "negative"}, {"dog": "positive"}]
    assert "dog" in _ask(port, "undo")["undone"]
    assert _ask(port, "rows", ids=[1])["rows"][0]["said"] == {"dog": "positive"}
    _ask(port, "undo")
    assert len(library.labels) == 0
    _ask(port, "undo")
    assert len(_ask(port, "find", tags=["x"])["ids"]) == 2  # what had the tag before keeps it
    _ask(port, "undo")
    assert _ask(port, "find", tags=["x"])["ids"] == []
    assert _ask(port, "undo")["undone"] is None


def test_labelling(port, library):
    assert _ask(port, "suggest", n=4, strategy="mixed")["ids"]
    status, _, content = _get(port, "/api/learn", body=b"{}")
    assert (status, "two at least" in content.decode()) == (400, True)
    sounds = library.sounds
    for name in ("noise", "tones"):
        ids = sounds["id"][sounds["weak_label"] == name].tolist()
        _ask(port, "label", ids=ids[:5], label=name, verdict="positive")
    found = _ask(port, "learn")
    assert found["n_labels"] == 10
    assert found["accuracy"] > 0.5
    assert dict(_ask(port, "about")["predicted"])
    classes = dict(map(tuple, _ask(port, "classes")["classes"]))
    assert set(classes.values()) <= {"noise", "tones", "s"}
    for _ in range(2):
        _ask(port, "undo")


def test_map_and_exports(port, library):
    places = _ask(port, "map")
    assert places["ids"] == library.sounds["id"].tolist()
    assert max(map(abs, [*places["x"], *places["y"]])) == pytest.approx(1)
    status, headers, content = _get(port, "/api/export", body=b'{"ids": [2, 1], "kind": "csv"}')
    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="selection.csv"')
    assert content.decode().splitlines()[1].startswith(library.sounds["path"][1])
    assert _get(port, "/api/export", body=b'{"ids": [2, 1], "kind": "m3u"}')[2].startswith(b"#EXTM3U")
    assert _get(port, "/api/export", body=b'{"ids": [2], "kind": "sh"}')[0] == 400


def test_sounds_in_ranges(port, library, place):
    sounds = library.sounds
    whole = int(sounds["id"][sounds["path"].str.endswith("hiss0.wav")].iloc[0])
    content = (place / "s" / "noise" / "hiss0.wav").read_bytes()
    status, headers, got = _get(port, f"/audio/{whole}")
    assert (status, headers["content-type"], got) == (200, "audio/wav", content)
    status, headers, got = _get(port, f"/audio/{whole}", headers={"range": "bytes=100-199"})
    assert (status, got) == (206, content[100:200])
    assert headers["content-range"] == f"bytes 100-199/{len(content)}"


def test_what_browsers_do_not_play_is_converted(port, library):
    sounds = library.sounds.set_index("id", drop=False)
    odd = int(sounds["id"][sounds["path"].str.endswith(".au")].iloc[0])
    status, headers, got = _get(port, f"/audio/{odd}")
    assert (status, headers["content-type"], got[:4]) == (200, "audio/wav", b"RIFF")
    part = sounds[sounds["is_part"]].iloc[1]
    _, _, got = _get(port, f"/audio/{part['id']}")
    assert len(got) == 44 + 2 * 22050 * 2
    status, headers, piece = _get(port, f"/audio/{part['id']}", headers={"range": "bytes=44-143"})
    assert (status, piece) == (206, got[44:144])
    assert _get(port, f"/audio/{part['id']}", headers={"range": "bytes=99999999-"})[0] == 416
    peaks = np.frombuffer(_get(port, f"/api/peaks/{part['id']}")[2], np.int8)
    assert peaks.shape == (480,)
    np.testing.assert_array_equal(peaks, library.peaks(part["id"]).ravel())
    assert peaks.min() < 0 < peaks.max()


# ------------------------------------------------------------------ attacks


def test_nobody_without_the_token_is_answered(port):
    for token in ("", "wrong", TOKEN[:-1], TOKEN + "x"):
        for path in ("/", "/static/app.js", "/audio/1", "/api/peaks/1", f"/?token={token}x"):
            status, _, content = _get(port, path, token=token)
            assert status == 401, path
            assert b"RIFF" not in content
        assert _get(port, "/api/find", body=b"{}", token=token)[0] == 401


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(port):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    with pytest.raises(HTTPError) as caught:
        opener.open(f"http://127.0.0.1:{port}/?token={TOKEN}")
    with caught.value as answer:
        assert (answer.code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    value = cookie.partition(";")[0]
    assert _get(port, "/", token="", headers={"cookie": value})[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:80"},
        {"host": "localhost.evil.example"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_hosts_and_other_pages_are_refused(port, headers):
    for path, body in (
        ("/", None),
        ("/audio/1", None),
        ("/api/find", b"{}"),
        ("/api/tag", b'{"ids": [1], "tag": "x"}'),
    ):
        status, _, content = _get(port, path, body=body, headers=headers)
        assert status == 403, (path, content)


def test_what_changes_something_names_its_page(port, library):
    headers = {"x-skaudio-token": TOKEN, "content-type": "text/plain"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/tag", b'{"ids": [1], "tag": "evil"}', headers)
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert answer.code == 403
    assert "evil" not in str(library.sounds["tags"].tolist())


_PATHS = [
    "/../secret.wav",
    "/static/../../a.library",
    "/static/..%2f..%2fa.library",
    "/static/%2e%2e/%2e%2e/_app.py",
    "/static/....//secret.wav",
    "/static/_app.py",
    "/static//etc/passwd",
    "/audio/../secret.wav",
    "/audio/..%2f..%2fsecret.wav",
    "/audio/%2e%2e%2fsecret.wav",
    "/audio//etc/passwd",
    "/audio/1%00.wav",
    "/audio/-1",
    "/audio/99999999999999999999999999",
    "/query/../../etc/passwd",
    "/query/q999",
    "/api/peaks/..%2fsecret",
]


@pytest.mark.parametrize("path", _PATHS)
def test_no_path_leads_out(port, path):
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-skaudio-token: {TOKEN}\r\nConnection: close\r\n\r\n"
    answer = _raw(port, head)
    status = int(answer.split()[1])
    assert 400 <= status < 500, answer[:200]
    for leak in (b"RIFF", b"SQLite", b"root:", b"library_page"):
        assert leak not in answer


def test_a_link_out_of_the_folders_is_not_followed(port, library):
    sounds = library.sounds
    link = int(sounds["id"][sounds["path"].str.endswith("link.wav")].iloc[0])
    for path in (f"/audio/{link}", f"/api/peaks/{link}"):
        status, _, content = _get(port, path)
        assert (status, b"RIFF" in content) == (403, False)


def test_a_file_that_became_a_link_is_not_followed(place, tmp_path):
    path = write(tmp_path / "s" / "a.wav", tone(300))
    outside = write(tmp_path / "outside.wav", tone(999))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    with served(library_page(library, token=TOKEN)) as port:
        assert _get(port, "/audio/1")[0] == 200
        os.remove(path)
        os.symlink(outside, path)
        assert _get(port, "/audio/1")[0] == 403
        os.remove(path)
        assert _get(port, "/audio/1")[0] in (403, 404)


def test_uploads_are_bounded(port):
    assert _get(port, "/api/query", body=b"\0" * 300_001)[0] == 413
    head = f"POST /api/query HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-skaudio-token: {TOKEN}\r\nx-skaudio: t\r\n"
    assert b" 413 " in _raw(port, f"{head}Content-Length: 99999999999\r\n\r\n")[:20]
    chunked = "".join(f"{0x10000:x}\r\n{'x' * 0x10000}\r\n" for _ in range(6)) + "0\r\n\r\n"
    assert b" 413 " in _raw(port, f"{head}Transfer-Encoding: chunked\r\n\r\n{chunked}")[:20]
    assert _get(port, "/api/find", body=b" " * 2_000_001)[0] == 400


@pytest.mark.parametrize("content", [b"", b"nothing", b"RIFF\0\0\0\0WAVE", b"<html>", b"\0" * 999])
def test_uploads_that_are_no_sound_are_refused(port, content):
    status, _, answer = _get(port, "/api/query", body=content)
    assert status == 422
    assert json.loads(answer)["error"]


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("find", []),
        ("find", {"like": ["q999"]}),
        ("find", {"like": [999]}),
        ("find", {"like": [{"a": 1}]}),
        ("find", {"where": {"nonsense": ["x"]}}),
        ("find", {"where": 3}),
        ("find", {"like": [1], "weights": {"nonsense": 2}}),
        ("find", {"k": "many"}),
        ("find", {"k": -3, "like": [1]}),
        ("find", {"sort": "'; DROP TABLE files"}),
        ("rows", {}),
        ("rows", {"ids": "all"}),
        ("rows", {"ids": [True]}),
        ("tag", {"ids": [1], "tag": ""}),
        ("tag", {"ids": [999], "tag": "x"}),
        ("label", {"ids": [1], "label": "x", "verdict": "maybe"}),
        ("suggest", {"n": 0, "strategy": "mixed"}),
        ("suggest", {"n": 3, "strategy": "best"}),
    ],
)
def test_questions_that_make_no_sense_are_answered(port, name, question):
    status, _, content = _get(port, f"/api/{name}", body=json.dumps(question).encode())
    assert status == 400
    assert json.loads(content)["error"]
    assert _ask(port, "about")["sounds"] == 16


def test_names_are_text_to_the_page(port, library):
    """Whatever a sound or a tag is called is sent as JSON, and the page's policy runs no script but its own."""
    _ask(port, "tag", ids=[1], tag="<img src=x onerror=alert(1)>")
    _, headers, _ = _get(port, "/")
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    _ask(port, "undo")


def test_the_page_names_no_other_host(port):
    for name in (
        "",
        "static/style.css",
        *(f"static/{each}.js" for each in ("app", "api", "list", "player", "map", "label", "wave")),
    ):
        status, _, content = _get(port, f"/{name}")
        assert status == 200
        text = content.decode().replace("http://www.w3.org/2000/svg", "")  # a name, which nobody asks
        assert "http://" not in text
        assert "https://" not in text
        assert "//cdn" not in text


def test_undo_brings_back_what_was_before(port, library):
    _ask(port, "label", ids=[1], label="cat", verdict="positive")
    _ask(port, "label", ids=[1], label="owl", verdict="positive")
    _ask(port, "label", ids=[1], label="cat", verdict="positive")
    _ask(port, "undo")
    assert library.sounds.set_index("id").loc[1, "label"] == "owl"
    for _ in range(2):
        _ask(port, "undo")
    assert not len(library.labels)
