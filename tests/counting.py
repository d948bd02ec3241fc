"""Count what is done with clips, in any process, by the audit events that skaudio raises: each is a line in a file.

An audit hook cannot be taken away again, so there is one a process, which can be told to write elsewhere or nowhere.
"""

import os
import sys
import threading
from contextlib import contextmanager

_EVENTS = ("skaudio.decode", "skaudio.spectra")
_state = {"log": None, "listeners": []}


def _hook(event, arguments):
    if event not in _EVENTS:
        return
    for listener in _state["listeners"]:
        listener(event, *arguments)
    if _state["log"] is not None:
        # One write of a line to a file opened for appending is not torn apart by those of other processes.
        descriptor = os.open(_state["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{os.getpid()} {event} {' '.join(map(str, arguments))}\n".encode())
        os.close(descriptor)


def count_decodes(log):
    """Have this process note in the file `log` each clip it decodes and each waveform it transforms."""
    _install()
    _state["log"] = log


def _install():
    if not _state.get("installed"):
        _state["installed"] = True
        sys.addaudithook(_hook)


@contextmanager
def listening():
    """Give a list that is filled with ``(thread, event, *arguments)`` of what this process does meanwhile."""
    _install()
    events = []

    def listener(event, *arguments):
        events.append((threading.get_ident(), event, *arguments))

    _state["listeners"].append(listener)
    try:
        yield events
    finally:
        _state["listeners"].remove(listener)


@contextmanager
def answering(answer):
    """Have `answer` called with each event and its arguments."""
    _install()
    _state["listeners"].append(answer)
    try:
        yield
    finally:
        _state["listeners"].remove(answer)


def decodes(log):
    """Return the paths that were decoded, by process.

    Sound in memory has none; among it is the signal by which a store knows what is computed.
    """
    by_process = {}
    for process, event, rest in _lines(log):
        if event == "skaudio.decode" and rest != "None":
            by_process.setdefault(int(process), []).append(rest)
    return by_process


def _lines(log):
    if os.path.exists(log):
        with open(log) as file:
            for line in file:
                yield line.rstrip("\n").split(" ", 2)
