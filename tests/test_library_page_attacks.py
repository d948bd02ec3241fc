"""The page answers nobody else, and no question leads out of the library's folders."""

import json
import os
import urllib.request
from urllib.error import HTTPError

import pytest
from browsing import served
from paging import TOKEN, ask, get, library, place, port, raw  # noqa: F401 - fixtures
from sounds import tone, write

from skaudio.library import SoundLibrary
from skaudio.library.page import library_page


def test_nobody_without_the_token_is_answered(port):
    for token in ("", "wrong", TOKEN[:-1], TOKEN + "x"):
        for path in ("/", "/static/app.js", "/audio/1", "/api/peaks/1", f"/?token={token}x"):
            status, _, content = get(port, path, token=token)
            assert status == 401, path
            assert b"RIFF" not in content
        assert get(port, "/api/find", body=b"{}", token=token)[0] == 401


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
    assert get(port, "/", token="", headers={"cookie": value})[0] == 200


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
        status, _, content = get(port, path, body=body, headers=headers)
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
    answer = raw(port, head)
    status = int(answer.split()[1])
    assert 400 <= status < 500, answer[:200]
    for leak in (b"RIFF", b"SQLite", b"root:", b"library_page"):
        assert leak not in answer


def test_a_link_out_of_the_folders_is_not_followed(port, library):
    sounds = library.sounds
    link = int(sounds["id"][sounds["path"].str.endswith("link.wav")].iloc[0])
    for path in (f"/audio/{link}", f"/api/peaks/{link}"):
        status, _, content = get(port, path)
        assert (status, b"RIFF" in content) == (403, False)


def test_a_file_that_became_a_link_is_not_followed(place, tmp_path):
    path = write(tmp_path / "s" / "a.wav", tone(300))
    outside = write(tmp_path / "outside.wav", tone(999))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(tmp_path / "s")
    with served(library_page(library, token=TOKEN)) as port:
        assert get(port, "/audio/1")[0] == 200
        os.remove(path)
        os.symlink(outside, path)
        assert get(port, "/audio/1")[0] == 403
        os.remove(path)
        assert get(port, "/audio/1")[0] in (403, 404)


def test_uploads_are_bounded(port):
    assert get(port, "/api/query", body=b"\0" * 300_001)[0] == 413
    head = f"POST /api/query HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-skaudio-token: {TOKEN}\r\nx-skaudio: t\r\n"
    assert b" 413 " in raw(port, f"{head}Content-Length: 99999999999\r\n\r\n")[:20]
    chunked = "".join(f"{0x10000:x}\r\n{'x' * 0x10000}\r\n" for _ in range(6)) + "0\r\n\r\n"
    assert b" 413 " in raw(port, f"{head}Transfer-Encoding: chunked\r\n\r\n{chunked}")[:20]
    assert get(port, "/api/find", body=b" " * 2_000_001)[0] == 400


@pytest.mark.parametrize("content", [b"", b"nothing", b"RIFF\0\0\0\0WAVE", b"<html>", b"\0" * 999])
def test_uploads_that_are_no_sound_are_refused(port, content):
    status, _, answer = get(port, "/api/query", body=content)
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
    status, _, content = get(port, f"/api/{name}", body=json.dumps(question).encode())
    assert status == 400
    assert json.loads(content)["error"]
    assert ask(port, "about")["sounds"] == 16


def test_names_are_text_to_the_page(port, library):
    """Whatever a sound or a tag is called is sent as JSON, and the page's policy runs no script but its own."""
    tag = "<img src=x onerror=alert(1)>"
    ask(port, "tag", ids=[1], tag=tag)
    _, headers, content = get(port, "/api/rows", body=json.dumps({"ids": [1]}).encode())
    assert headers["content-type"] == "application/json"
    assert json.loads(content)["rows"][0]["tags"] == [tag]
    _, headers, _ = get(port, "/")
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    ask(port, "undo")


def test_the_page_names_no_other_host(port):
    for name in (
        "",
        "static/style.css",
        *(f"static/{each}.js" for each in ("app", "api", "list", "player", "map", "label", "wave")),
    ):
        status, _, content = get(port, f"/{name}")
        assert status == 200
        text = content.decode().replace("http://www.w3.org/2000/svg", "")  # a name, which nobody asks
        assert "http://" not in text
        assert "https://" not in text
        assert "//cdn" not in text
