"""`main`: runs the command, and turns what went wrong into one line and an exit status."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from typing import Any

import typer

from skaudio.cli._app import app
from skaudio.cli._signals import Signals, interrupt_on_signals
from skaudio.cli._streams import ReaderGoneError, open_streams

_INTERRUPTED, _BROKEN_PIPE, _TERMINATED = 130, 141, 143
_ON_ERROR = ("extract", "evaluate", "search", "train", "score")  # the commands that can go on


def main(arguments: list[str] | None = None) -> None:
    """Run the command: exit status 0, or 2 and one line on what the user can put right.

    Parameters
    ----------
    arguments : list of str or None
        The command line without the program's name; None takes the process's own.
    """
    open_streams()
    warnings.showwarning = _show_warning
    _warned.clear()
    with interrupt_on_signals() as signals:
        status = _status(arguments, signals)
        if status == _INTERRUPTED:
            signals.at_the_end = True
            if "joblib" in sys.modules:
                from skaudio.cli._processes import end_workers

                end_workers()
            print("skaudio: interrupted", file=sys.stderr)
            status = _TERMINATED if signal.SIGTERM in signals.came else _INTERRUPTED
    sys.exit(status)


def _status(arguments: list[str] | None, signals: Signals) -> int:
    """Run the command, and return the exit status; after a signal, any error is what a library has made of it."""
    try:
        status = _answer(arguments, signals)
        sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - Python writes what is left at its end
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BaseException:
        if not signals.came:
            raise
        return _INTERRUPTED
    return status if isinstance(status, int) else 0


def _answer(arguments: list[str] | None, signals: Signals) -> Any:
    """Run the command, and return its status; one line says what went wrong."""
    try:
        return app(args=arguments, prog_name="skaudio", standalone_mode=False)
    except typer.TyperException as error:
        if not error.format_message():  # a group of commands without one of them: its help has been shown
            return 2
        return _complain(error.format_message())
    except typer.Abort:  # typer's own answer to Ctrl-C
        return _INTERRUPTED
    except (ValueError, OSError, ImportError) as error:
        if signals.came:
            raise
        from skaudio.exceptions import AudioReadError

        given = sys.argv[1:] if arguments is None else arguments
        stopped = isinstance(error, AudioReadError) and given and given[0] in _ON_ERROR
        return _complain(f"{error}{'; --on-error skip goes on without such clips' if stopped else ''}")


def _complain(message: str) -> int:
    from skaudio.cli._report import complain

    complain(message)
    return 2


_warned: set[str] = set()


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    """Print a warning once, however many folds give it, and above a line of progress."""
    from tqdm import tqdm

    from skaudio._shown import escape_unsafe
    from skaudio.cli._report import in_cli_words

    words = in_cli_words(" ".join(str(message).split()))
    if words not in _warned:
        _warned.add(words)
        tqdm.write(f"skaudio: warning: {escape_unsafe(words)}", file=sys.stderr)
