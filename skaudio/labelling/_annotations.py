"""`Annotations`: who said what of which sound, when, in a CSV that only grows."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio._user import user_name
from skaudio._writing import beside
from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError

VERDICTS = ("positive", "negative", "unsure", "withdrawn")
"""What can be said of a sound and a class; the last takes back what was said before."""

_COLUMNS = ("at", "who", "path", "start", "end", "label", "verdict")


class Annotations:
    """A log of what was said of sounds: each line is on the disk before the call that adds it returns.

    What was said is never changed: a later word on the same sound and class takes the place of an earlier one. A line
    that was being written when the machine stopped is taken away when the next one is added.

    Parameters
    ----------
    path : str or PathLike
        The log, a CSV with the columns ``at`` (UTC), ``who``, ``path``, ``start`` and ``end`` (seconds; empty for a
        whole file), ``label`` and ``verdict``. It is made by the first word.

    Examples
    --------
    >>> import os, tempfile
    >>> from skaudio.labelling import Annotations
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     said = Annotations(os.path.join(folder, "said.csv"))
    ...     said.add("bark.wav", "dog", who="ann")
    ...     said.add("wind.wav", "dog", "negative", who="ann")
    ...     said.table[["label", "verdict"]].values.tolist()
    [['dog', 'positive'], ['dog', 'negative']]
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fspath(path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def __len__(self) -> int:
        return len(self.log)

    def add(
        self,
        path: str | os.PathLike[str],
        label: str,
        verdict: str = "positive",
        *,
        start: float | None = None,
        end: float | None = None,
        who: str | None = None,
    ) -> None:
        """Say of a sound that it is of a class, is not, or that this is unsure.

        Parameters
        ----------
        path : str or PathLike
            Its file.
        label : str
            The class.
        verdict : {"positive", "negative", "unsure", "withdrawn"}, default="positive"
            What is said; ``"withdrawn"`` takes back what was said before.
        start, end : float or None, default=None
            Which part of the file is meant, in seconds; None is the whole.
        who : str or None, default=None
            Who says it; None is the user's name.

        Raises
        ------
        ValueError
            If the label is empty, the verdict is unknown, or the part ends before it starts.
        """
        row = {"path": os.fspath(path), "label": label, "verdict": verdict, "start": start, "end": end, "who": who}
        self.extend(pd.DataFrame([row], dtype=object))

    def extend(self, table: pd.DataFrame) -> None:
        """Say all that a table says, such as `SoundLibrary.labels`: all of its rows, or none.

        Parameters
        ----------
        table : DataFrame
            With the columns ``path`` and ``label``, and where it has them ``verdict``, ``start``, ``end``, ``who`` and
            ``at``.

        Raises
        ------
        ValueError
            As in `add`, or if it has no such columns.
        """
        lacking = {"path", "label"} - set(table.columns)
        if lacking:
            raise ValueError(f"the table has no column {', '.join(sorted(lacking))}; it has {', '.join(table.columns)}")
        rows = [_checked(row) for row in table.to_dict("records")]
        self._cut_what_is_not_whole()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not os.path.exists(self.path) or not os.path.getsize(self.path):
            writer.writerow(_COLUMNS)
        writer.writerows(rows)
        self._append(text.getvalue().encode("utf-8", "surrogateescape"))

    def undo(self) -> pd.Series | None:
        """Take back the last word that stands, and return it; None where there is none."""
        standing = self.table
        if not len(standing):
            return None
        last = standing.iloc[-1]
        self.extend(pd.DataFrame([{**last, "verdict": "withdrawn", "at": None}], dtype=object))
        return last

    @property
    def log(self) -> pd.DataFrame:
        """All that was ever said, a row a word, in order.

        Raises
        ------
        DatasetError
            If the file is no such log.
        """
        content = self._whole()[0] if os.path.exists(self.path) else b""
        lines = list(csv.reader(io.StringIO(content.decode("utf-8", "surrogateescape"), newline="")))
        if lines and tuple(lines[0]) != _COLUMNS:
            raise DatasetError(
                f"{self.path!r} is no log of annotations: its columns are {', '.join(lines[0])}, and "
                f"{', '.join(_COLUMNS)} are expected"
            )
        for number, line in enumerate(lines[1:], start=2):
            if len(line) != len(_COLUMNS) or line[-1] not in VERDICTS:
                raise DatasetError(f"{self.path!r}: row {number} is no annotation: {','.join(line)!r}")
        table = pd.DataFrame(lines[1:], columns=list(_COLUMNS), dtype=object)
        for name in ("start", "end"):
            table[name] = pd.to_numeric(table[name].replace("", None), errors="raise").astype(float)
        return table

    @property
    def table(self) -> pd.DataFrame:
        """What stands: the last word on each sound and class, what was withdrawn left out."""
        last = self.log.drop_duplicates(["path", "start", "end", "label"], keep="last")
        return last[last["verdict"] != "withdrawn"].reset_index(drop=True)

    @property
    def positives(self) -> pd.DataFrame:
        """The class of each sound: the last of those that stand as positive."""
        standing = self.table
        return standing[standing["verdict"] == "positive"].drop_duplicates(["path", "start", "end"], keep="last")

    def to_csv(self, path: str | os.PathLike[str]) -> int:
        """Write the class of each sound as a table that `load_audio_table` reads.

        Parameters
        ----------
        path : str or PathLike
            The table: ``path``, ``start``, ``end``, ``label``, ``who`` and ``at``.

        Returns
        -------
        int
            How many rows it has.
        """
        table = self.positives[["path", "start", "end", "label", "who", "at"]]
        table = table.assign(start=table["start"].fillna(0.0))  # a whole file; its end stays open
        with beside(path) as name, open(name, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            table.to_csv(file, index=False)
        return len(table)

    def dataset(self, **options: Any) -> Bunch:
        """Return the class of each sound as a dataset.

        Parameters
        ----------
        **options
            As in `load_audio_table`: ``missing``, ``groups`` and so on.

        Returns
        -------
        Bunch
            As from `load_audio_table`.

        Raises
        ------
        DatasetError
            If no class was said, or a file is not there.
        """
        table = self.positives
        if not len(table):
            raise DatasetError(f"{self.path!r} says of no sound what class it is of")
        columns = {"path_column": "path", "label_column": "label"}
        if table["start"].notna().any():
            columns |= {"offset_column": "start", "end_column": "end"}
            table = table.assign(start=table["start"].fillna(0.0))
        return load_audio_table(table.reset_index(drop=True), **{**columns, **options})

    def _cut_what_is_not_whole(self) -> None:
        if os.path.exists(self.path):
            whole, size = self._whole()
            if len(whole) != size:
                with open(self.path, "r+b") as file:
                    file.truncate(len(whole))

    def _append(self, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o644)
        try:
            os.write(descriptor, content)  # at once, so that no two words mix
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _whole(self) -> tuple[bytes, int]:
        """Return the log up to its last whole line, and its size."""
        with open(self.path, "rb") as file:
            content = file.read()
        end = content.rfind(b"\n") + 1
        while end and content.count(b'"', 0, end) % 2:  # the line ends within a name
            end = content.rfind(b"\n", 0, end - 1) + 1
        return content[:end], len(content)


def _checked(row: dict[str, Any]) -> list[str]:
    label, verdict = row["label"], row.get("verdict", "positive")
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"label={label!r} must be a text that is not empty")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict={verdict!r} is unknown; {', '.join(map(repr, VERDICTS))} are known")
    start, end = (None if pd.isna(row.get(name)) else float(row[name]) for name in ("start", "end"))
    if not 0 <= (start or 0.0) < (float("inf") if end is None else end):
        raise ValueError(f"start={start!r} and end={end!r} are no part of a file: seconds, the end after the start")
    values = {
        "at": row.get("at") or datetime.now(UTC).isoformat(timespec="seconds"),
        "who": row.get("who") or user_name(),
        "path": os.fspath(row["path"]),
        "start": "" if start is None else repr(start),
        "end": "" if end is None else repr(end),
        "label": label.strip(),
        "verdict": verdict,
    }
    return [values[name] for name in _COLUMNS]
