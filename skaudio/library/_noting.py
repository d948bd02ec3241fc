"""A library is told what its sounds are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from skaudio.library._filters import ids_of
from skaudio.library._index import rows_of
from skaudio.library._notes import Notes
from skaudio.library._opened import OpenLibrary


class NotedLibrary(OpenLibrary):
    """What is said of the sounds of a `SoundLibrary`."""

    def tag(self, sounds: Any, tag: str, *, remove: bool = False) -> int:
        """Give sounds a tag, or take it from them.

        Parameters
        ----------
        sounds : list of ids or paths, one of them, or a frame with a column ``id``
            The sounds; a path means all of its file.
        tag : str
            The tag. A sound may have several.
        remove : bool, default=False
            Take it away.

        Returns
        -------
        int
            How many sounds did not have it before; with `remove`, had it.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        ValueError
            If the tag is empty.
        """
        with self._database.writing() as connection:
            return Notes(connection).tag(ids_of(self._table(connection), sounds), tag, remove=remove)

    def label(self, sounds: Any, label: str, verdict: str = "positive", *, who: str | None = None) -> int:
        """Say of sounds that they are of a class, are not, or that this is unsure.

        Parameters
        ----------
        sounds : as in `tag`
            The sounds.
        label : str
            The class.
        verdict : {"positive", "negative", "unsure", "withdrawn"}, default="positive"
            What is said; ``"withdrawn"`` takes back what was said before. All that was ever said stays in the file.
        who : str or None, default=None
            Who says it; None is the user's name.

        Returns
        -------
        int
            How many sounds it was said of.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        ValueError
            If the label is empty, or `verdict` is unknown.
        """
        with self._database.writing() as connection:
            return Notes(connection).label(ids_of(self._table(connection), sounds), label, verdict, who)

    def import_labels(self, table: pd.DataFrame) -> int:
        """Say what a table says of sounds, such as that of `skaudio.labelling.Annotations`: all of it, or nothing.

        Parameters
        ----------
        table : DataFrame
            With the columns ``path`` and ``label``, and where it has them ``start`` (NaN for a whole file),
            ``verdict``, ``who`` and ``at``.

        Returns
        -------
        int
            How many rows it has.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        ValueError
            If a label is empty, or a verdict is unknown.
        """
        with self._database.writing() as connection:
            return Notes(connection).take_over(table, self._table(connection))

    @property
    def labels(self) -> pd.DataFrame:
        """What was last said of each sound and class.

        Its columns are ``sound``, ``path``, ``start``, ``end``, ``label``, ``verdict``, ``who`` and ``at``: those of
        `skaudio.labelling.Annotations`, and the id.
        """
        with self._reading() as connection:
            return Notes(connection).labels()

    def predict(self, estimator: Any) -> pd.DataFrame:
        """Have a classifier name all sounds, and keep what it says: it can be searched for, and be filtered by.

        Parameters
        ----------
        estimator : classifier or Pipeline
            Fitted, with ``predict_proba``: on `vectors`, or a pipeline whose first step makes the library's vectors.

        Returns
        -------
        DataFrame
            A row a sound, in the order of `sounds`: ``id``, ``predicted`` and ``probability``.

        Raises
        ------
        ValueError
            If the pipeline's first step makes other vectors.
        """
        with self._reading() as connection:
            ids = self._table(connection)["id"].to_numpy()
            rows = rows_of(connection, ids, self._n_features)
        with self._database.writing() as connection:
            return Notes(connection).predict(ids, rows, estimator, self._transformer)
