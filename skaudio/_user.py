"""The name of the user who runs this process, for records that name nobody else."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Return the user's name, or ``"unknown"``."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "unknown"
