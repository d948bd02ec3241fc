"""``skaudio cache``: what the feature store holds, and how to make it smaller."""

from __future__ import annotations

import re
from pathlib import Path

from skaudio.cli._report import console, print_json
from skaudio.store import FeatureStore

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def show_store(path: Path | None, *, as_json: bool) -> None:
    """Print what is in the store, and how it was used."""
    found = FeatureStore(path).info()
    if as_json:
        print_json(found)
        return
    console.print(f"{found['path']}: {found['clips']} clips, {found['bytes'] / 1e6:.1f} MB")
    console.print(f"{found['hits']} hits, {found['misses']} misses, {found['extractions']} extractions so far")


def prune_store(path: Path | None, size: str) -> None:
    """Forget the clips that were not used for longest."""
    store = FeatureStore(path)
    forgotten = store.prune(bytes_of(size))
    console.print(f"{forgotten} clips forgotten; {store.info()['bytes'] / 1e6:.1f} MB are left")


def clear_store(path: Path | None) -> None:
    """Forget all clips."""
    store = FeatureStore(path)
    n = store.info()["clips"]
    store.clear()
    console.print(f"{n} clips forgotten")


def bytes_of(size: str) -> int:
    """Return how many bytes ``"500MB"``, ``"2G"`` or ``"1000"`` are."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", size.strip().lower())
    if match is None:
        raise ValueError(f"{size!r} is no size; a number of bytes is expected, as 500MB or 2GB")
    return int(float(match[1]) * _UNITS[match[2]])
