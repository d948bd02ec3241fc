"""Progress of work that trains: one line on a terminal, and nothing in a pipe or a log."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import numpy as np
from tqdm import tqdm


def progress() -> int:
    """Return the ``verbose`` of long work: bars are drawn on a terminal alone, and never into a pipe or a log."""
    return int(sys.stderr.isatty())


def progress_line(total: int, unit: str) -> Any:
    """Return a line that counts to `total` and tells the time left."""
    form = "{n_fmt}/{total_fmt} " + unit + "{postfix}, {remaining} left"  # fits into 40 columns
    return tqdm(total=total, bar_format=form, disable=not progress())


class EpochLine:
    """A callback of scikit-learn's protocol: the epochs of one network on one line."""

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin the line."""
        self._line = progress_line(int(estimator.epochs), "epochs")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Count an epoch."""
        if context.task_name == "epoch":
            self._line.update()

    def teardown(self, estimator: Any, context: Any) -> None:
        """End the line."""
        self._line.close()


class Ledger:
    """A scorer that keeps, for each fit of a search, which test clips were right.

    Every process of the search appends to one file, which the command reads while they work.

    Parameters
    ----------
    path : str
        The file.
    scorer : callable
        What a candidate's score is.
    """

    def __init__(self, path: str, scorer: Any) -> None:
        self.path = path
        self.scorer = scorer

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score, and append what was found."""
        right = np.asarray(estimator.predict(X) == y)
        score = float(self.scorer(estimator, X, y))
        entry = {"candidate": _candidate_key(estimator), "first": repr(X[0]), "right": right.tolist(), "score": score}
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, (json.dumps(entry) + "\n").encode())  # at once, so that no two entries mix
        finally:
            os.close(file)
        return score

    def entries(self) -> list[dict[str, Any]]:
        """Return what was written so far."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(each) for each in file.read().splitlines(keepends=True) if each.endswith("\n")]

    def right_of(self, estimator: Any, clips: Any, folds: np.ndarray) -> np.ndarray:
        """Return which clips were right, each by the fold it was not trained in, for the parameters of `estimator`."""
        key = _candidate_key(estimator)
        fold_of = {repr(clip): fold for clip, fold in zip(clips, folds)}
        right = np.zeros(len(clips), bool)
        for entry in self.entries():
            if entry["candidate"] == key:
                right[folds == fold_of[entry["first"]]] = entry["right"]
        return right

    @contextmanager
    def shown(self, n_candidates: int, n_folds: int) -> Iterator[None]:
        """Show how many fits are done, and the best candidate's accuracy so far, for as long as this lasts."""
        done = Event()
        with progress_line(n_candidates * n_folds, "fits") as shown:
            watch = Thread(target=self._watch, args=(shown, n_folds, done), daemon=True)
            watch.start()
            try:
                yield
            finally:
                done.set()
                watch.join()

    def _watch(self, shown: Any, n_folds: int, done: Event) -> None:
        while True:
            last = done.wait(0.5)
            scores: dict[str, list[float]] = {}
            entries = self.entries()
            for entry in entries:
                scores.setdefault(entry["candidate"], []).append(entry["score"])
            means = [np.mean(each) for each in scores.values() if len(each) == n_folds]
            if means:
                shown.set_postfix_str(f"best {max(means):.3f}", refresh=False)
            shown.update(len(entries) - shown.n)
            if last:
                return


def _candidate_key(estimator: Any) -> str:
    """Return what tells a candidate from the others: all parameters with plain values, also those of a union's parts.

    A union hands parameters on to its parts, so that their names in a grid need not be names that it has itself.
    """
    return repr(sorted((name, value) for name, value in estimator.get_params().items() if _is_plain(value)))


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float))
