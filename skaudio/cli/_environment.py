"""What `skaudio info` says where it is given no model."""

from __future__ import annotations

from skaudio._environment import environment, show_versions
from skaudio.cli._report import print_json


def show_environment(*, as_json: bool) -> int:
    """Print versions, the platform, and the kernel that computes."""
    if as_json:
        print_json(environment())
    else:
        show_versions()
    return 0
