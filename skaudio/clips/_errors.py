"""Whatever goes wrong with a clip comes out as one kind of error that names it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from skaudio.exceptions import AudioFileNotFoundError, AudioReadError

# What is wrong with the process or the machine then, and not with the clip.
_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC}

_TOO_LARGE = "it does not fit in memory; set duration, or read fewer clips at a time"


@contextmanager
def read_errors(path: str | None) -> Iterator[None]:
    """Turn whatever is wrong with a clip into an `AudioReadError` that names it.

    An error of the environment, such as a missing package or too many open files, is raised unchanged, since the clip
    may be healthy. A clip that does not fit in memory counts as one that cannot be read.
    """
    try:
        yield
    except AudioReadError as error:
        if error.path is None:
            error.path = path
        raise
    except FileNotFoundError as error:
        raise AudioFileNotFoundError("there is no such file", path, None, error) from error
    except MemoryError as error:
        raise AudioReadError(_TOO_LARGE, path, None, error) from error
    except ImportError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _RESOURCES:
            raise
        raise AudioReadError(reason_of(error), path, None, error) from error


def reason_of(error: Exception) -> str:
    """Return what an error says, as the end of a sentence."""
    # libsndfile's own sentence; soundfile's prefix would name the descriptor instead of the file.
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__
