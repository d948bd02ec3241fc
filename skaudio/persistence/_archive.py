"""The archive of a model: a zip of uncompressed members, so that no member is larger than the file.

A model file may come from a stranger. Whatever it states of sizes and shapes is compared with the bytes that it holds
before anything is allocated.
"""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from skaudio.exceptions import ModelFileError

MODEL, WEIGHTS, CARD = "model.skops", "weights.npz", "card.json"
_MOST_JSON = 64_000_000  # bytes
_MOST_DEPTH = 200  # of JSON in JSON
_ENCRYPTED = 0x1


def read_members(content: Any, what: str) -> dict[str, bytes]:
    """Return the members of a zip by name; `content` is a path or bytes.

    Raises
    ------
    ModelFileError
        If it is no zip, or a member is compressed, encrypted, named twice, or names a place outside of it.
    """
    try:
        with ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
            found: dict[str, bytes] = {}
            for each in archive.infolist():
                name = each.filename
                if name in found:
                    raise ModelFileError(f"{what} holds {name!r} twice")
                if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
                    raise ModelFileError(f"{what} holds {name!r}, a name that leads out of it")
                if each.compress_type != ZIP_STORED or each.compress_size != each.file_size:
                    raise ModelFileError(f"{what} holds {name!r} compressed; members are stored as they are")
                if each.flag_bits & _ENCRYPTED:
                    raise ModelFileError(f"{what} holds {name!r} encrypted")
                found[name] = archive.read(each)
    except ModelFileError:
        raise
    except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ModelFileError(f"{what} is no archive of a model, or was cut: {error}") from error
    return found


def read_json(content: bytes, what: str) -> dict[str, Any]:
    """Return the object that JSON holds.

    Raises
    ------
    ModelFileError
        If the content is no JSON object, is too large, or is nested too deep.
    """
    if len(content) > _MOST_JSON:
        raise ModelFileError(f"{what} has {len(content)} bytes; {_MOST_JSON} are allowed")
    depth = deepest = 0
    for byte in content:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > _MOST_DEPTH:
        raise ModelFileError(f"{what} is nested {deepest} deep; {_MOST_DEPTH} is allowed")
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{what} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ModelFileError(f"{what} is a {type(found).__name__}; an object is expected")
    return found


def check_array(content: bytes, what: str) -> tuple[tuple[int, ...], np.dtype]:
    """Return the shape and dtype that an ``.npy`` member states, after checking that it has as many bytes.

    Raises
    ------
    ModelFileError
        If the header cannot be read, there are more bytes or fewer, or the array holds objects.
    """
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = read(file)
    except (ValueError, KeyError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ModelFileError(f"{what} is no array: {error}") from error
    if dtype.hasobject:
        raise ModelFileError(f"{what} holds Python objects, which only code could make")
    n = 1
    for length in shape:
        n *= length
    if n * dtype.itemsize != len(content) - file.tell():
        raise ModelFileError(
            f"{what} says it has shape {shape} of {dtype}, and holds {len(content) - file.tell()} bytes"
        )
    return shape, dtype


def check_skops(content: bytes) -> dict[str, Any]:
    """Check the members of a skops file, and return its schema."""
    inside = read_members(content, MODEL)
    for name, each in inside.items():
        if name.endswith(".npy"):
            check_array(each, f"{MODEL}/{name}")
        elif name != "schema.json":
            raise ModelFileError(f"{MODEL} holds {name!r}; arrays and schema.json are expected")
    if "schema.json" not in inside:
        raise ModelFileError(f"{MODEL} holds no schema.json")
    return read_json(inside["schema.json"], f"{MODEL}/schema.json")
