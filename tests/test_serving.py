"""The service: a real server on loopback, what it answers, and the command that starts it."""

import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from browsing import served
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from uploading import CHUNKED, CLIPS, LABELS, answer_of, ask, form, model, port, tone  # noqa: F401 - fixtures

from skaudio import MFCCTransformer, make_audio_pipeline, save
from skaudio.augmentation import AugmentedClassifier, Gain
from skaudio.serving import serve, service

uvicorn = pytest.importorskip("uvicorn")


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
