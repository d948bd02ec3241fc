"""What several docstrings say, written once: a line ``{name}`` in a docstring stands for a text kept elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from textwrap import indent
from typing import Any, TypeVar

_PLACE = re.compile(r"^( *)\{(\w+)\}$", re.MULTILINE)
_F = TypeVar("_F", bound=Callable[..., Any])


def fill_placeholders(docstring: str | None, texts: Mapping[str, str]) -> str | None:
    """Return a docstring with the texts that its lines stand for, indented as those lines are.

    Parameters
    ----------
    docstring : str or None
        None, as under ``python -OO``, stays None.
    texts : dict of str
        The texts by name. A line that names none of them stays.

    Examples
    --------
    >>> print(fill_placeholders("Title.\\n\\n    {seed}\\n", {"seed": "random_state : int\\n    Seed."}))
    Title.
    <BLANKLINE>
        random_state : int
            Seed.
    <BLANKLINE>
    """
    if docstring is None:
        return None

    def text(match: re.Match[str]) -> str:
        found = texts.get(match[2])
        return match[0] if found is None else indent(found.strip("\n"), match[1])

    return _PLACE.sub(text, docstring)


def fill_docstring(**texts: str) -> Callable[[_F], _F]:
    """Return a decorator that fills the docstring of a function."""

    def fill(function: _F) -> _F:
        function.__doc__ = fill_placeholders(function.__doc__, texts)
        return function

    return fill


class SharedDocs:
    """Base of classes whose docstrings share texts: each class keeps in `_shared_doc` those of its own parameters."""

    _shared_doc: dict[str, str] = {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        texts = {
            name: text for base in reversed(cls.__mro__) for name, text in vars(base).get("_shared_doc", {}).items()
        }
        cls.__doc__ = fill_placeholders(cls.__doc__, texts)
