"""Ctrl-C that waits until a decoder has come back.

Decoders read by calling Python, and an exception that is raised there goes no further: the interruption would be lost,
and the decoder would take the failed reading for the end of the sound.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HELD = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back in the block, then call the Python handler of the first; main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, Any]] = []
    own = {each: signal.getsignal(each) for each in _HELD}
    own = {each: handler for each, handler in own.items() if callable(handler)}
    for each in own:
        signal.signal(each, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        for each, handler in own.items():
            signal.signal(each, handler)
        if came:
            number, frame = came[0]
            handler = own[signal.Signals(number)]
            assert callable(handler)
            handler(number, frame)
