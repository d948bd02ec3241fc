"""`get_data_home`: where datasets are kept."""

from __future__ import annotations

import os


def get_data_home() -> str:
    """Return the folder datasets are kept in: ``$SKAUDIO_DATA``, or ``skaudio_data`` in the user's home.

    Returns
    -------
    str
        Its path; the folder need not exist.

    Examples
    --------
    >>> from skaudio.datasets import get_data_home
    >>> isinstance(get_data_home(), str)
    True
    """
    home = os.environ.get("SKAUDIO_DATA") or os.path.join("~", "skaudio_data")
    return os.path.expanduser(home)
