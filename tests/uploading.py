"""A service, what is uploaded to it, and what it should answer."""

import http.client
import io
import json

import numpy as np
import pytest
import soundfile
from browsing import served

from skaudio import make_audio_pipeline
from skaudio.exceptions import AudioReadError
from skaudio.serving import service

RATE = 22050


def tone(hertz, seconds=1.0, rate=RATE, kind="WAV"):
    """Return a sound file's bytes."""
    file, time_ = io.BytesIO(), np.arange(int(seconds * rate)) / rate
    soundfile.write(file, 0.5 * np.sin(2 * np.pi * hertz * time_), rate, format=kind)
    return file.getvalue()


CHUNKED = {"Transfer-Encoding": "chunked"}
CLIPS = [tone(hertz) for hertz in (200, 250, 3000, 3500)]
LABELS = ["low", "low", "high", "high"]


@pytest.fixture(scope="module")
def model():
    return make_audio_pipeline("tutorial", classifier="logistic").fit(CLIPS, LABELS)


@pytest.fixture(scope="module")
def port(model):
    with served(service(model, max_bytes=3_000_000, max_duration=20.0)) as port:
        yield port


def ask(port, method="POST", path="/classify", body=b"", headers=None):
    """Return the status and the JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {}, encode_chunked=headers == CHUNKED)
        answer = connection.getresponse()
        assert answer.getheader("content-type") == "application/json"
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def form(content, *, name="clip", filename="bark.wav", boundary="----bound", end=True):
    """Return a form with one file, and its headers."""
    file = f'; filename="{filename}"' if filename else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
    body = head + content + (f"\r\n--{boundary}--\r\n".encode() if end else b"")
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def answer_of(model, content):
    """Return what the service should say of a clip: what the model says."""
    try:
        shares = model.predict_proba([content])[0]
    except AudioReadError as error:
        return 422, {"error": str(error)}
    probabilities = dict(zip(model.classes_, shares.tolist(), strict=True))
    return 200, {"class": model.classes_[shares.argmax()], "probabilities": probabilities}
