"""`main`: runs the command, and turns what went wrong into one line and an exit status."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, NoReturn

import typer

from skaudio.cli._app import app
from skaudio.cli._streams import ReaderGoneError, heed_sigterm, open_streams, was_terminated

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
    heed_sigterm()
    warnings.showwarning = _show_warning
    _warned.clear()
    try:
        status = _answer(arguments)
        sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - Python writes what is left at its end
        sys.exit(_BROKEN_PIPE)
    if status == _INTERRUPTED:  # typer's own answer to Ctrl-C, too
        print("skaudio: interrupted", file=sys.stderr)
        status = _TERMINATED if was_terminated() else _INTERRUPTED
    sys.exit(status if isinstance(status, int) else 0)


def _answer(arguments: list[str] | None) -> Any:
    """Run the command, and return its status; one line says what went wrong."""
    try:
        status = app(args=arguments, prog_name="skaudio", standalone_mode=False)
    except typer.TyperException as error:
        if not error.format_message():  # a group of commands without one of them: its help has been shown
            sys.exit(2)
        _fail(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        status = _INTERRUPTED
    except (ValueError, OSError, ImportError) as error:
        from skaudio.exceptions import AudioReadError

        given = sys.argv[1:] if arguments is None else arguments
        stopped = isinstance(error, AudioReadError) and given and given[0] in _ON_ERROR
        _fail(f"{error}{'; --on-error skip goes on without such clips' if stopped else ''}")
    return status


def _fail(message: str) -> NoReturn:
    from skaudio.cli._report import complain

    complain(message)
    sys.exit(2)


_warned: set[str] = set()


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    """Print a warning once, however many folds give it, and above a line of progress."""
    from tqdm import tqdm

    from skaudio._shown import shown
    from skaudio.cli._report import in_own_words

    words = in_own_words(" ".join(str(message).split()))
    if words not in _warned:
        _warned.add(words)
        tqdm.write(f"skaudio: warning: {shown(words)}", file=sys.stderr)
