"""What is compiled once a process, for all networks of one architecture."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from skaudio.neural._backend import training_lock

_T = TypeVar("_T")


class Compiled(Generic[_T]):
    """The compiled things of a process by signature; those not used for long are forgotten, which bounds the memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, _T] = OrderedDict()  # the last is the latest used

    def get(self, signature: str, make: Callable[[], _T]) -> _T:
        """Return what was made for this signature, or make it."""
        found = self._kept.get(signature)  # without the lock, which a thread holds as long as it trains
        if found is None:
            with training_lock:
                found = self._kept.get(signature) or make()
                self._kept[signature] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        with suppress(KeyError):  # another thread may have made it the one to forget
            self._kept.move_to_end(signature)
        return found


def signature(model: Any) -> str:
    """Return all of a network that is compiled in: its layers, but for the rates of dropout and the weights."""
    network = {**model.get_config(), "name": None}
    for layer in network["layers"]:
        if layer["class_name"] == "Dropout":
            layer["config"] = {**layer["config"], "rate": layer["config"]["rate"] > 0}
    written = json.dumps(network, sort_keys=True, default=str)
    # Keras counts the operations of a process in their names: two networks of one architecture have different names.
    for i, layer in enumerate(network["layers"]):
        written = written.replace(json.dumps(layer["config"]["name"]), f'"#{i}"')
    return written
