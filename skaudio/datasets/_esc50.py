"""`load_esc50`: environmental sounds in 50 or 10 classes."""

from __future__ import annotations

import os
from typing import Any

from sklearn.utils import Bunch

from skaudio.datasets._bunch import folder_of, make_dataset
from skaudio.datasets._download import Archive, fetch_archive
from skaudio.datasets._reading import read_table
from skaudio.exceptions import DatasetError

ESC50_TABLE = os.path.join("meta", "esc50.csv")

_COMMIT = "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6"  # the dataset is a git repository, and its branch may move
ARCHIVE = Archive(
    name="ESC-50",
    folder=f"ESC-50-{_COMMIT}",
    url=f"https://github.com/karolpiczak/ESC-50/archive/{_COMMIT}.zip",
    checksum="sha256:661183a6f53ef04f12c9bd618fed0ddc1713280d6c94a5a5431e844ba6f6a21f",
    size="650 MB",
)

_DESCRIPTION = """ESC-50, environmental sound classification (Piczak, 2015): 2000 clips of 5 s in 50 classes and 5
folds; ESC-10 is the part of 400 clips in 10 classes. The folds keep clips of one source recording together; report the
mean over all five. K. J. Piczak, "ESC: Dataset for Environmental Sound Classification", ACM Multimedia 2015,
https://github.com/karolpiczak/ESC-50. Licence: CC BY-NC 3.0, and CC BY 3.0 for ESC-10."""


def load_esc50(root: Any, *, subset: str = "esc50", missing: str = "raise") -> Bunch:
    """Load ESC-50, or its part ESC-10, from an unpacked folder.

    Parameters
    ----------
    root : str or PathLike
        The folder with ``meta/esc50.csv`` and ``audio/``.
    subset : {"esc50", "esc10"}, default="esc50"
        All clips of the table, or those of ESC-10.
    missing : {"raise", "drop"}, default="raise"
        What to do where files of the table are missing: raise, or keep the rest with a warning that counts.

    Returns
    -------
    Bunch
        ``data`` (paths), ``target`` (class names), ``target_names``, ``folds`` (1 to 5), ``groups`` (source
        recordings), ``metadata`` (the table, with ``path``), ``cv`` (the official folds) and ``DESCR``.

    Raises
    ------
    DatasetError
        If the table or a file is missing, or the table is not ESC-50's.

    Examples
    --------
    >>> from skaudio.datasets import load_esc50
    >>> dataset = load_esc50("ESC-50-master", subset="esc10")  # doctest: +SKIP
    >>> len(dataset.data), dataset.cv.get_n_splits()  # doctest: +SKIP
    (400, 5)
    """
    if subset not in ("esc50", "esc10"):
        raise ValueError(f"subset={subset!r} must be 'esc50' or 'esc10'")
    root = folder_of(root)
    source = os.path.join(root, ESC50_TABLE)
    if not os.path.isfile(source):
        raise DatasetError(f"there is no {source!r}; ESC-50's folder with meta/esc50.csv and audio/ is expected")
    table = read_table(source, ["filename", "fold", "category", "esc10", "src_file"])
    if subset == "esc10":
        table = table[table["esc10"].astype(bool)].reset_index(drop=True)
        if table.empty:
            raise DatasetError(f"{source!r} marks no clip as ESC-10's in its column 'esc10'")
    return make_dataset(
        table,
        [os.path.join(root, "audio", name) for name in table["filename"]],
        label="category",
        fold="fold",
        group="src_file",
        source=source,
        missing=missing,
        listed=[os.path.join("audio", name) for name in table["filename"]],
        folder=root,
        description=_DESCRIPTION,
    )


def fetch_esc50(root: Any = None) -> Bunch:
    """Load ESC-50, downloading it first where it is not there yet: 650 MB, from GitHub.

    Parameters
    ----------
    root : str, PathLike or None, default=None
        Folder to keep its folder in; None is `get_data_home`.

    Returns
    -------
    Bunch
        As from `load_esc50`.

    Raises
    ------
    DatasetError
        If it cannot be downloaded, or what comes has another checksum. The message says how to get it by hand.

    Examples
    --------
    >>> from skaudio.datasets import fetch_esc50
    >>> dataset = fetch_esc50()  # doctest: +SKIP
    """
    return load_esc50(fetch_archive(ARCHIVE, root))
