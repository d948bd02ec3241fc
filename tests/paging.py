"""A library's page that is served, and what is asked of it."""

import http.client
import json
import os
import socket

import numpy as np
import pytest
import soundfile
from browsing import served
from sounds import hiss, tone, write

from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer, MFCCTransformer
from skaudio.library import SoundLibrary
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


def get(port, path, *, body=None, headers=(), token=TOKEN):
    """Ask, and return status, headers and content; of an error too."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = {"x-skaudio-token": token, "x-skaudio": "test", **dict(headers)}
        connection.request("GET" if body is None else "POST", path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def ask(port, name, **question):
    status, _, content = get(port, f"/api/{name}", body=json.dumps(question).encode())
    found = json.loads(content)
    assert status == 200, found
    return found


def raw(port, text):
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
