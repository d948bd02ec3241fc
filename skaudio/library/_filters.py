"""Which sounds are meant: by tags, by columns of the catalogue, and those that are named."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from skaudio.exceptions import LibraryError

CHOOSING = """
tags : str or list of str, default=None
    Only sounds that have all of these tags.
where : dict, default=None
    Only sounds whose columns of `sounds` are as given: a text, in which ``*`` stands for any, None for those without
    one, or a list of them; a number, or the least and the most, as ``{"seconds": (None, 5.0), "category": "DOG*"}``.
exclude : list of ids or paths, or a frame with a column ``id``, default=None
    Sounds that are not to be found.
"""
"""What methods say of the parameters that choose among sounds."""

_TEXTS = ("path", "folder", "recording", "category", "weak_label", "predicted", "label")
_NUMBERS = ("seconds", "start", "end", "sample_rate", "probability")


def select(table: pd.DataFrame, tags: Any, where: Mapping[str, Any] | None, exclude: Any) -> np.ndarray:
    """Return which rows of the catalogue are wanted, as a mask.

    Raises
    ------
    ValueError
        If `where` names no column, or gives it a value of another kind.
    LibraryError
        If `exclude` names what is not in the library.
    """
    wanted = np.ones(len(table), bool)
    for tag in [tags] if isinstance(tags, str) else tags or ():
        tag = tag.strip()
        wanted &= np.fromiter((tag in each for each in table["tags"]), bool, len(table))
    if where is not None and not isinstance(where, Mapping):
        raise ValueError(f"where={where!r} must be a dict, as {{'label': 'dog'}}")
    for name, condition in (where or {}).items():
        wanted &= _meets(table, name, condition)
    if exclude is not None:
        wanted &= ~table["id"].isin(ids_of(table, exclude)).to_numpy()
    return wanted


def ids_of(table: pd.DataFrame, sounds: Any) -> list[int]:
    """Return the ids of sounds that are named by id, by path, or by a table such as a search gives.

    Raises
    ------
    LibraryError
        If one is not in the library.
    """
    if isinstance(sounds, pd.DataFrame):
        if "id" not in sounds:
            raise LibraryError(f"a table with the column 'id' is expected; this one has {', '.join(sounds.columns)}")
        sounds = sounds["id"].tolist()
    if isinstance(sounds, (str, os.PathLike)) or not isinstance(sounds, Iterable):
        sounds = [sounds]
    known = set(table["id"].tolist())
    by_path: dict[str, list[int]] = {}
    found: list[int] = []
    for sound in sounds:
        if isinstance(sound, Integral):
            if int(sound) not in known:
                raise LibraryError(f"there is no sound {int(sound)} in the library")
            found.append(int(sound))
            continue
        if not by_path:
            for path, each in zip(table["path"], table["id"]):
                by_path.setdefault(path, []).append(int(each))
        if not isinstance(sound, (str, os.PathLike)):
            raise LibraryError(f"{sound!r} is no sound: its id, or the path of its file is expected")
        path = os.path.abspath(os.path.expanduser(os.fspath(sound)))
        if path not in by_path:
            raise LibraryError(f"{path!r} is not in the library, or cannot be read")
        found += by_path[path]
    return found


def _meets(table: pd.DataFrame, name: str, condition: Any) -> np.ndarray:
    if name in _NUMBERS:
        return _is_within(table[name].to_numpy(), name, condition)
    if name not in _TEXTS:
        raise ValueError(f"where names {name!r}; the catalogue has {', '.join((*_TEXTS, *_NUMBERS))}")
    conditions = [condition] if condition is None or isinstance(condition, str) else condition
    if not isinstance(conditions, Iterable) or not all(each is None or isinstance(each, str) for each in conditions):
        raise ValueError(
            f"where[{name!r}]={condition!r} must be a text, in which * stands for any, None for those without one, or "
            "a list of them"
        )
    conditions = list(conditions)
    patterns = [each for each in conditions if each is not None]
    if name == "path":  # also one that is given from here
        patterns += [os.path.abspath(each) for each in patterns]
    wanted = re.compile("|".join(map(_expression, patterns)) if patterns else r"(?!)", re.DOTALL)
    texts = table[name].to_numpy(dtype=object)
    lacking = None in conditions
    matches = (wanted.fullmatch(text) is not None if isinstance(text, str) else lacking for text in texts)
    return np.fromiter(matches, bool, len(texts))


def _expression(pattern: str) -> str:
    """Return a text in which ``*`` stands for any as a regular expression."""
    return "(?:" + ".*".join(map(re.escape, pattern.split("*"))) + ")"


def _is_within(values: np.ndarray, name: str, condition: Any) -> np.ndarray:
    if isinstance(condition, Real) and not isinstance(condition, bool):
        return np.asarray(values == condition)
    try:
        least, most = condition
        least = -np.inf if least is None else float(least)
        most = np.inf if most is None else float(most)
    except (TypeError, ValueError):
        raise ValueError(
            f"where[{name!r}]={condition!r} must be a number, or a pair of the least and the most, None for no limit"
        ) from None
    return np.asarray((values >= least) & (values <= most))
