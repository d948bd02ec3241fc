"""Labels that look like one and are two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from skaudio.exceptions import warn_user


def warn_of_look_alikes(labels: Iterable[Any]) -> None:
    """Warn of classes whose names differ in white space, capitals or the form of their Unicode alone."""
    seen: dict[str, str] = {}
    for label in labels:
        if not isinstance(label, str):
            continue
        plain = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
        other = seen.setdefault(plain, label)
        if other != label:
            warn_user(
                f"the classes {other!r} and {label!r} differ in white space or capitals alone; are they one class?"
            )
