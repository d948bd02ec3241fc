"""A library of a folder that is still empty, and what its sounds are tagged with."""

import os

import pytest

from skaudio.library import SoundLibrary


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "s").mkdir()
    return tmp_path / "s"


@pytest.fixture
def library(tmp_path):
    return SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)


def tags_of(library):
    sounds = library.sounds
    return {os.path.basename(path): "".join(tags) for path, tags in zip(sounds["path"], sounds["tags"])}
