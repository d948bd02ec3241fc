"""Python's `sqlite3` on Python's own SQLite, also where TensorFlow was imported before.

TensorFlow holds an SQLite of its own, without full-text search, and shows its names to all libraries that are loaded
later. Python's module would take those in place of the library that it was built for.
"""

from __future__ import annotations

import os
import sys

__all__ = ["sqlite3"]

if "tensorflow" in sys.modules and "_sqlite3" not in sys.modules and hasattr(os, "RTLD_DEEPBIND"):
    _flags = sys.getdlopenflags()
    sys.setdlopenflags(_flags | os.RTLD_DEEPBIND)
    try:
        import sqlite3
    finally:
        sys.setdlopenflags(_flags)
else:
    import sqlite3
