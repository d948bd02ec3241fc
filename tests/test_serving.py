"""The service: a real server on loopback, good uploads and broken ones, and the command that starts it."""

import http.client
import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from browsing import served
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skaudio import MFCCTransformer, make_audio_pipeline, save
from skaudio import serving as serving_module
from skaudio.augmentation import AugmentedClassifier, Gain
from skaudio.exceptions import AudioReadError
from skaudio.serving import serve, service

uvicorn = pytest.importorskip("uvicorn")

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
    with served(service(model, max_bytes=3_000_000, max_duration=20.0, timeout=2.0)) as port:
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


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_an_upload_gets_what_the_model_says(port, model, kind):
    content = tone(240, kind=kind)
    assert ask(port, body=content) == answer_of(model, content)
    body, headers = form(content)
    assert ask(port, body=body, headers=headers) == answer_of(model, content)
    in_pieces = (content[i : i + 1000] for i in range(0, len(content), 1000))
    assert ask(port, body=in_pieces, headers=CHUNKED) == answer_of(model, content)


def test_many_at_once_get_what_one_gets(port, model):
    contents = [tone(hertz) for hertz in range(200, 3200, 100)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda content: ask(port, body=content), contents))
    for answer, content in zip(answers, contents, strict=True):
        assert answer == answer_of(model, content)


def test_health_tells_classes_and_limits(port):
    status, about = ask(port, "GET", "/health")
    assert status == 200
    assert about.items() >= {"status": "ok", "classes": ["high", "low"], "max_duration": 20.0}.items()


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


def test_a_slow_upload_and_one_that_ends_early_hold_nothing_up(port, model):
    head = b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
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


def test_another_address_or_method_tells_the_right_one(port):
    for method, path, status in (("GET", "/classify", 405), ("POST", "/", 404), ("GET", "/classify.php", 404)):
        found, answer = ask(port, method, path)
        assert found == status
        assert "POST a sound file to /classify" in answer["error"]


def test_what_fails_of_the_model_is_no_fault_of_the_upload(model):
    class Fails(LogisticRegression):
        def predict_proba(self, X):
            raise ValueError("secret")

    broken = make_pipeline(*[step for _, step in model.steps[:-1]], Fails()).fit(CLIPS, LABELS)
    with served(service(broken)) as port:
        status, answer = ask(port, body=CLIPS[0])
    assert status == 500
    assert "secret" not in str(answer)


def test_a_copy_is_served_that_forgives_nothing_and_writes_nothing(tmp_path):
    features = MFCCTransformer(on_error="nan", cache=tmp_path / "store.sqlite", max_duration=5.0)
    pipeline = make_pipeline(features, LogisticRegression())
    augmented = AugmentedClassifier(pipeline, [Gain()], random_state=0).fit(CLIPS, LABELS)
    written = (tmp_path / "store.sqlite").stat().st_mtime_ns
    with served(service(augmented, max_duration=20.0)) as port:
        assert ask(port, body=b"RIFF")[0] == 422
        status, answer = ask(port, body=tone(300, seconds=6))
        assert (status, "max_duration=5 s" in answer["error"]) == (422, True)
        found = ask(port, body=CLIPS[0])
    assert (tmp_path / "store.sqlite").stat().st_mtime_ns == written
    assert found == answer_of(augmented.estimator_, CLIPS[0])
    assert augmented.estimator_[0].on_error == "nan"
    assert augmented.estimator_[0].max_duration == 5.0


def test_a_second_may_not_hold_more_than_a_microphone_gives(port):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((655350, 8)), 655350, format="FLAC")
    status, answer = ask(port, body=file.getvalue())
    assert status == 422
    assert "8 channels of 655350 samples a second" in answer["error"]
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).uniform(-0.1, 0.1, (20_000, 8)), 192_000, format="WAV")
    assert ask(port, body=file.getvalue())[0] == 200


def test_labels_of_other_types_are_json(model):
    numbers = make_audio_pipeline("tutorial", classifier="logistic").fit(CLIPS, np.array([1, 1, 2, 2]))
    with served(service(numbers)) as port:
        status, answer = ask(port, body=CLIPS[0])
    assert (status, answer["class"], set(answer["probabilities"])) == (200, 1, {"1", "2"})


def test_what_cannot_be_served_is_refused(model):
    with pytest.raises(TypeError, match="RidgeClassifier gives no probabilities"):
        service(RidgeClassifier())
    with pytest.raises(TypeError, match="LogisticRegression takes no clips"):
        service(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    with pytest.raises(NotFittedError):
        service(make_audio_pipeline("tutorial", classifier="logistic"))
    several = make_pipeline(MFCCTransformer(), KNeighborsClassifier(1)).fit(CLIPS, np.eye(4, dtype=int)[:, :2])
    with pytest.raises(TypeError, match="classes of another kind than text and numbers"):
        service(several)
    limits = [{"max_bytes": 0}, {"max_bytes": "5"}, {"max_duration": -1.0}, {"timeout": 0}, {"n_threads": 0}]
    for limit in [*limits, {"n_threads": 1.5}]:
        (name,) = limit
        with pytest.raises(ValueError, match=name):
            service(model, **limit)


@pytest.mark.filterwarnings("ignore::skaudio.exceptions.AudioReadWarning")  # what is there of a cut sound is taken
@pytest.mark.real_sound
def test_every_file_with_a_fault_is_answered_as_python_answers(model, faults):
    paths = [path for path in sorted(Path(faults).iterdir()) if path.suffix != ".csv"]
    with served(service(model, max_bytes=20_000_000, max_duration=600.0)) as port:
        for path in paths:
            content = path.read_bytes()
            assert ask(port, body=content) == answer_of(model, content), path


@pytest.mark.slow
@pytest.mark.parametrize("start", ["the command", "the example"])
def test_a_saved_model_is_served_until_it_is_interrupted(tmp_path, model, start):
    save(model, tmp_path / "model.skaudio")
    if start == "the command":
        command, path = ["-m", "skaudio.cli", "serve", "model.skaudio", "--port", "0"], "/classify"
    else:
        example = Path(__file__).parents[1] / "examples" / "serve.py"
        command, path = [str(example), "model.skaudio", "0"], "/clips/classify"
    with subprocess.Popen([sys.executable, *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            found = None
            while found is None:
                line = process.stderr.readline()
                assert line, "it ended"
                found = re.search(r"running on http://127\.0\.0\.1:(\d+)", line)
            assert ask(int(found[1]), path=path, body=CLIPS[3]) == answer_of(model, CLIPS[3])
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=30)
        finally:
            process.kill()
    assert start == "the example" or process.returncode == 0
    assert "Traceback" not in complaints
    assert sorted(each.name for each in tmp_path.iterdir()) == ["model.skaudio"]


def test_an_address_that_is_taken_is_named(model, port):
    with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
        serve(model, port=port)
