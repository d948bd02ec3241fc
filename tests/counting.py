"""Count how often the decoder is entered, in any process: each entry is a line in a file."""

import os

import skaudio.audio._load as load


def count_decodes(log):
    """Have this process note in the file `log` each clip it decodes, and its own number."""
    original = getattr(load.open_path, "original", load.open_path)

    def open_path(path):
        # One write of a line to a file opened for appending is not torn apart by those of other processes.
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{os.getpid()} {path}\n".encode())
        os.close(descriptor)
        return original(path)

    open_path.original = original
    load.open_path = open_path


def decodes(log):
    """Return the paths that were decoded, by process."""
    by_process = {}
    if os.path.exists(log):
        with open(log) as file:
            for line in file:
                process, path = line.rstrip("\n").split(" ", 1)
                by_process.setdefault(int(process), []).append(path)
    return by_process
