"""`load_urbansound8k`: city sounds in 10 classes."""

from __future__ import annotations

import os
from typing import Any

from sklearn.utils import Bunch

from skaudio.datasets._bunch import folder_of, make_dataset
from skaudio.datasets._download import Archive, fetch_archive
from skaudio.datasets._reading import check_complete, read_table
from skaudio.exceptions import DatasetError

# The archive's own layout, and that of copies that put the table and the folds side by side.
URBANSOUND8K_TABLES = (os.path.join("metadata", "UrbanSound8K.csv"), "UrbanSound8K.csv")

ARCHIVE = Archive(
    name="UrbanSound8K",
    folder="UrbanSound8K",
    url="https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz",
    checksum="md5:9aa69802bbf37fb986f71ec1483a196e",
    size="6.0 GB",
)

_DESCRIPTION = """UrbanSound8K (Salamon, Jacoby and Bello, 2014): 8732 clips of at most 4 s in 10 classes of city
sounds, cut from 1297 recordings (fsID), in 10 folds. Two rules of its authors: use the ten folds and do not reshuffle;
report the mean over all ten. Five recordings stand in two folds. J. Salamon, C. Jacoby and J. P. Bello, "A Dataset and
Taxonomy for Urban Sound Research", ACM Multimedia 2014, https://urbansounddataset.weebly.com. Licence: CC BY-NC 3.0."""


def load_urbansound8k(root: Any, *, missing: str = "raise") -> Bunch:
    """Load UrbanSound8K from an unpacked folder.

    Parameters
    ----------
    root : str or PathLike
        The folder with ``metadata/UrbanSound8K.csv`` and ``audio/fold1`` to ``fold10``; copies with the table and the
        folds side by side are read too.
    missing : {"raise", "drop"}, default="raise"
        What to do where files of the table are missing: raise, or keep the rest with a warning that counts.

    Returns
    -------
    Bunch
        ``data`` (paths), ``target`` (class names), ``target_names``, ``folds`` (1 to 10), ``groups`` (source
        recordings), ``metadata`` (the table, with ``path``), ``cv`` (the official folds) and ``DESCR``.

    Raises
    ------
    DatasetError
        If the table or a file is missing, or the table is not UrbanSound8K's.

    Examples
    --------
    >>> from skaudio.datasets import load_urbansound8k
    >>> dataset = load_urbansound8k("UrbanSound8K")  # doctest: +SKIP
    >>> len(dataset.data), dataset.cv.get_n_splits()  # doctest: +SKIP
    (8732, 10)
    """
    root = folder_of(root)
    sources = [os.path.join(root, name) for name in URBANSOUND8K_TABLES]
    source = next((path for path in sources if os.path.isfile(path)), None)
    if source is None:
        raise DatasetError(f"there is no {sources[0]!r}; UrbanSound8K's folder with metadata/ and audio/ is expected")
    table = read_table(source, ["slice_file_name", "fsID", "fold"])
    label = next((name for name in ("class", "class_name") if name in table.columns), None)
    if label is None:
        raise DatasetError(f"{source!r} has no column 'class' or 'class_name'; it has {', '.join(table.columns)}")
    check_complete(table, [label], repr(source))
    audio = os.path.join(root, "audio")
    folder = audio if os.path.isdir(audio) else root
    paths = [os.path.join(folder, f"fold{fold}", name) for fold, name in zip(table["fold"], table["slice_file_name"])]
    return make_dataset(
        table,
        paths,
        label=label,
        fold="fold",
        group="fsID",
        source=source,
        missing=missing,
        listed=[os.path.relpath(path, root) for path in paths],
        folder=root,
        description=_DESCRIPTION,
    )


def fetch_urbansound8k(root: Any = None) -> Bunch:
    """Load UrbanSound8K, downloading it first where it is not there yet: 6.0 GB, from Zenodo.

    Parameters
    ----------
    root : str, PathLike or None, default=None
        Folder to keep ``UrbanSound8K/`` in; None is `get_data_home`.

    Returns
    -------
    Bunch
        As from `load_urbansound8k`.

    Raises
    ------
    DatasetError
        If it cannot be downloaded, or what comes has another checksum. The message says how to get it by hand.

    Examples
    --------
    >>> from skaudio.datasets import fetch_urbansound8k
    >>> dataset = fetch_urbansound8k()  # doctest: +SKIP
    """
    return load_urbansound8k(fetch_archive(ARCHIVE, root))
