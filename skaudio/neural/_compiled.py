"""What is compiled once a process, for all networks of one architecture."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Compiled(Generic[_T]):
    """The compiled things of a process by signature; those not used for long are forgotten, which bounds the memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, _T] = OrderedDict()  # the last is the latest used
        self._lock = threading.Lock()

    def get(self, signature: str, make: Callable[[], _T]) -> _T:
        """Return what was made for this signature, or make it."""
        with self._lock:
            if signature not in self._kept:
                self._kept[signature] = make()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(signature)
            return self._kept[signature]


def signature(model: Any) -> str:
    """Return all of a network that is compiled in: its layers, but for the rates of dropout and the weights."""
    network = {**model.get_config(), "name": None}
    for layer in network["layers"]:
        if layer["class_name"] == "Dropout":
            layer["config"] = {**layer["config"], "rate": layer["config"]["rate"] > 0}
    written = json.dumps(network, sort_keys=True, default=str)
    # Keras counts the operations of a process in their names: two networks alike have different ones.
    for i, layer in enumerate(network["layers"]):
        written = written.replace(json.dumps(layer["config"]["name"]), f'"#{i}"')
    return written
