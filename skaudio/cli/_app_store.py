"""The commands on the store of features and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from skaudio.cli._options import Json, Store

app = typer.Typer(help="Look at, shrink or empty the store of features that were extracted.")


@app.command("info")
def cache_info(path: Store = None, json: Json = False) -> None:
    """Tell how many clips are stored, their size, and how often they were found."""
    from skaudio.cli._cache import show_store

    show_store(path, as_json=json)


@app.command("prune")
def cache_prune(
    size: Annotated[str, typer.Argument(metavar="SIZE", help="What to come down to, as 500MB or 2GB.")],
    path: Store = None,
) -> None:
    """Forget the clips that were not used for longest, down to a size."""
    from skaudio.cli._cache import prune_store

    prune_store(path, size)


@app.command("clear")
def cache_clear(path: Store = None) -> None:
    """Forget all clips."""
    from skaudio.cli._cache import clear_store

    clear_store(path)
