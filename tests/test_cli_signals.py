"""Ctrl-C ends a command, also where a library swallows the KeyboardInterrupt."""

import os
import signal
import sys
import time
import weakref

import pytest

from skaudio.cli import _signals
from skaudio.cli._signals import interrupt_on_signals


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that raises signals here")
def test_a_swallowed_interrupt_is_raised_again(monkeypatch):
    set_to = []
    monkeypatch.setattr(signal, "setitimer", lambda _, seconds: set_to.append(seconds))
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    with interrupt_on_signals() as signals:
        for number in (signal.SIGINT, signal.SIGALRM, signal.SIGALRM):  # the alarms are those of the timer
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
        signals.at_the_end = True
        os.kill(os.getpid(), signal.SIGALRM)  # nothing is raised any more
    assert signals.came == [signal.SIGINT, signal.SIGALRM, signal.SIGALRM, signal.SIGALRM]
    assert set_to == [_signals._INSIST] * 3 + [0]
    assert {each: signal.getsignal(each) for each in before} == before


def interrupt_in_a_callback(reference):
    """Python prints what a weak reference's callback raises, and goes on."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that raises signals here")
def test_an_interrupt_that_nothing_can_take_is_raised_again_at_once(capfd):
    before = sys.unraisablehook
    referents = [{1}]
    reference = weakref.ref(referents[0], interrupt_in_a_callback)
    with interrupt_on_signals() as signals, pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the timer is fast
        referents.clear()
        time.sleep(60)
    assert reference() is None
    assert signals.came == [signal.SIGINT, signal.SIGALRM]
    assert sys.unraisablehook is before
    assert capfd.readouterr() == ("", "")


def test_other_exceptions_that_nothing_can_take_are_reported_as_ever(monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: reported.append(lost.exc_type))
    with interrupt_on_signals():
        referent = {1}
        reference = weakref.ref(referent, lambda _: 1 / 0)
        del referent
    assert reference() is None
    assert reported == [ZeroDivisionError]
