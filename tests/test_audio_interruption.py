"""Ctrl-C while a decoder reads is heeded, and no sound ends early by it."""

import os
import signal
import threading

import numpy as np
import pytest
import soundfile

from skaudio import load_audio
from skaudio.audio import _content
from skaudio.audio._interruption import signals_held_back


@pytest.fixture(autouse=True)
def _put_back():
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 441000).astype("float32"), 44100)
    return path


def test_ctrl_c_within_a_read_of_the_decoder_is_heeded(path, monkeypatch):
    """The signal comes while the decoder has called Python for the next bytes, which lets no exception through."""
    reads = []

    class File(_content._File):
        def readinto(self, buffer):
            reads.append(1)
            if len(reads) == 5:
                os.kill(os.getpid(), signal.SIGINT)
            return super().readinto(buffer)

    monkeypatch.setattr(_content, "_File", File)
    with pytest.raises(KeyboardInterrupt):
        load_audio(path)
    assert len(reads) >= 5
    assert load_audio(path, sample_rate=None)[0].shape == (441000,)


def test_a_handler_is_put_back_and_called_once():
    calls = []

    def handler(number, frame):
        calls.append(number)

    signal.signal(signal.SIGINT, handler)
    with signals_held_back():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert calls == []
    assert calls == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is handler
    with signals_held_back():
        pass
    assert signal.getsignal(signal.SIGINT) is handler
    assert calls == [signal.SIGINT]


def test_other_threads_hear_no_signals():
    done = []

    def work():
        with signals_held_back():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.default_int_handler]
