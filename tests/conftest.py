"""What the tests share: where real sound lies, and sounds made on the spot."""

import os
from pathlib import Path

import pytest

_HOME = os.environ.get("SKAUDIO_DATA")


def _real_sound(name):
    if not _HOME or not (Path(_HOME) / name).is_dir():
        pytest.skip(f"needs real sound: SKAUDIO_DATA names no folder with {name}")
    return Path(_HOME).resolve() / name


@pytest.fixture(scope="session")
def esc10():
    """The folder of ESC-10."""
    return _real_sound("ESC-10")


@pytest.fixture(scope="session")
def urbansound8k():
    """The folder of UrbanSound8K, partly downloaded."""
    return _real_sound("UrbanSound8K")


@pytest.fixture(scope="session")
def faults():
    """The folder of odd and broken files, with its manifest.csv."""
    return _real_sound("faults")
