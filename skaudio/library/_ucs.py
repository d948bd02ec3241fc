"""Names of the Universal Category System: ``CatID_FXName_CreatorID_SourceID``, as sound designers' files have them."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

import pandas as pd

from skaudio.exceptions import LibraryError

# A category in capitals, a subcategory that goes on in small letters, and a category of the user's own.
_CATEGORY = re.compile(r"(?P<id>[A-Z]{2,}[A-Z0-9]*[a-z][A-Za-z0-9]*)(?:-(?P<own>[^-_]+))?")
_COLUMNS = {"catid": "id", "category": "category", "subcategory": "subcategory"}
_WORDS = ("explanations", "explanation", "synonyms", "synonyms - comma separated")


class UcsName(NamedTuple):
    """What a name says.

    Attributes
    ----------
    category : str
        The category's id, as ``DOGBark``.
    user_category : str
        What the maker has added to it; empty if nothing.
    name : str
        What is heard.
    creator, source : str
        Who made it, and from what.
    user_data : str
        What follows; empty if nothing.
    """

    category: str
    user_category: str
    name: str
    creator: str
    source: str
    user_data: str


def parse_ucs_name(name: str | os.PathLike[str]) -> UcsName | None:
    """Read a file's name as the Universal Category System has it.

    Parameters
    ----------
    name : str or PathLike
        The name, with or without folders and an ending.

    Returns
    -------
    UcsName or None
        What it says; None where it has another form. Whether there is such a category, its form does not tell.

    Examples
    --------
    >>> from skaudio.library import parse_ucs_name
    >>> parse_ucs_name("sounds/ANMLDog-Small_Bark Twice_JD_YARD.wav")
    UcsName(category='ANMLDog', user_category='Small', name='Bark Twice', creator='JD', source='YARD', user_data='')
    >>> parse_ucs_name("bark_03.wav") is None
    True
    """
    stem = os.path.splitext(os.path.basename(os.fspath(name)))[0]
    parts = stem.split("_", 4)
    if len(parts) < 4 or not all(part.strip() for part in parts[:4]):
        return None
    match = _CATEGORY.fullmatch(parts[0])
    if match is None:
        return None
    name, creator, source = parts[1:4]
    return UcsName(match["id"], match["own"] or "", name, creator, source, parts[4] if len(parts) > 4 else "")


def read_categories(path: str | os.PathLike[str]) -> list[tuple[str, str, str, str]]:
    """Read a table of the system's categories, a CSV with the columns CatID, Category and SubCategory.

    Returns
    -------
    list of (str, str, str, str)
        Id, category, subcategory, and the words of columns called Explanations or Synonyms.

    Raises
    ------
    LibraryError
        If it is no such table.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as error:
        raise LibraryError(f"{os.fspath(path)!r} cannot be read as a table of categories: {error}") from error
    names = {str(column).strip().lower(): column for column in table.columns}
    lacking = [name for name in _COLUMNS if name not in names]
    if lacking:
        raise LibraryError(
            f"{os.fspath(path)!r} has no columns {', '.join(lacking)}; a table of categories has CatID, Category and "
            f"SubCategory, and this one has {', '.join(map(str, table.columns))}"
        )
    rows = []
    for _, row in table.iterrows():
        words = " ".join(row[names[name]] for name in _WORDS if name in names)
        values = [row[names[name]].strip() for name in _COLUMNS]
        if values[0]:
            rows.append((values[0], values[1], values[2], words))
    return rows
