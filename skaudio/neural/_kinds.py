"""The kinds of network that there are."""

from __future__ import annotations

from skaudio.neural._convolutional import Convolutional
from skaudio.neural._dense import Dense
from skaudio.neural._kind import NetworkKind

_KINDS: dict[str, NetworkKind] = {kind.name: kind for kind in (Dense(), Convolutional())}


def find_kind(name: str) -> NetworkKind:
    """Return the kind of a name; raise ValueError where there is none."""
    if name not in _KINDS:
        raise ValueError(f"kind={name!r} is no network of this package; {', '.join(_KINDS)} are")
    return _KINDS[name]
