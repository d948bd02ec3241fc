"""A library follows its folders."""

from __future__ import annotations

import os

from skaudio.exceptions import warn_user
from skaudio.library._catalogue import note_change
from skaudio.library._folders import check_roots, forget_folder
from skaudio.library._opened import OpenLibrary
from skaudio.library._ucs import read_categories
from skaudio.library._update import UpdateReport, update_folders
from skaudio.library._words import category_of, index_words


class FollowingLibrary(OpenLibrary):
    """What keeps a `SoundLibrary` up to date."""

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
            Counts, the files that cannot be read, and those that are not whole; folders of the library that are not
            there, of which a warning tells, too.

        Raises
        ------
        LibraryError
            If a folder that is named is not there, or the pretrained model has changed.
        DatasetError
            If names do not match the pattern.
        """
        with self._database.opened() as connection:
            roots, missing = check_roots(connection, folders, pattern)
            maker = self._maker(connection, again=again)
            report = update_folders(connection, roots, maker, again=again, n_jobs=n_jobs, verbose=verbose)
            report.missing = missing
            if self._engine is not None:
                self._searched(connection)
        if report.missing:
            warn_user(
                f"{', '.join(map(repr, report.missing))}: there is no such folder; what is known of it is kept, and "
                "forget() lets go of it"
            )
        return report

    def forget(self, folder: str | os.PathLike[str]) -> int:
        """Let go of a folder: it is not looked at any more, and what lies in it is not found.

        What was said of its sounds is kept, and comes back where the folder is added again.

        Parameters
        ----------
        folder : str or PathLike
            A folder of the library.

        Returns
        -------
        int
            How many files are forgotten.

        Raises
        ------
        LibraryError
            If the library has no such folder.
        """
        with self._database.writing() as connection:
            return forget_folder(connection, folder)

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
