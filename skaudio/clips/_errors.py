"""Whatever goes wrong with a clip comes out as one kind of error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skaudio.exceptions import AudioFileNotFoundError, AudioReadError


@contextmanager
def read_errors(path: str | None) -> Iterator[None]:
    """Turn whatever goes wrong with a clip into an `AudioReadError` that names it."""
    try:
        yield
    except AudioReadError as error:
        if error.path is None:
            error.path = path
        raise
    except FileNotFoundError as error:
        raise AudioFileNotFoundError("there is no such file", path, None, error) from error
    except MemoryError as error:
        raise AudioReadError("it does not fit in memory; set duration or max_duration", path, None, error) from error
    except Exception as error:
        raise AudioReadError(reason_of(error), path, None, error) from error


def reason_of(error: Exception) -> str:
    """Return what an error says, as the end of a sentence."""
    # libsndfile's own sentence; soundfile's prefix would name the descriptor instead of the file.
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__
