"""A library of one's sounds: what there is, found by what it sounds like, by words, and by what was said of it."""

from skaudio.library._library import SoundLibrary
from skaudio.library._ucs import UcsName, parse_ucs_name
from skaudio.library._update import UpdateReport

__all__ = ["SoundLibrary", "UcsName", "UpdateReport", "parse_ucs_name"]
