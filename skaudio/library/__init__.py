"""A library of sounds: what there is, found by what it sounds like, by words, and by what was said of it."""

from skaudio.library._engine import VectorEngine
from skaudio.library._library import SoundLibrary
from skaudio.library._qdrant import QdrantEngine
from skaudio.library._ucs import UcsName, parse_ucs_name
from skaudio.library._update import UpdateReport
from skaudio.library._usearch import UsearchEngine

__all__ = [
    "QdrantEngine",
    "SoundLibrary",
    "UcsName",
    "UpdateReport",
    "UsearchEngine",
    "VectorEngine",
    "parse_ucs_name",
]
