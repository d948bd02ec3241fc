"""A library is searched: by content, by words, for copies, as a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from skaudio._docstrings import fill_docstring
from skaudio.exceptions import LibraryError
from skaudio.library._copies import find_copies
from skaudio.library._features import blocks_of
from skaudio.library._filters import CHOOSING, select
from skaudio.library._index import rows_of
from skaudio.library._map import positions_of
from skaudio.library._opened import OpenLibrary
from skaudio.library._peaks import outline
from skaudio.library._search import Search


class SearchableLibrary(OpenLibrary):
    """What finds the sounds of a `SoundLibrary`."""

    @fill_docstring(choosing=CHOOSING)
    def search(
        self,
        clip: Any,
        k: int = 10,
        *,
        unlike: Any = None,
        tags: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        exclude: Any = None,
        weights: Mapping[str, float] | None = None,
        per_recording: int | None = None,
    ) -> pd.DataFrame:
        """Find the sounds that sound most like a clip.

        Parameters
        ----------
        clip : clip, int, or list of them
            What to look for: any clip, as for `load_audio`, a part of a file as ``(path, offset, duration)``, or the id
            of a sound in the library, which is not among the results then. A list of several: sounds like all of them.
        k : int, default=10
            How many to find, at most.
        unlike : as `clip`, default=None
            What the results are to be less like.
        {choosing}
        weights : dict, default=None
            What parts of a union count for, by name: ``{"chroma": 0, "mfcc": 2}``; those left out count 1.
        per_recording : int or None, default=None
            Of each recording so many at most: several slices of one may else take all places.

        Returns
        -------
        DataFrame
            A row a sound, the most alike first: the columns of `sounds`, and ``similarity``, the cosine of the angle
            between the two, from -1 to 1.

        Raises
        ------
        AudioReadError
            If a clip to look for cannot be read.
        LibraryError
            If an id or path is not in the library.
        ValueError
            If a parameter is out of range.
        """
        with self._reading() as connection:
            search = self._search(connection)
            return search.by_content(
                clip, unlike, k, select(search.table, tags, where, exclude), weights, per_recording
            )

    @fill_docstring(choosing=CHOOSING)
    def search_text(
        self,
        words: str,
        k: int = 10,
        *,
        clip: Any = None,
        by_content: bool = True,
        tags: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        exclude: Any = None,
        per_recording: int | None = None,
    ) -> pd.DataFrame:
        """Find sounds by words: of names, folders, tags, labels, categories and predicted classes.

        Names are often wrong, and say less than there is to hear. So sounds that sound like the best of those that the
        words find are found too, and those that are both come first.

        Parameters
        ----------
        words : str
            All of them are to be found, or words that begin so.
        k : int, default=10
            How many to find, at most.
        clip : as in `search`, default=None
            What the sounds are to be like; None takes the first five that the words find.
        by_content : bool, default=True
            False finds by words alone.
        {choosing}
        per_recording : int or None, default=None
            Of each recording so many at most: several slices of one may else take all places.

        Returns
        -------
        DataFrame
            A row a sound, the best first: the columns of `sounds`, and ``score``, the sum of its reciprocal ranks by
            words and by content, ``by_words`` (whether the words find it) and ``similarity``, NaN by words alone.

        Raises
        ------
        ValueError
            If there is no word, or a parameter is out of range.
        """
        with self._reading() as connection:
            search = self._search(connection)
            wanted = select(search.table, tags, where, exclude)
            return search.by_words(connection, words, clip, k, wanted, per_recording, by_content=by_content)

    def _search(self, connection: Any) -> Search:
        space, engine = self._searched(connection)
        vectors = partial(rows_of, connection, n_features=self._n_features)
        return Search(self._table(connection), space, engine, vectors, self._transformer, blocks_of(self._transformer))

    def duplicates(self, *, by: str = "vectors", threshold: float | None = None, n_jobs: int | None = None) -> Any:
        """Tell which sounds are there more than once.

        Parameters
        ----------
        by : {"vectors", "content", "fingerprint"}, default="vectors"
            ``"content"``: files of equal bytes. ``"vectors"``: sounds whose points nearly coincide, which takes no
            decoding. ``"fingerprint"``: copies and overlapping cuts, which reads all files; see
            `skaudio.inspection.find_duplicates`.
        threshold : float or None, default=None
            Least similarity, in (0, 1]: None is 0.99 by vectors, 0.7 by fingerprint.
        n_jobs : int or None, default=None
            By fingerprint, clips are read by this many threads.

        Returns
        -------
        DataFrame
            A row a sound that is there more than once: the columns of `sounds`, and ``group``, a number that sounds
            which are the same share.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        with self._reading() as connection:
            table, engine = self._table(connection), self._index(connection).engine
            return find_copies(connection, table, engine, by=by, threshold=threshold, n_jobs=n_jobs)

    def map(self, *, method: str = "auto") -> pd.DataFrame:
        """Place sounds on a plane, alike ones near each other.

        Parameters
        ----------
        method : {"auto", "pca", "umap"}, default="auto"
            The two principal axes, or UMAP, which shows clusters; ``"auto"`` takes UMAP where umap-learn is installed.

        Returns
        -------
        DataFrame
            A row a sound, in the order of `sounds`: ``id``, ``x`` and ``y``, from -1 to 1.

        Raises
        ------
        ImportError
            If UMAP is asked for and not installed.
        ValueError
            If `method` is unknown.
        """
        with self._reading() as connection:
            engine = self._index(connection).engine
        places = positions_of(engine.points, method)
        table = pd.DataFrame({"id": engine.ids, "x": places[:, 0], "y": places[:, 1]})
        with suppress(LibraryError), self._database.writing() as connection:  # which may be one to read alone
            connection.execute("DELETE FROM positions")
            connection.executemany("INSERT INTO positions VALUES (?, ?, ?)", table.astype(float).to_numpy().tolist())
        return table

    @property
    def positions(self) -> pd.DataFrame:
        """The places of the last `map`, as it returned them; those of principal axes where sounds have come since."""
        with self._reading() as connection:
            ids = self._table(connection)["id"]
            rows = connection.execute("SELECT sound, x, y FROM positions ORDER BY sound").fetchall()
        table = pd.DataFrame(rows, columns=["id", "x", "y"]).astype({"id": int, "x": float, "y": float})
        table = table[table["id"].isin(ids)].reset_index(drop=True)
        return table if len(table) == len(ids) else self.map(method="pca")

    def peaks(self, sound: int) -> np.ndarray:
        """Return the outline of a sound, as its waveform is drawn; it is read once, and kept.

        Parameters
        ----------
        sound : int
            Its id.

        Returns
        -------
        ndarray of shape (240, 2), int8
            The least and the greatest sample of each of 240 parts of it; 127 is full scale.

        Raises
        ------
        AudioReadError
            If its file cannot be read any more.
        LibraryError
            If it is not in the library.
        """
        with self._reading() as connection:
            row = self.select(sounds=int(sound)).iloc[0]
            kept = connection.execute("SELECT data FROM peaks WHERE sound = ?", (int(sound),)).fetchone()
        if kept is not None:
            return np.frombuffer(kept[0], np.int8).reshape(-1, 2)
        found = outline(row["path"], row["start"], row["seconds"] if row["is_part"] else None)
        with suppress(LibraryError), self._database.writing() as connection:  # which may be one to read alone
            connection.execute("INSERT OR REPLACE INTO peaks VALUES (?, ?)", (int(sound), found.tobytes()))
        return found
