"""Hide what TensorFlow prints while it starts; no setting of its own does."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hide what libraries write to file descriptor 2; Python's own errors and warnings stay visible.

    What was hidden is shown if the block fails.
    """
    # TensorFlow's later notes (no GPU found, at its first operation) do obey a setting.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    real = os.dup(2)
    python_stderr = sys.stderr
    with tempfile.TemporaryFile() as hidden, os.fdopen(os.dup(real), "w", buffering=1) as visible:
        os.dup2(hidden.fileno(), 2)
        sys.stderr = visible
        try:
            yield
        except BaseException:
            hidden.seek(0)
            os.write(real, hidden.read())
            raise
        finally:
            sys.stderr = python_stderr
            os.dup2(real, 2)
            os.close(real)


def import_keras_quietly() -> None:
    """Import Keras, and with it TensorFlow, without its start-up lines."""
    with quiet_start():
        import keras  # noqa: F401


def quiet_workers() -> Any:
    """Return a context in which joblib's worker processes import Keras quietly before their first task."""
    import joblib

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return joblib.parallel_config(backend="loky", initializer=import_keras_quietly)
