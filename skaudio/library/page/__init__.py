"""A library in the browser: listen, find, tag, label. On this machine alone, and without another host."""

from skaudio.library.page._app import library_page
from skaudio.library.page._serve import serve_library

__all__ = ["library_page", "serve_library"]
