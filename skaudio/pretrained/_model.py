"""`PretrainedModel`: a model's file or function, known by its content, opened in each process and thread anew."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

Run = Callable[[np.ndarray], dict[str, np.ndarray]]
"""A callable that runs an open model: it takes waveforms, (n, n_samples) or (n_samples,), and gives outputs by name."""

_KINDS = {".onnx": "onnx", ".tflite": "tflite", ".keras": "keras"}
_OPENED_BY = {
    "onnx": "skaudio.pretrained._onnx",
    "tflite": "skaudio.pretrained._tflite",
    "keras": "skaudio.pretrained._tensorflow",
    "savedmodel": "skaudio.pretrained._tensorflow",
}
_PACKAGES = {
    "onnx": ("onnxruntime",),
    "tflite": ("ai-edge-litert", "tensorflow"),
    "keras": ("keras", "tensorflow"),
    "savedmodel": ("tensorflow",),
    "function": ("numpy",),
}
_KEPT = 4  # models that are open at a time


@dataclass(frozen=True)
class PretrainedModel:
    """A model: equal to another one of the same content, wherever it lies.

    Parameters
    ----------
    kind : {"onnx", "tflite", "keras", "savedmodel", "function"}
        What it is.
    content : str
        A hash of its file, of all files of its folder, or of a function's source.
    runtime : str
        The packages that run it, with their versions.
    output : str, int or None
        Which of its outputs is meant, by name or position; None for the only one.
    place : str
        Its path, or ``module:name`` of a function.
    """

    kind: str
    content: str
    runtime: str
    output: str | int | None
    place: str = field(compare=False, repr=False)

    def run(self, waveforms: np.ndarray) -> np.ndarray:
        """Return the output for waveforms: ``(n, n_samples)``, or one of shape ``(n_samples,)``.

        Raises
        ------
        ValueError
            If there are several outputs and none is named, or the model takes no waveforms.
        ImportError
            If the package that runs it is not installed.
        """
        return np.asarray(self._select_output(self.outputs(waveforms)), np.float32)

    def outputs(self, waveforms: np.ndarray) -> dict[str, np.ndarray]:
        """Return all outputs for waveforms, by name; raises as `run` does."""
        return self._opened()(np.ascontiguousarray(waveforms, np.float32))

    def _opened(self) -> Run:
        # A forked process must open each model anew; two threads must not share an interpreter of TFLite.
        if self.kind == "tflite":
            return self._open_or_reuse(_open_in_thread.__dict__.setdefault(f"process {os.getpid()}", {}))
        with _lock:
            return self._open_or_reuse(_open_in_process.setdefault(os.getpid(), {}))

    def _open_or_reuse(self, opened: dict[PretrainedModel, Run]) -> Run:
        if self not in opened:
            while len(opened) >= _KEPT:
                opened.pop(next(iter(opened)))
            opened[self] = self._open()
        return opened[self]

    def _open(self) -> Run:
        if self.kind == "function":
            return _wrap_function(_function_at(self.place))
        if _content(self.place) != self.content:
            raise ValueError(f"model={self.place!r} is another one here, or has changed since it was looked at")
        opened: Run = import_module(_OPENED_BY[self.kind]).open_model(self.place, self.kind)
        return opened

    def _select_output(self, outputs: dict[str, np.ndarray]) -> np.ndarray:
        if isinstance(self.output, str) and self.output in outputs:
            return outputs[self.output]
        if isinstance(self.output, int) and -len(outputs) <= self.output < len(outputs):
            return list(outputs.values())[self.output]
        if self.output is None and len(outputs) == 1:
            return next(iter(outputs.values()))
        found = ", ".join(f"{name!r} {value.shape}" for name, value in outputs.items())
        raise ValueError(f"output={self.output!r} is none of what {self.place!r} gives: {found}; name one")


_open_in_thread = threading.local()  # what is open, by process
_open_in_process: dict[int, dict[PretrainedModel, Run]] = {}
_lock = threading.Lock()


def _lock_anew() -> None:
    global _lock
    _lock = threading.Lock()  # another thread may have held it when this process was forked


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lock_anew)


def model_of(model: Any, output: str | int | None) -> PretrainedModel:
    """Return the `PretrainedModel` for what a user gives as a model.

    Parameters
    ----------
    model : str, PathLike or callable
        A file ending in .onnx, .tflite or .keras, a folder with a SavedModel, or a function of a module.
    output : str, int or None
        Which of its outputs.

    Returns
    -------
    PretrainedModel
        It is not opened.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is of no known kind, or a function that another process could not find.
    """
    if callable(model):
        place, kind = _place_of(model), "function"
        content = _hash([place.encode(), _source_of(model)])
    else:
        place = os.fspath(model)
        if not os.path.exists(place):
            raise FileNotFoundError(f"model={place!r}: there is no such file or folder")
        kind = _kind_of(place)
        content = _content(place)
    return PretrainedModel(kind, content, _runtime(kind), output, place)


def _kind_of(place: str) -> str:
    if os.path.isdir(place):
        if os.path.exists(os.path.join(place, "saved_model.pb")):
            return "savedmodel"
        raise ValueError(f"model={place!r} is a folder without a saved_model.pb, so no SavedModel")
    ending = os.path.splitext(place)[1].lower()
    if ending not in _KINDS:
        raise ValueError(
            f"model={place!r} is of an unknown kind; a file ending in {', '.join(_KINDS)}, a folder with a SavedModel, "
            "or a function is expected"
        )
    return _KINDS[ending]


def _content(place: str) -> str:
    """Return the hash of a file, or of the files of a folder; files that were not written since are not read again."""
    files = [place]
    if os.path.isdir(place):
        files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    stats = [os.stat(file) for file in files]
    return _content_of(tuple((f, s.st_size, s.st_mtime_ns, s.st_ino) for f, s in zip(files, stats)), place)


@lru_cache(maxsize=64)
def _content_of(files: tuple[tuple[str, int, int, int], ...], place: str) -> str:
    def parts() -> Any:
        for name, size, *_ in files:
            yield os.path.relpath(name, place).encode()
            yield size.to_bytes(8, "little")
            with open(name, "rb") as file:
                yield from iter(lambda: file.read(1 << 20), b"")

    return _hash(parts())


def _hash(parts: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _runtime(kind: str) -> str:
    found = []
    for name in _PACKAGES[kind]:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found[:1] if kind == "tflite" else found)


def _place_of(function: Callable[..., Any]) -> str:
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", None)
    place = f"{module}:{name}"
    if not inspect.isfunction(function) or "<" in name or module is None or _function_at(place) is not function:
        raise ValueError(f"model={function!r} must be a function at the top of a module, so that a worker can find it")
    return place


def _function_at(place: str) -> Callable[..., Any] | None:
    module, _, name = place.partition(":")
    found: Any = sys.modules.get(module) or import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _source_of(function: Callable[..., Any]) -> bytes:
    try:
        return inspect.getsource(function).encode()
    except OSError:  # of an interactive session
        return function.__code__.co_code


def _wrap_function(function: Callable[..., Any] | None) -> Run:
    if function is None:
        raise ValueError("the function of the model is no longer there")
    return lambda waveforms: {"output": np.asarray(function(waveforms))}
