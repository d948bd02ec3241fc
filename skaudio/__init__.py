"""Sound files as ordinary scikit-learn data.

A clip (a path, bytes or a waveform) becomes a row of features; from there on everything is scikit-learn.
"""

import lazy_loader as _lazy

from skaudio._version import __version__

# The names are listed once, in the stub beside this file, for editors, type checkers and this line.
__getattr__, __dir__, _names = _lazy.attach_stub(__name__, __file__)

__all__ = [*_names, "__version__"]
