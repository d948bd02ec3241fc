"""Ctrl-C and SIGTERM, which end a command alike: what was begun is cleared away, and no worker is left."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HEEDED = (signal.SIGINT, signal.SIGTERM)
_CAN_INSIST = hasattr(signal, "setitimer")
_INSIST = 10.0  # seconds until KeyboardInterrupt is raised again, should a library have swallowed it
_AT_ONCE = 0.05  # the same, where Python itself told that nothing could take the exception


class Signals:
    """The signals that came. They are noted since libraries turn the KeyboardInterrupt of a signal into other errors.

    Attributes
    ----------
    came : list of int
        Their numbers.
    at_the_end : bool
        Whether signals raise nothing any more, because the command is only clearing away.
    report_lost : callable
        What reports all other exceptions that nothing can take.
    """

    def __init__(self) -> None:
        self.came: list[int] = []
        self.at_the_end = False
        self.report_lost = sys.unraisablehook

    def take(self, number: int, _: Any) -> None:
        """Note a signal, and raise KeyboardInterrupt; again after a while, unless the command has ended by then."""
        self.came.append(number)
        if not self.at_the_end:
            if _CAN_INSIST:
                signal.setitimer(signal.ITIMER_REAL, _INSIST)
            raise KeyboardInterrupt

    def take_lost(self, lost: sys.UnraisableHookArgs) -> None:
        """Raise KeyboardInterrupt again where it came within a callback, such as a weak reference's, which ends there.

        It stands in for ``sys.unraisablehook``, which would print it as an exception that was ignored.
        """
        if not (_CAN_INSIST and issubclass(lost.exc_type, KeyboardInterrupt)):
            self.report_lost(lost)
        elif not self.at_the_end:
            signal.setitimer(signal.ITIMER_REAL, _AT_ONCE)


@contextmanager
def interrupt_on_signals() -> Iterator[Signals]:
    """Have either signal raise KeyboardInterrupt; the process's own handlers are put back at the end.

    Where Ctrl-C is ignored, as in the background of a shell, it stays so. Other threads than the first hear no signals.
    """
    signals = Signals()
    own: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {each: signal.getsignal(each) for each in _HEEDED}
        own = {each: handler for each, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    if own and _CAN_INSIST:
        own[signal.SIGALRM] = signal.getsignal(signal.SIGALRM) or signal.SIG_DFL
    for each in own:
        signal.signal(each, signals.take)
    if own:
        sys.unraisablehook = signals.take_lost
    try:
        yield signals
    finally:
        if own and _CAN_INSIST:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in own.items():
            signal.signal(each, handler)
        sys.unraisablehook = signals.report_lost
