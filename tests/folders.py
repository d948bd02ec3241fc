"""Folders of classes, of empty files."""

from pathlib import Path

import pytest

from skaudio.datasets import load_audio_folder
from skaudio.exceptions import LeakageWarning

FOLDS_ABOVE = ["fold1/dog/1.wav", "fold1/siren/1.wav", "fold2/dog/1.wav", "fold2/dog/2.wav", "fold2/siren/1.wav"]


def write_files(root, *names):
    """Write empty files; a name that ends in a slash is an empty folder."""
    for name in names:
        if name.endswith("/"):
            (root / name).mkdir(parents=True)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    return root


def names(dataset, root):
    return [Path(path).relative_to(root).as_posix() for path in dataset.data]


TOPMOST = "{label}/{rest:.+}"  # the topmost folders are the classes, also a single one


def load_without_folds(root, pattern=None):
    with pytest.warns(LeakageWarning) as caught:
        dataset = load_audio_folder(root, pattern=pattern)
    assert len(caught) == 1
    return dataset


def class_folders(**n_clips):
    return [f"{label}/{k}.wav" for label, n in n_clips.items() for k in range(n)]
