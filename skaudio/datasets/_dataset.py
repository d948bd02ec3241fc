"""`AudioDataset`: a Bunch that shows what it holds in a few lines."""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.utils import Bunch

_N_CLASSES = 12  # that are shown by name


class AudioDataset(Bunch):
    """A scikit-learn Bunch of clips: what all loaders return.

    Its ``repr`` is a card of clips, classes, folds and groups in place of arrays of thousands of paths.

    Attributes
    ----------
    data : ndarray of shape (n_clips,), object
        Paths, or segments ``(path, offset, duration)``.
    target : ndarray of shape (n_clips,)
        Class names.
    target_names : ndarray of shape (n_classes,)
        The classes, sorted.
    folds : ndarray of shape (n_clips,) or None
        The dataset's own folds.
    groups : ndarray of shape (n_clips,) or None
        Source recordings, machines or speakers.
    metadata : DataFrame
        A row a clip.
    cv : PredefinedFolds or None
        The folds to cross-validate on.
    DESCR : str
        What it is, what was made of it, and how much is loaded.

    Examples
    --------
    >>> import tempfile
    >>> from skaudio.datasets import make_urban_sounds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dataset = make_urban_sounds(folder, n_per_class=2)
    >>> print(str(dataset).splitlines()[0])
    20 clips of 10 classes
    """

    def __repr__(self) -> str:
        if not {"data", "target", "metadata"} <= self.keys():
            return super().__repr__()  # one that is being made
        return "\n".join(f"{name:8}{text}" if name else text for name, text in _card_of(self))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in _card_of(self))
        return f"<table>{''.join(rows)}</table>"

    def listen(self, position: int) -> Any:
        """Return a player of a clip, for notebooks.

        Parameters
        ----------
        position : int
            The clip's place in ``data``.

        Returns
        -------
        IPython.display.Audio
            The clip at its own rate; a notebook shows it.

        Raises
        ------
        ImportError
            If IPython, which notebooks bring, is not installed.
        AudioReadError
            If the clip cannot be read.
        """
        try:
            display = import_module("IPython.display")
        except ModuleNotFoundError as error:
            raise ImportError(
                "a player needs the package IPython, as notebooks have it: pip install ipython"
            ) from error
        from skaudio.clips import load_audio

        waveform, rate = load_audio(self.data[position], sample_rate=None)
        return display.Audio(waveform, rate=int(rate), normalize=False)


def _card_of(dataset: Any) -> list[tuple[str, str]]:
    """Return what a dataset holds: the name of each line, and the line."""
    names, counts = np.unique(dataset.target, return_counts=True)
    n_files = len({clip[0] if isinstance(clip, tuple) else clip for clip in dataset.data})
    of = "" if n_files == len(dataset.data) else f" in {n_files} files"
    lines = [("", f"{len(dataset.data)} clips{of} of {len(names)} classes")]
    shown = [f"{name} {count}" for name, count in zip(names[:_N_CLASSES], counts)]
    more = [f"and {len(names) - _N_CLASSES} more"] if len(names) > _N_CLASSES else []
    lines.append(("classes", ", ".join(shown + more)))
    lines.append(("folds", _folds_of(dataset)))
    if dataset.get("groups") is None:
        lines.append(("groups", "unknown"))
    else:
        lines.append(("groups", f"{len(np.unique(np.asarray(dataset.groups).astype(str)))}"))
    n_missing = dataset.metadata.attrs.get("n_missing", 0)
    if n_missing:
        lines.append(("missing", f"{n_missing} files that its table lists, left out"))
    return lines


def _folds_of(dataset: Any) -> str:
    if dataset.get("cv") is None:
        return "none"
    folds, counts = np.unique(np.asarray(dataset.cv.folds), return_counts=True)
    whose = (
        "its own"
        if dataset.get("folds") is not None
        else "made by class" + ("" if dataset.get("groups") is None else ", each group in one")
    )
    sizes = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    return f"{len(folds)}, {whose}, of {sizes} clips"
