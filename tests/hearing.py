"""A library that has heard six sounds: three tones, and three of noise."""

import pytest
from sounds import hiss, tone, write

from skaudio.library import SoundLibrary


@pytest.fixture
def folder(tmp_path):
    for k in range(3):
        write(tmp_path / "sounds" / "tones" / f"tone{k}.wav", tone(300 * (k + 1), seed=k))
        write(tmp_path / "sounds" / "noise" / f"hiss{k}.wav", hiss(seed=k))
    return tmp_path / "sounds"


@pytest.fixture
def library(tmp_path, folder):
    library = SoundLibrary(tmp_path / "a.library", features="tutorial")
    library.update(folder)
    return library
