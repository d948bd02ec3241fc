"""The errors and warnings of skaudio.

Every error says which clip, file or parameter it is about, what was found and what would be right. All of them
survive pickling, so they reach the caller from any joblib worker.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from typing import Any

__all__ = [
    "AudioFileNotFoundError",
    "AudioReadError",
    "AudioReadWarning",
    "DatasetError",
    "ExportError",
    "LeakageWarning",
    "LibraryError",
    "ModelFileError",
]


class AudioReadError(ValueError):
    """A clip that cannot be turned into samples.

    Parameters
    ----------
    reason : str
        What was found, and what would be right.
    path : str or None
        The clip's file as the caller named it; None for a clip in memory.
    position : int or None
        The clip's place in the ``X`` given to an estimator; None outside of one.
    cause : Exception or None
        What the decoder, the resampler or the file system raised.

    Attributes
    ----------
    reason, path, position, cause
        The parameters.

    Examples
    --------
    >>> from skaudio.exceptions import AudioReadError
    >>> print(AudioReadError("the file is empty (0 bytes)", "dog.wav", 3))
    cannot read clip 3, 'dog.wav': the file is empty (0 bytes)
    """

    def __init__(
        self,
        reason: str,
        path: str | None = None,
        position: int | None = None,
        cause: BaseException | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.position = position
        self.cause = cause

    def __str__(self) -> str:
        clip = "the clip" if self.position is None else f"clip {self.position}"
        if self.path is not None:
            clip = repr(self.path) if self.position is None else f"{clip}, {self.path!r}"
        return f"cannot read {clip}: {self.reason}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.path, self.position, _picklable(self.cause))


class AudioFileNotFoundError(AudioReadError, FileNotFoundError):
    """A clip whose file does not exist: an `AudioReadError` that is a `FileNotFoundError` too."""


class DatasetError(ValueError):
    """A dataset that is not laid out as its loader expects."""


class LibraryError(ValueError):
    """A library of sounds that cannot be opened, or is asked for what it does not hold."""


class ModelFileError(ValueError):
    """A file that is no model, was changed or holds untrusted types; or an estimator that cannot be saved as data."""


class ExportError(ValueError):
    """A pipeline, or a step of one, that no graph can be made of, or a graph that does not agree with it."""


class AudioReadWarning(UserWarning):
    """Some clips could not be read; their rows are NaN."""


class LeakageWarning(UserWarning):
    """Test clips share their source recording with training clips."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, and point at the line outside of skaudio and scikit-learn that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ("skaudio", "sklearn", "joblib"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def first_line(error: BaseException) -> str:
    """Return the first line of what another library's error says, or its name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _picklable(cause: BaseException | None) -> BaseException | None:
    """Return `cause`, or a plain error of the same words where it would not survive pickling."""
    try:
        pickle.loads(pickle.dumps(cause))
    except Exception:
        return RuntimeError(f"{type(cause).__name__}: {cause}")
    return cause
