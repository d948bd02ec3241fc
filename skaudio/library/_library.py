"""`SoundLibrary`: one's sounds in one file, found by what they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import Bunch

from skaudio.exceptions import LibraryError
from skaudio.library._catalogue import get, note_change
from skaudio.library._copies import find_copies
from skaudio.library._export import export_sounds
from skaudio.library._features import blocks_of
from skaudio.library._filters import ids_of, select
from skaudio.library._index import rows_of
from skaudio.library._map import positions_of
from skaudio.library._notes import Notes
from skaudio.library._opened import OpenLibrary
from skaudio.library._peaks import outline
from skaudio.library._search import Search
from skaudio.library._source import dataset_of
from skaudio.library._ucs import read_categories
from skaudio.library._update import UpdateReport, check_roots, remarks, update_folder
from skaudio.library._words import category_of, index_words


class SoundLibrary(OpenLibrary):
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
        If `features` or `window` is none.

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

    # ------------------------------------------------------------------ what there is

    @property
    def features(self) -> Any:
        """What makes vectors: a transformer, as the first step of a pipeline of clips."""
        return clone(self._transformer)

    @property
    def sounds(self) -> pd.DataFrame:
        """The sounds that are there, a row each by ascending ``id``.

        Its columns are ``id``, ``file``, ``path``, ``folder``, ``start``, ``end`` and ``seconds``, ``is_part`` (whether
        it is a window of a longer file), ``sample_rate``, ``recording`` (what sounds of one recording share),
        ``category`` (of the Universal Category System), ``weak_label`` (the name of its folder), ``predicted`` and
        ``probability``, ``tags`` and ``label``.
        """
        with self._reading() as connection:
            return self._table(connection).copy()

    @property
    def vectors(self) -> np.ndarray:
        """The rows of features, float32 of shape (n_sounds, n_features), in the order of `sounds`."""
        with self._reading() as connection:
            return rows_of(connection, self._table(connection)["id"].to_numpy(), self._n_features)

    @property
    def points(self) -> np.ndarray:
        """The vectors as they are compared: float32 of shape (n_sounds, n_values), rows of unit length."""
        with self._reading() as connection:
            return self._index(connection).engine.points.copy()

    def select(
        self,
        *,
        tags: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        exclude: Any = None,
        sounds: Any = None,
    ) -> pd.DataFrame:
        """Return the sounds that have tags, or of which something else is so.

        Parameters
        ----------
        tags, where, exclude
            As in `search`.
        sounds : as in `tag`, default=None
            Only these, in this order.

        Returns
        -------
        DataFrame
            Rows of `sounds`.

        Raises
        ------
        LibraryError
            If a sound is not in the library.
        ValueError
            If `where` names no column, or gives it a value of another kind.
        """
        with self._reading() as connection:
            table = self._table(connection)
        chosen = table[select(table, tags, where, exclude)]
        if sounds is not None:
            ids = [sound for sound in ids_of(table, sounds) if sound in set(chosen["id"])]
            chosen = chosen.set_index("id", drop=False).loc[ids]
        return chosen.reset_index(drop=True)

    def info(self) -> dict[str, Any]:
        """Tell what the library holds.

        Returns
        -------
        dict
            ``path``, ``bytes``, ``files`` and ``sounds`` that are there, ``seconds``, files that are ``unreadable`` or
            ``gone``, ``folders``, the number of ``tags`` and ``labels``, and the ``features`` as text.
        """
        with self._reading() as connection:
            count = dict(connection.execute("SELECT state, count(*) FROM files GROUP BY state"))
            seconds = connection.execute("SELECT sum(seconds) FROM files WHERE state = 'heard'").fetchone()[0]
            folders = [os.fsdecode(path) for (path,) in connection.execute("SELECT path FROM folders ORDER BY id")]
            n_tags = connection.execute("SELECT count(*) FROM tags").fetchone()[0]
            sounds = len(self._table(connection))
            n_labels = len(Notes(connection).labels())
            features = get(connection, "features")
        return {
            "path": self.path,
            "bytes": os.path.getsize(self.path),
            "files": count.get("heard", 0),
            "sounds": sounds,
            "seconds": float(seconds or 0),
            "unreadable": count.get("unreadable", 0),
            "gone": count.get("gone", 0),
            "folders": folders,
            "tags": n_tags,
            "labels": n_labels,
            "window": self.window,
            "features": features,
        }

    # ------------------------------------------------------------------ keeping up

    def update(
        self,
        *folders: str | os.PathLike[str],
        pattern: str | None = None,
        again: bool = False,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> UpdateReport:
        """Bring the library up to date with folders: hear what is new or has changed, forget what is gone.

        A file that has the size and the time that are known is not opened. One with another name and known content has
        been moved: it keeps its tags and labels, and is not decoded. What is gone is not found any more; what was said
        of it comes back with it. Whatever is finished when this is interrupted is kept, and the rest is done next time.

        Parameters
        ----------
        *folders : str or PathLike
            Folders with sounds, at any depth; none for all that the library has.
        pattern : str or None, default=None
            What the names of the files tell, as in `load_audio_folder`: ``"{group}-{label}-{n}"`` has ``{group}`` be
            the recording and ``{label}`` the weak label. It is kept with the folder. Without one, a file is a recording
            of its own, and the name of its folder is the weak label.
        again : bool, default=False
            Hear all files again, as after an upgrade.
        n_jobs : int or None, default=None
            Clips are read by this many threads; -1 is all cores.
        verbose : int, default=0
            1 shows a progress bar on stderr.

        Returns
        -------
        UpdateReport
            Counts, the files that cannot be read, and those that are not whole.

        Raises
        ------
        LibraryError
            If a folder is not there: nothing is forgotten then. Or if the pretrained model has changed.
        DatasetError
            If names do not match the pattern.
        """
        report = UpdateReport()
        with self._reading() as connection:
            roots = check_roots(connection, folders)
            maker = self._maker(connection, again=again)
            for root, kept in roots:
                update_folder(
                    connection,
                    root,
                    maker,
                    pattern=kept if pattern is None else pattern,
                    again=again,
                    n_jobs=n_jobs,
                    verbose=verbose,
                    report=report,
                )
            report.failures = remarks(connection, "unreadable", "error")
            report.doubts = remarks(connection, "heard", "doubt")
            if self._engine is not None:
                self._searched(connection)
        return report

    def load_categories(self, path: str | os.PathLike[str]) -> int:
        """Read the table of the Universal Category System, so that sounds are found by its words.

        Parameters
        ----------
        path : str or PathLike
            A CSV with the columns CatID, Category and SubCategory, and others called Explanations or Synonyms.

        Returns
        -------
        int
            How many categories it has. From then on a name has a category only where the table has it.

        Raises
        ------
        LibraryError
            If it is no such table.
        """
        rows = read_categories(path)
        known = {row[0] for row in rows}
        with self._database.writing() as connection:
            connection.execute("DELETE FROM categories")
            connection.executemany("INSERT OR REPLACE INTO categories VALUES (?, ?, ?, ?)", rows)
            files = connection.execute("SELECT id, path FROM files").fetchall()
            categories = [(category_of(os.fsdecode(file), known), number) for number, file in files]
            connection.executemany("UPDATE files SET category = ? WHERE id = ?", categories)
            index_words(connection, [number for number, _ in files])
            note_change(connection, "notes")
        return len(rows)

    # ------------------------------------------------------------------ finding

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
        tags : str or list of str, default=None
            Only sounds that have all of these tags.
        where : dict, default=None
            Only sounds whose columns of `sounds` are as given: a text, in which ``*`` stands for any, or a list of
            texts; a number, or the least and the most, as ``{"seconds": (None, 5.0), "category": "DOG*"}``.
        exclude : list of ids or paths, or a frame with a column ``id``, default=None
            Sounds that are not to be found.
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
        tags, where, exclude, per_recording
            As in `search`.

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

    # ------------------------------------------------------------------ saying what is what

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

    # ------------------------------------------------------------------ taking it elsewhere

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
