"""`load_dataset`: the loader a folder asks for."""

from __future__ import annotations

import os
from typing import Any

from sklearn.utils import Bunch

from skaudio.datasets._bunch import folder_of
from skaudio.datasets._esc50 import ESC50_TABLE, load_esc50
from skaudio.datasets._urbansound8k import URBANSOUND8K_TABLES, load_urbansound8k
from skaudio.exceptions import DatasetError


def load_dataset(path: Any, *, missing: str = "raise") -> Bunch:
    """Load a dataset whose layout is recognised: UrbanSound8K's or ESC-50's.

    Parameters
    ----------
    path : str or PathLike
        The dataset's folder.
    missing : {"raise", "drop"}, default="raise"
        What to do where files of its table are missing: raise, or keep the rest with a warning that counts.

    Returns
    -------
    Bunch
        As from the dataset's own loader.

    Raises
    ------
    DatasetError
        If there is no such folder, its layout is not known, or the dataset is not as its loader expects.

    Examples
    --------
    >>> from skaudio.datasets import load_dataset
    >>> dataset = load_dataset("UrbanSound8K")  # doctest: +SKIP
    """
    path = folder_of(path)
    if any(os.path.isfile(os.path.join(path, name)) for name in URBANSOUND8K_TABLES):
        return load_urbansound8k(path, missing=missing)
    if os.path.isfile(os.path.join(path, ESC50_TABLE)):
        return load_esc50(path, missing=missing)
    raise DatasetError(
        f"the layout of {path!r} is not known: neither {URBANSOUND8K_TABLES[0]} (UrbanSound8K) "
        f"nor {ESC50_TABLE} (ESC-50) is in it"
    )
