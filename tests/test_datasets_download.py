"""Downloads: checksums, resumption, and what an archive may not do."""

import hashlib
import io
import os
import shutil
import socket
import tarfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skaudio.datasets import (
    _esc50,
    _urbansound8k,
    fetch_esc50,
    fetch_urbansound8k,
    load_esc50,
    load_urbansound8k,
    make_urban_sounds,
)
from skaudio.datasets._download import Archive, fetch_archive
from skaudio.exceptions import DatasetError

FETCHERS = {
    "urbansound8k": (fetch_urbansound8k, load_urbansound8k, _urbansound8k, 20),
    "esc50": (fetch_esc50, load_esc50, _esc50, 2),
}


def packed(folder, name):
    """Return a tar archive of `folder` as bytes, called `name` in it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.add(folder, name)
    return content.getvalue()


def zipped(folder, name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(name, path.relative_to(folder)))
    return content.getvalue()


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """The archives of both datasets as their servers send them, but tiny."""
    folder = tmp_path_factory.mktemp("archives")
    make_urban_sounds(folder / "urban", n_per_class=2)
    (folder / "esc" / "meta").mkdir(parents=True)
    (folder / "esc" / "audio").mkdir()
    rows = pd.DataFrame({"filename": ["1-5-A-0.wav", "2-6-A-42.wav"], "fold": [1, 2], "category": ["dog", "siren"]})
    rows.assign(esc10=[True, False], src_file=[5, 6]).to_csv(folder / "esc" / "meta" / "esc50.csv", index=False)
    for name in rows["filename"]:
        (folder / "esc" / "audio" / name).touch()
    return {
        "urbansound8k": packed(folder / "urban", "UrbanSound8K"),
        "esc50": zipped(folder / "esc", _esc50.ARCHIVE.folder),
    }


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@contextmanager
def serving(*answers, before=lambda: None):
    """Serve on this machine; yield the address and the list of requests.

    Each request gets the next answer, and the last one again and again: the content, or a pair of it and how many of
    its bytes are sent before the connection breaks. `before` is called before each.
    """
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers[min(len(requests), len(answers) - 1)]
            requests.append(self.path)
            before()
            content, sent = answer if isinstance(answer, tuple) else (answer, len(answer))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:sent])

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/files/archive", requests
        finally:
            server.shutdown()
            thread.join()


def archive_of(url, content, folder="UrbanSound8K"):
    return Archive("UrbanSound8K", folder, url, f"md5:{hashlib.md5(content).hexdigest()}", "6.0 GB")


def assert_says_how_by_hand(error, archive, root):
    for known in (archive.name, archive.url, "yourself and unpack it", repr(os.path.join(str(root), archive.folder))):
        assert known in str(error)


# What comes


@pytest.mark.parametrize("name", FETCHERS)
@pytest.mark.parametrize("root_type", [str, Path])
def test_dataset_is_downloaded_unpacked_and_loaded_and_then_loaded_alone(
    tmp_path, monkeypatch, contents, name, root_type
):
    (fetch, load, module, n_clips), content = FETCHERS[name], contents[name]
    root = tmp_path / "not" / "there yet"
    with serving(content) as (url, requests):
        checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
        monkeypatch.setattr(module, "ARCHIVE", replace(module.ARCHIVE, url=url, checksum=checksum))
        dataset = fetch(root_type(root))
        assert requests == ["/files/archive"]
        again = fetch(root_type(root))
        assert len(requests) == 1
    assert os.listdir(root) == [module.ARCHIVE.folder]
    expected = load(root / module.ARCHIVE.folder)
    assert len(expected.data) == n_clips
    for found in (dataset, again):
        assert found.DESCR == expected.DESCR
        np.testing.assert_array_equal(found.data, expected.data)
        np.testing.assert_array_equal(found.target, expected.target)


@pytest.mark.parametrize("name", FETCHERS)
def test_datasets_are_kept_in_the_folder_of_datasets(tmp_path, monkeypatch, contents, name):
    (fetch, load, module, _), content = FETCHERS[name], contents[name]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SKAUDIO_DATA", os.path.join("~", "sounds"))
    with serving(content) as (url, _):
        checksum = f"md5:{hashlib.md5(content).hexdigest()}"
        monkeypatch.setattr(module, "ARCHIVE", replace(module.ARCHIVE, url=url, checksum=checksum))
        dataset = fetch()
    assert os.listdir(tmp_path) == ["sounds"]
    np.testing.assert_array_equal(dataset.data, load(tmp_path / "sounds" / module.ARCHIVE.folder).data)


def test_root_may_start_in_the_home_of_the_user(tmp_path, monkeypatch, contents):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SKAUDIO_DATA", str(tmp_path / "another"))
    content = contents["urbansound8k"]
    with serving(content) as (url, _):
        folder = fetch_archive(archive_of(url, content), os.path.join("~", "mine"))
    assert os.path.normpath(folder) == str(tmp_path / "mine" / "UrbanSound8K")
    assert len(load_urbansound8k(folder).data) == 20
    assert os.listdir(tmp_path) == ["mine"]


def test_dataset_that_is_there_needs_no_network_and_is_left_alone(tmp_path):
    (tmp_path / "UrbanSound8K").mkdir()
    (tmp_path / "UrbanSound8K" / "mine.txt").write_text("mine")
    with serving(b"") as (url, requests):
        assert fetch_archive(archive_of(url, b"other"), tmp_path) == str(tmp_path / "UrbanSound8K")
    assert requests == []
    assert (tmp_path / "UrbanSound8K" / "mine.txt").read_text() == "mine"


def test_two_downloads_at_once_give_one_whole_dataset(tmp_path, contents):
    content = contents["urbansound8k"]
    both = threading.Barrier(2, timeout=60)
    with serving(content, before=both.wait) as (url, requests), ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda archive: fetch_archive(archive, tmp_path), [archive_of(url, content)] * 2))
    assert len(requests) == 2
    assert folders == [str(tmp_path / "UrbanSound8K")] * 2
    assert os.listdir(tmp_path) == ["UrbanSound8K"]
    assert len(load_urbansound8k(folders[0]).data) == 20


# What does not come


def test_download_that_is_cut_starts_again(tmp_path, contents):
    content = contents["urbansound8k"]
    with serving((content, len(content) // 2), content) as (url, requests):
        folder = fetch_archive(archive_of(url, content), tmp_path)
    assert len(requests) == 2
    assert len(load_urbansound8k(folder).data) == 20
    assert os.listdir(tmp_path) == ["UrbanSound8K"]


@pytest.mark.slow
def test_download_that_is_always_cut_is_an_error_and_leaves_nothing_behind(tmp_path, contents):
    content = contents["urbansound8k"]
    with serving((content, len(content) // 2)) as (url, requests):
        archive = archive_of(url, content)
        with pytest.raises(DatasetError, match=r"UrbanSound8K \(6\.0 GB\) cannot be downloaded") as caught:
            fetch_archive(archive, tmp_path)
    assert_says_how_by_hand(caught.value, archive, tmp_path)
    assert len(requests) == 3
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_other_content_is_an_error_that_names_the_checksum_and_leaves_nothing_behind(tmp_path, monkeypatch, contents):
    with serving(contents["urbansound8k"]) as (url, _):
        archive = replace(_urbansound8k.ARCHIVE, url=url)
        monkeypatch.setattr(_urbansound8k, "ARCHIVE", archive)
        with pytest.raises(DatasetError, match="is not the UrbanSound8K that is known") as caught:
            fetch_urbansound8k(tmp_path)
    assert archive.checksum.startswith("md5:")
    assert archive.checksum in str(caught.value)
    assert hashlib.md5(contents["urbansound8k"]).hexdigest() in str(caught.value)
    assert_says_how_by_hand(caught.value, archive, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_server_that_does_not_answer_is_an_error_that_says_how_by_hand(tmp_path, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # bound, and it does not listen
        archive = replace(_esc50.ARCHIVE, url=f"http://127.0.0.1:{silent.getsockname()[1]}/archive.zip")
        monkeypatch.setattr(_esc50, "ARCHIVE", archive)
        with pytest.raises(DatasetError, match=r"ESC-50 \(650 MB\) cannot be downloaded: ConnectionError") as caught:
            fetch_esc50(tmp_path)
    assert_says_how_by_hand(caught.value, archive, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "names", [["UrbanSound8K-v2"], ["UrbanSound8K", "__MACOSX"], ["metadata", "audio"], ["audio.wav"]]
)
@pytest.mark.parametrize("pack", [packed, zipped])
def test_archive_that_holds_anything_else_is_an_error_and_leaves_nothing_behind(tmp_path, names, pack):
    for name in names:
        (tmp_path / "sources" / name).mkdir(parents=True)
        (tmp_path / "sources" / name / "1.wav").touch()
    content = pack(tmp_path / "sources", ".")
    shutil.rmtree(tmp_path / "sources")
    message = r"UrbanSound8K holds .*, not UrbanSound8K"
    with serving(content) as (url, _), pytest.raises(DatasetError, match=message) as caught:
        fetch_archive(archive_of(url, content), tmp_path)
    assert all(repr(name) in str(caught.value) for name in names)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["../../../evil.txt", "UrbanSound8K/../../../../evil.txt", "/evil.txt"])
def test_archive_that_reaches_outside_writes_nothing_there(tmp_path, name):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo(name.replace("/evil", f"{tmp_path}/evil") if name.startswith("/") else name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    (tmp_path / "root").mkdir()
    with serving(content.getvalue()) as (url, _), pytest.raises((DatasetError, tarfile.TarError)):
        fetch_archive(archive_of(url, content.getvalue()), tmp_path / "root")
    assert os.listdir(tmp_path) == ["root"]
    assert os.listdir(tmp_path / "root") == []
