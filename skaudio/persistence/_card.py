"""`card.json`: what a model is, to be read without loading it."""

from __future__ import annotations

import json
import math
import os
from importlib.metadata import version
from typing import Any

import numpy as np

from skaudio._version import __version__
from skaudio.exceptions import ModelFileError
from skaudio.persistence._archive import CARD, MODEL, WEIGHTS, read_json, read_members

FORMAT = 1
_PACKAGES = ("numpy", "scipy", "scikit-learn", "skops")


def card_of(estimator: Any, scores: dict[str, Any]) -> dict[str, Any]:
    """Return what is written of an estimator."""
    first = estimator
    while hasattr(first, "steps") or hasattr(first, "estimator_"):
        first = first.steps[0][1] if hasattr(first, "steps") else first.estimator_
    names = first.get_feature_names_out().tolist() if hasattr(first, "transform_with_failures") else None
    return {
        "format": FORMAT,
        "estimator": repr(estimator),
        "parameters": {name: _plain(value) for name, value in sorted(estimator.get_params().items())},
        "classes": _plain(getattr(estimator, "classes_", None)),
        "feature_names": names,
        "sample_rate": _plain(getattr(first, "sample_rate", None)),
        "versions": {"skaudio": __version__, **{name: version(name) for name in _PACKAGES}},
        "scores": _plain(scores),
    }


def to_json(card: dict[str, Any]) -> bytes:
    """Return a card as it is written."""
    return json.dumps(card, indent=2, allow_nan=False).encode()


def model_file_info(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a model file says of its model, without loading it.

    Parameters
    ----------
    path : str or PathLike
        A file written by `save`.

    Returns
    -------
    dict
        ``estimator`` and ``parameters`` as text and plain values, ``classes``, ``feature_names``, ``sample_rate`` in
        Hz, ``versions`` of the packages it was saved under, ``scores`` where they were known, ``format``.

    Raises
    ------
    ModelFileError
        If it is no model file.
    FileNotFoundError
        If there is none.

    Examples
    --------
    >>> from skaudio.persistence import model_file_info
    >>> model_file_info("model.skaudio")["classes"]  # doctest: +SKIP
    ['dog', 'rooster']
    """
    return read_card(read_archive(path))


def read_archive(path: str | os.PathLike[str]) -> dict[str, bytes]:
    """Return the members of a model file; raise ModelFileError unless they are exactly the three that are expected."""
    what = repr(os.fspath(path))
    found = read_members(os.fspath(path), what)
    if set(found) != {MODEL, WEIGHTS, CARD}:
        named = ", ".join(sorted(found)) or "nothing"
        raise ModelFileError(f"{what} holds {named}; {MODEL}, {WEIGHTS} and {CARD} are expected")
    return found


def read_card(found: dict[str, bytes]) -> dict[str, Any]:
    """Return the card of a model file's members."""
    card = read_json(found[CARD], CARD)
    if card.get("format") != FORMAT:
        raise ModelFileError(
            f"the file is of format {card.get('format')!r}, and skaudio {__version__} reads format {FORMAT}"
        )
    return card


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers, text and lists of them; anything else by its type."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, (str, int, bool, type(None))) else type(value).__name__
