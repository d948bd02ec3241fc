"""Labels, speakers and folds that stand in the names of files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from string import Formatter

import pandas as pd

from skaudio.exceptions import DatasetError

_N_SHOWN = 5  # names that do not match


def fields_of(pattern: str, root: str, paths: Sequence[str]) -> pd.DataFrame:
    """Return what a pattern finds in the names of files, a column a field.

    Parameters
    ----------
    pattern : str
        Fields in braces and text between them, as ``"{label}_{group}_{n}"``. A field is one character or more, and none
        of those that the text beside it begins or ends with, so that a name can be read in one way only;
        ``"{label:.+}"`` gives a field a regular expression of its own. It must match the whole of a name without its
        ending or, where there is a slash in the pattern, of the path below `root`.
    root : str
        The folder.
    paths : sequence of str
        Files below it.

    Raises
    ------
    DatasetError
        If names do not match; some are listed.
    ValueError
        If it is no pattern.
    """
    expression = _compiled(pattern)
    names = [os.path.splitext(os.path.relpath(path, root))[0].replace(os.sep, "/") for path in paths]
    if "/" not in pattern:
        names = [name.rpartition("/")[2] for name in names]
    matches = [expression.fullmatch(name) for name in names]
    unmatched = [name for name, match in zip(names, matches) if match is None]
    if unmatched:
        shown = ", ".join(map(repr, unmatched[:_N_SHOWN])) + (", ..." if len(unmatched) > _N_SHOWN else "")
        raise DatasetError(
            f"{len(unmatched)} of {len(names)} names in {root!r} do not match pattern={pattern!r}: {shown}. A field "
            "holds none of the characters beside it, unless it says so: {label:.+}"
        )
    return pd.DataFrame([match.groupdict() for match in matches if match is not None])


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        parts = [(text, field, own) for text, field, own, _ in Formatter().parse(pattern)]
    except (ValueError, TypeError) as error:
        raise ValueError(f"pattern={pattern!r} is no pattern of fields in braces: {error}") from error
    expression = ""
    for k, (text, field, own) in enumerate(parts):
        expression += re.escape(text)
        if field is None:
            continue
        if not field.isidentifier():
            raise ValueError(f"pattern={pattern!r} has a field {field!r}; a name is expected, as in '{{label}}'")
        following = parts[k + 1][0] if k + 1 < len(parts) else ""
        if not following and k + 1 < len(parts) and not own:
            raise ValueError(f"pattern={pattern!r} has nothing between {field!r} and the next field")
        beside = re.escape("/" + text[-1:] + following[:1])
        expression += f"(?P<{field}>{own or f'[^{beside}]+'})"
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise ValueError(f"pattern={pattern!r} cannot be used: {error}") from error
    if not compiled.groupindex:
        raise ValueError(
            f"pattern={pattern!r} has no fields; label, group and fold are known, as '{{label}}_{{group}}'"
        )
    return compiled
