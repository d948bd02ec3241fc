"""How any augmentation is called, and what it is known by: ours, a function of the user's, one of audiomentations."""

from __future__ import annotations

import functools
import hashlib
import inspect
import random
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skaudio.augmentation._augmentation import Augmentation
from skaudio.augmentation._augmentations import MixWithinClass

# audiomentations draws from generators that all threads share, and keeps what it drew in attributes of its objects.
_generators_lock = threading.Lock()

_RATE = 22050


def check_augmentations(augmentations: Any) -> tuple[Any, ...]:
    """Return the augmentations as a tuple.

    Raises
    ------
    TypeError
        If one of them cannot be called.
    ValueError
        If there is none, a parameter is out of range, or one does not keep to the seed it is given.
    """
    several = tuple(augmentations) if isinstance(augmentations, (list, tuple)) else (augmentations,)
    if not several:
        raise ValueError("augmentations=[] holds none; at least one is expected")
    for augmentation in several:
        if not callable(augmentation) or isinstance(augmentation, type):
            what = f"the class {augmentation.__name__}" if isinstance(augmentation, type) else repr(augmentation)
            raise TypeError(
                f"augmentations holds {what}; a callable (samples, sample_rate, random_state) or an object of "
                "audiomentations is expected, such as Noise()"
            )
        if isinstance(augmentation, Augmentation):
            augmentation.check()
    return several


def apply_augmentation(
    augmentation: Any,
    samples: np.ndarray,
    sample_rate: float,
    random_state: np.random.RandomState,
    partner: np.ndarray | None,
) -> np.ndarray:
    """Return what an augmentation makes of samples.

    Raises
    ------
    RuntimeError
        If it fails, or returns no waveform: the sound is not to blame.
    """
    try:
        if isinstance(augmentation, MixWithinClass):
            found = augmentation(samples, sample_rate, random_state, partner)
        elif _is_of_audiomentations(augmentation):
            with _seeded(random_state):
                found = augmentation(samples=samples, sample_rate=int(sample_rate))
        else:
            found = augmentation(samples, sample_rate, random_state)
        found = np.asarray(found, np.float32)
    except Exception as error:
        raise RuntimeError(f"augmentation {_called(augmentation)} fails: {type(error).__name__}: {error}") from error
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        what = (
            f"an array of shape {found.shape}" if found.ndim != 1 or not len(found) else "samples that are not finite"
        )
        raise RuntimeError(f"augmentation {_called(augmentation)} gives {what}; samples of shape (n,) are expected")
    return found


def hash_augmentations(augmentations: tuple[Any, ...]) -> bytes:
    """Return the hash that identifies augmentations in a store.

    It covers their code and parameters, and what they make of a test sound with three seeds.

    Raises
    ------
    ValueError
        If one of them makes different sounds of one sound and one seed.
    """
    digest = hashlib.blake2b(digest_size=16)
    for augmentation in augmentations:
        digest.update(_state(augmentation, []).encode())
        for seed in range(3):
            first, second = (_augment_test_sound(augmentation, seed) for _ in range(2))
            if first != second:
                raise ValueError(
                    f"augmentation {_called(augmentation)} makes two sounds of one sound and one seed; draw from the "
                    "random_state it is given, so that copies can be repeated"
                )
            digest.update(first)
    return digest.digest()


def _augment_test_sound(augmentation: Any, seed: int) -> bytes:
    """Return a second of sound, augmented; nothing where the augmentation does not take it."""
    rng = np.random.RandomState(0)
    time = np.arange(_RATE) / _RATE
    sound = (np.sin(2 * np.pi * 440 * time) * time + 0.1 * rng.standard_normal(_RATE)).astype(np.float32)
    try:
        return apply_augmentation(augmentation, sound, _RATE, np.random.RandomState(seed), sound[::-2].copy()).tobytes()
    except RuntimeError:  # where a clip is augmented, it is raised
        return b""


def _is_of_audiomentations(augmentation: Any) -> bool:
    return any(base.__module__.partition(".")[0] == "audiomentations" for base in type(augmentation).__mro__)


@contextmanager
def _seeded(random_state: np.random.RandomState) -> Iterator[None]:
    """Seed NumPy's and Python's global generators, and put them back."""
    with _generators_lock:
        states = np.random.get_state(), random.getstate()  # noqa: NPY002
        np.random.seed(random_state.randint(2**32, dtype=np.uint32))  # noqa: NPY002
        random.seed(int(random_state.randint(2**31)))
        try:
            yield
        finally:
            np.random.set_state(states[0])  # noqa: NPY002
            random.setstate(states[1])


def _called(augmentation: Any) -> str:
    return getattr(augmentation, "__qualname__", None) or repr(augmentation)


def _state(value: Any, above: list[Any]) -> str:
    """Return all that a value holds as text: of a function its code, of an object its attributes."""
    if any(value is each for each in above):
        return "itself"
    above = [*above, value]
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic, type)):
        return repr(value)
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{hashlib.blake2b(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if isinstance(value, dict):
        return str([(_state(key, above), _state(each, above)) for key, each in value.items()])
    if isinstance(value, (list, tuple)):
        return str([_state(each, above) for each in value])
    if isinstance(value, (set, frozenset)):
        return str(sorted(_state(each, above) for each in value))
    if isinstance(value, functools.partial):
        return f"partial{_state([value.func, value.args, value.keywords], above)}"
    if isinstance(value, types.CodeType):
        return _state([value.co_code, value.co_names, value.co_consts], above)
    if isinstance(value, types.FunctionType):
        held = [cell.cell_contents for cell in value.__closure__ or ()]
        return _state([value.__qualname__, value.__code__, value.__defaults__, value.__kwdefaults__, held], above)
    attributes = getattr(value, "__dict__", {})
    if _is_of_audiomentations(value):  # its other attributes hold what it drew last
        attributes = {name: attributes.get(name) for name in inspect.signature(type(value)).parameters}
    return f"{type(value).__module__}.{type(value).__qualname__}{_state(attributes, above)}"
