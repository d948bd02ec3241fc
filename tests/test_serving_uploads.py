"""Uploads that are broken, too large or too slow are refused with a reason, and hold nothing up."""

import io
import socket
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from browsing import served
from sklearn.pipeline import make_pipeline
from uploading import CHUNKED, CLIPS, RATE, answer_of, ask, form, model, port, tone  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio import serving as serving_module
from skaudio.serving import service

uvicorn = pytest.importorskip("uvicorn")


def broken_sounds():
    rng = np.random.default_rng(0)
    yield "nothing", b""
    for n in (1, 4, 12, 44, 100, 5000):
        yield f"{n} random bytes", rng.bytes(n)
    for head in (b"RIFF", b"OggS", b"fLaC", b"ID3\x03", b"\xff\xfb\x90\x00", b"\x00\x00\x00\x20ftypM4A "):
        yield f"{head!r} and random bytes", head + rng.bytes(3000)
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        whole = tone(300, kind=kind)
        for share in (0.0, 0.002, 0.01, 0.1):
            yield f"{kind} cut after {share:.1%}", whole[: int(share * len(whole))]
        changed = bytearray(whole)
        changed[8:200] = rng.bytes(192)
        yield f"{kind} with another head", bytes(changed)
    file = io.BytesIO()
    soundfile.write(file, np.full(1000, np.nan), RATE, format="WAV", subtype="FLOAT")
    yield "NaN", file.getvalue()
    yield "no samples", tone(300, seconds=0)
    yield "a page", b"<!doctype html><title>404</title>"
    yield "JSON", b'{"clip": "../../etc/passwd"}'
    yield "too long", tone(300, seconds=20.5, rate=8000)
    yield "an hour of silence in a small file", silence(3600)
    yield "too long, compressed", tone(300, seconds=21, kind="OGG")


def silence(seconds):
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format="FLAC") as sound:
        for _ in range(seconds // 60):
            sound.write(np.zeros(60 * 8000))
    return file.getvalue()


def broken_forms():
    whole = tone(300)
    good, headers = form(whole)
    yield "without a boundary", good, {"Content-Type": "multipart/form-data"}
    yield "of another boundary", good, {"Content-Type": "multipart/form-data; boundary=other"}
    yield "without a file", *form(b"text", filename="")
    yield "with nothing in it", b"", headers
    yield "that is a sound", whole, headers
    yield "of two files", good.replace(b"------bound--\r\n", good), headers
    yield "that names nothing", good.replace(b"Content-Disposition", b"Content-Nonsense"), headers
    yield "with an empty file", *form(b"")
    yield "with text as its file", *form(b"hello")
    yield "cut within its head", good[:30], headers


# A few of those above can be read, as far as the decoder goes: there the service says what the model says.
@pytest.mark.filterwarnings("ignore::skaudio.exceptions.AudioReadWarning")  # what is there of a cut sound is taken
@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in broken_sounds()])
def test_a_broken_sound_gets_the_message_that_python_gets(port, model, content):
    served = make_pipeline(MFCCTransformer(max_duration=20.0), *[step for _, step in model.steps[1:]])
    expected = answer_of(served, content)
    assert ask(port, body=content) == expected
    body, headers = form(content)
    assert ask(port, body=body, headers=headers) == expected


@pytest.mark.filterwarnings("ignore::skaudio.exceptions.AudioReadWarning")  # what is there of a cut sound is taken
def test_most_of_the_broken_sounds_are_refused(port):
    answers = [ask(port, body=content)[0] for _, content in broken_sounds()]
    assert len(answers) + len(list(broken_forms())) >= 50
    assert set(answers) <= {200, 422}
    assert answers.count(422) >= 30


@pytest.mark.parametrize(("body", "headers"), [pytest.param(*rest, id=name) for name, *rest in broken_forms()])
def test_a_broken_form_is_refused_with_a_reason(port, body, headers):
    status, answer = ask(port, body=body, headers=headers)
    assert status in (400, 422)
    assert list(answer) == ["error"]
    assert len(answer["error"]) > 20


def test_the_size_of_an_upload_is_bounded_whatever_it_says_of_itself(port, model):
    for headers, body in (({}, bytes(3_000_001)), (CHUNKED, (bytes(1001) for _ in range(3000)))):
        status, answer = ask(port, body=body, headers=headers)
        assert status == 413
        assert "more than 3000000 bytes" in answer["error"]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n")
        assert b" 413 " in raw.recv(100)
    assert ask(port, body=CLIPS[0]) == answer_of(model, CLIPS[0])


def test_a_slow_upload_and_one_that_ends_early_hold_nothing_up(model):
    head = b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with (
        served(service(model, timeout=2.0)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as slow,
    ):
        slow.sendall(head + b"RIFF")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as cut:
            cut.sendall(head + b"RIFF")
        assert ask(port, body=CLIPS[0]) == answer_of(model, CLIPS[0])
        answer = b""
        while b"}" not in answer:
            answer += slow.recv(1000)
    assert b" 408 " in answer
    assert b"did not arrive within 2 s" in answer


def test_idle_connections_and_clients_that_have_gone_hold_nothing_up(port, model):
    idle = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(80)]
    content = tone(300, seconds=19, rate=44100)
    head = b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(content)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as gone:
            gone.sendall(head + content)
    assert ask(port, body=CLIPS[0]) == answer_of(model, CLIPS[0])
    for each in idle:
        each.close()


def test_more_uploads_than_there_is_room_for_are_told_to_wait(model, monkeypatch):
    monkeypatch.setattr(serving_module, "_MAX_UPLOADS", 1)
    with served(service(model)) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        slow.sendall(b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nRIFF")
        deadline = time.monotonic() + 10
        while (answer := ask(port, body=CLIPS[0]))[0] != 503:
            assert time.monotonic() < deadline
        assert "1 uploads are in work" in answer[1]["error"]
        assert ask(port, "GET", "/health")[0] == 200


def test_a_second_may_not_hold_more_than_a_microphone_gives(port):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((655350, 8)), 655350, format="FLAC")
    status, answer = ask(port, body=file.getvalue())
    assert status == 422
    assert "8 channels of 655350 samples a second" in answer["error"]
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).uniform(-0.1, 0.1, (20_000, 8)), 192_000, format="WAV")
    assert ask(port, body=file.getvalue())[0] == 200


@pytest.mark.filterwarnings("ignore::skaudio.exceptions.AudioReadWarning")  # what is there of a cut sound is taken
def test_every_file_with_a_fault_is_answered_as_python_answers(model, faults):
    paths = [path for path in sorted(Path(faults).iterdir()) if path.suffix != ".csv"]
    with served(service(model, max_bytes=20_000_000, max_duration=600.0)) as port:
        for path in paths:
            content = path.read_bytes()
            assert ask(port, body=content) == answer_of(model, content), path
