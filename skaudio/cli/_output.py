"""What commands write: figures, tables and models, each of them whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from skaudio._writing import check_output, replacing

PLAIN = ".skaudio"
"""What the name of a model file ends in."""
PICKLES = (".joblib", ".pkl")


def check_folder(path: Path) -> None:
    """Raise, before the work, where a folder could not be made or written to after it."""
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{str(path)!r} is a file; a folder to write to is expected")
    there = path.absolute()
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        raise PermissionError(f"{str(there)!r} cannot be written to")


def save_model(pipeline: Any, path: Path) -> None:
    """Write a fitted pipeline for ``skaudio predict``: as plain data, or as a pickle where the name asks for one."""
    if path.suffix == PLAIN:
        from skaudio.persistence import save

        save(pipeline, path)
        return
    import joblib

    with replacing(path) as name:
        joblib.dump(pipeline, name)


def check_model_output(path: Path) -> None:
    """Raise, before the work, where a model could not be written to `path` after it."""
    check_output(path)
    if path.suffix not in (PLAIN, *PICKLES):
        raise ValueError(f"{str(path)!r} must end in {PLAIN}, or in {' or '.join(PICKLES)} for a pickle")


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as PNG."""
    with replacing(path) as name:
        figure.savefig(name, dpi=120)


def new_axes(rows: int = 1, columns: int = 1, *, width: float = 7, height: float = 4.5) -> Any:
    """Return axes of a new figure. No pyplot: a terminal may have no display, and such a figure needs none."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").subplots(rows, columns)
