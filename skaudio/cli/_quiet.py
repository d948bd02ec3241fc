"""Hide what TensorFlow prints while it starts; no setting of its own does."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hide what is written to file descriptor 2; Python's warnings are shown afterwards.

    What was hidden is shown if the block fails, but not where it is interrupted.
    """
    # TensorFlow's later notes do obey a setting: no GPU found, at its first operation; a graph traced for each of
    # several networks, which is as it should be.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    real = os.dup(2)
    # sys.stderr itself stays: loggers that are set up in the block keep it for good.
    with tempfile.TemporaryFile() as hidden, warnings.catch_warnings(record=True) as caught:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            sys.stderr.flush()
            hidden.seek(0)
            os.write(real, hidden.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
    for warning in caught:
        warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)


def import_keras_quietly() -> None:
    """Import Keras, and with it TensorFlow, without its start-up lines."""
    from skaudio.neural import import_keras

    with quiet_start():
        import_keras()
