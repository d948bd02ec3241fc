"""`SoundLibrary`: a user's sounds in one file, found by what they are."""

from __future__ import annotations

import os
from typing import Any

from sklearn.utils import Bunch

from skaudio.library._export import export_sounds
from skaudio.library._finding import SearchableLibrary
from skaudio.library._following import FollowingLibrary
from skaudio.library._noting import NotedLibrary
from skaudio.library._source import dataset_of


class SoundLibrary(FollowingLibrary, SearchableLibrary, NotedLibrary):
    """A library of sounds in one SQLite file: what there is, what it sounds like, and what was said of it.

    Sounds are found by content, by words and by tags; a few labels make a classifier that names the rest. A file is
    one sound; a long one is a sound for each window along it.

    Parameters
    ----------
    path : str or PathLike
        The library's file. It is made where there is none.
    features : str, transformer or None, default=None
        What sounds are compared by: ``"strong"``, ``"speech"`` or ``"tutorial"``, as in `make_audio_pipeline`, or a
        transformer of this package that gives rows, such as an `EmbeddingTransformer`. It is kept in the file; None
        takes that, and ``"strong"`` for a new library. Embeddings are compared as they are, features of other kinds
        after each was brought to mean 0 and standard deviation 1.
    window : float or None, default=None
        Longer files are divided into parts of so many seconds; infinite hears each file as a whole. It is kept in the
        file; None takes that, and 30 for a new library.
    engine : VectorEngine or None, default=None
        What keeps the points and answers which are near, such as a `QdrantEngine`; None compares all in memory.

    Attributes
    ----------
    path : str
        The file.
    window : float
        Seconds of a part.

    Raises
    ------
    LibraryError
        If the file is no library, is of a newer version, or was made with other features or another window.
    ValueError
        If `features` is no transformer and no such name, or `window` is no number above 0.

    Notes
    -----
    The file may be open in several processes, and be read while one of them updates it. A search compares the query
    with every sound: exactly, in memory. Beyond 200,000 sounds their 128 principal values are compared. An engine is
    given the library's points, which it follows; `map`, `duplicates` and `weights` are of those in memory.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds
    >>> from skaudio.library import SoundLibrary
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(f"{folder}/sounds", n_per_class=2)
    ...     library = SoundLibrary(f"{folder}/sounds.library", features="tutorial")
    ...     report = library.update(f"{folder}/sounds")
    ...     found = library.search(dataset.data[0], k=3)
    >>> report.n_added, found["path"][0] == dataset.data[0]
    (20, True)
    """

    def dataset(self, labels: Any = "labels") -> Bunch:
        """Return sounds with their classes as a dataset, for all that takes one.

        Parameters
        ----------
        labels : {"labels", "weak_label", "category", "predicted"} or dict, default="labels"
            Where classes come from: what was said by `label`, or a column of `sounds`; or classes by id. Sounds without
            a class are left out.

        Returns
        -------
        Bunch
            As from `load_audio_table`: ``data`` (paths, or segments where there are parts), ``target``, ``groups``
            (the recordings), ``metadata`` with the ``id``, ``cv`` and so on.

        Raises
        ------
        DatasetError
            If no sound has a class.
        ValueError
            If `labels` is unknown.
        """
        with self._reading() as connection:
            return dataset_of(self._table(connection), labels, self.path)

    def export(self, path: str | os.PathLike[str], sounds: Any = None) -> int:
        """Write sounds to a table or a playlist, or copy their files.

        Parameters
        ----------
        path : str or PathLike
            ``.csv``, ``.m3u`` or ``.m3u8``, or a folder, to which each file is copied once; none is overwritten.
        sounds : as in `tag`, default=None
            Which, in this order; None is all.

        Returns
        -------
        int
            How many rows, entries or files were written.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        OSError
            If something cannot be written or read.
        ValueError
            If the name has another ending.
        """
        return export_sounds(self.select(sounds=sounds), path)
