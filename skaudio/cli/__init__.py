"""The command ``skaudio``: each subcommand is a few calls of the library."""

from skaudio.cli._main import main

__all__ = ["main"]
