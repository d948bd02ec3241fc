"""`Annotations`: who said what of which sound, when, in a CSV that only grows."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from skaudio._user import user_name
from skaudio._writing import replacing
from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError
from skaudio.labelling._log import COLUMNS, VERDICTS, append_lines, read_lines

_LONGEST = 10_000  # characters of a value; csv reads ten times as many


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
        append_lines(self.path, rows)

    def undo(self) -> pd.Series | None:
        """Withdraw the latest annotation that is in `table`.

        Returns
        -------
        Series or None
            The annotation; None where `table` is empty.
        """
        standing = self.table
        if not len(standing):
            return None
        last = standing.iloc[-1]
        self.extend(pd.DataFrame([{**last, "verdict": "withdrawn", "at": None}], dtype=object))
        return last

    @property
    def log(self) -> pd.DataFrame:
        """Every annotation that was ever added, a row each, in order.

        Raises
        ------
        DatasetError
            If the file is no such log.
        """
        lines = read_lines(self.path)
        table = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
        for name in ("start", "end"):
            table[name] = pd.to_numeric(table[name].replace("", None)).astype(float)
        return table

    @property
    def table(self) -> pd.DataFrame:
        """What stands: the last word on each sound and class, what was withdrawn left out."""
        said = self.log.sort_values("at", kind="stable")
        last = said.drop_duplicates(["path", "start", "end", "label"], keep="last")
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
        if os.path.exists(path) and os.path.exists(self.path) and os.path.samefile(path, self.path):
            raise ValueError(f"path={os.fspath(path)!r} is the log itself; a table of another name is expected")
        table = self.positives[["path", "start", "end", "label", "who", "at"]]
        table = table.assign(start=table["start"].fillna(0.0))  # a whole file; its end stays open
        with replacing(path) as name, open(name, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
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


def _checked(row: dict[str, Any]) -> list[str]:
    row = {name: value for name, value in row.items() if value is not None and value == value}  # no NaN
    row = {"label": None, **row}
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
    for name, value in values.items():
        if len(value) > _LONGEST:
            raise ValueError(f"{name} has {len(value)} characters, and {_LONGEST} are the most")
    return [values[name] for name in COLUMNS]
