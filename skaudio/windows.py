"""`predict_windows`: what is heard along recordings, window by window; `merge_windows`: the same as labels in a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skaudio.augmentation import AugmentedClassifier
from skaudio.clips import Clip, Reader, clips_in, windows_of
from skaudio.exceptions import AudioReadError, AudioReadWarning, warn_user
from skaudio.feature_extraction import recipe_of

__all__ = ["merge_windows", "predict_windows"]

_BATCH = 256  # windows that are classified at once
_BATCH_SECONDS = 600  # and not much more than that of sound


def predict_windows(
    estimator: Any, recordings: Any, *, window: float, hop: float | None = None, on_error: str = "raise"
) -> pd.DataFrame:
    """Give the probabilities of the classes in each window along recordings.

    Each recording is decoded once, however much its windows overlap, and in pieces, so that a long one needs little
    memory.

    Parameters
    ----------
    estimator : Pipeline, or a fitted search over one
        Fitted, with ``predict_proba``, and its first step a transformer of this package. Its `offset`, `duration` and
        `max_duration` are those of a window.
    recordings : clips
        As for `MFCCTransformer`.
    window : float
        Seconds to name at a time.
    hop : float or None, default=None
        Seconds from the start of one window to that of the next; None is `window`.
    on_error : {"raise", "skip"}, default="raise"
        Where a recording cannot be read: raise its error, or leave it out and list all such in an `AudioReadWarning`.

    Returns
    -------
    DataFrame
        A row a window: ``recording`` (its position in `recordings`), ``path`` (None in memory), ``start`` and ``end``
        in seconds, and a column of probabilities for each class. The last window ends where its recording does, and so
        overlaps the one before it by more than the others do; it is left out where it would add less than 5 % of a
        window. A recording shorter than a window
        gives one window.

    Raises
    ------
    AudioReadError
        If a recording cannot be read, unless ``on_error="skip"``.
    ValueError
        If `window` or `hop` is not above 0, `on_error` is unknown, `recordings` is no list of clips, or a class is
        called as one of the other columns.
    TypeError
        If `estimator` is no such pipeline.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skaudio import make_audio_pipeline, predict_windows
    >>> time = np.arange(44100) / 22050
    >>> low, high = np.sin(2 * np.pi * 200 * time), np.sin(2 * np.pi * 3000 * time)
    >>> model = make_audio_pipeline(classifier=LogisticRegression()).fit([low, high], ["low", "high"])
    >>> table = predict_windows(model, [np.concatenate([low, high])], window=2.0, hop=1.0)
    >>> table[["start", "end"]].values.tolist()
    [[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]]
    >>> (table["high"] > 0.5).tolist()[::2]
    [False, True]
    """
    hop = window if hop is None else hop
    for name, value in (("window", window), ("hop", hop)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name}={value!r} must be a number of seconds above 0")
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r} must be 'raise' or 'skip'")
    pipeline = getattr(estimator, "best_estimator_", estimator)
    if isinstance(pipeline, AugmentedClassifier):
        pipeline = getattr(pipeline, "estimator_", pipeline)
    if not isinstance(pipeline, Pipeline) or not hasattr(pipeline[0], "transform_with_failures"):
        raise TypeError(
            "a fitted pipeline whose first step reads clips is expected, as make_audio_pipeline makes it; "
            f"{type(estimator).__name__} is none"
        )
    check_is_fitted(pipeline)
    taken = sorted({"recording", "path", "start", "end"} & set(map(str, pipeline.classes_)))
    if taken:
        raise ValueError(f"the class {taken[0]!r} has the name of another column; classes of other names are needed")
    clips = clips_in(recordings)
    if clips is None:
        clips = clips_in([np.asarray(row) for row in np.asarray(recordings)]) or []
    reader = recipe_of(pipeline[0]).reader
    parts, failures = [], []
    for position, clip in enumerate(clips):
        try:
            part = _probabilities(pipeline, reader, clip, window, hop)
        except AudioReadError as error:
            error.position, error.path = position, clip.path
            if on_error == "raise":
                raise
            failures.append(error)
            continue
        part.insert(0, "recording", position)
        part.insert(1, "path", pd.Series([clip.path] * len(part), dtype=object))
        parts.append(part)
    if failures:
        lines = "\n".join(f"  {failure}" for failure in failures)
        warn_user(
            f"{len(failures)} of {len(clips)} recordings could not be read and are left out:\n{lines}", AudioReadWarning
        )
    if not parts:
        return pd.DataFrame(columns=["recording", "path", "start", "end", *pipeline.classes_])
    return pd.concat(parts, ignore_index=True)


def _probabilities(pipeline: Any, reader: Reader, clip: Clip, window: float, hop: float) -> pd.DataFrame:
    ends: list[tuple[float, float]] = []
    batch: list[Any] = []
    shares: list[np.ndarray] = []
    for start, end, waveform in windows_of(reader, clip, window, hop):
        ends.append((start, end))
        batch.append(waveform)
        if len(batch) == _BATCH or len(batch) * window > _BATCH_SECONDS:
            shares.append(pipeline.predict_proba(batch))
            batch = []
    if batch:
        shares.append(pipeline.predict_proba(batch))
    table = pd.DataFrame(ends, columns=["start", "end"])
    return pd.concat([table, pd.DataFrame(np.concatenate(shares), columns=pipeline.classes_)], axis=1)


def merge_windows(table: pd.DataFrame, *, threshold: float = 0.0) -> pd.DataFrame:
    """Turn the probabilities of windows into labels that do not overlap: each moment has the class of one window.

    Parameters
    ----------
    table : DataFrame
        As from `predict_windows`.
    threshold : float, default=0.0
        Windows whose most probable class has less than this are left out.

    Returns
    -------
    DataFrame
        A row a label: ``recording``, ``path``, ``start`` and ``end`` in seconds, ``label``, and ``probability``, the
        mean over its windows. A second belongs to the window whose middle is nearest, so labels meet half-way between
        the middles of two windows; none reaches beyond its windows. Neighbours of one class that meet are one label.

    Raises
    ------
    ValueError
        If `threshold` is not between 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skaudio.windows import merge_windows
    >>> ends = {"recording": 0, "path": "a.wav", "start": [0.0, 1.0, 2.0], "end": [2.0, 3.0, 4.0]}
    >>> table = pd.DataFrame({**ends, "dog": [0.9, 0.7, 0.2], "cat": [0.1, 0.3, 0.8]})
    >>> merge_windows(table)[["start", "end", "label"]].values.tolist()
    [[0.0, 2.5, 'dog'], [2.5, 4.0, 'cat']]
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold={threshold!r} must be between 0 and 1")
    names = list(table.columns[4:])
    rows: list[list[Any]] = []
    for (recording, path), part in table.groupby(["recording", table["path"].fillna("")], sort=False):
        starts, ends = part["start"].to_numpy(), part["end"].to_numpy()
        middles = (starts + ends) / 2
        edges = np.r_[starts[:1], (middles[1:] + middles[:-1]) / 2, ends[-1:]]
        shares = part[names].to_numpy()
        best = shares.argmax(axis=1)
        open_label: list[Any] | None = None
        for k, (share, label) in enumerate(zip(shares.max(axis=1), best)):
            # A label reaches no further than its window: nothing was classified in a gap between two windows.
            start, end = max(edges[k], starts[k]), min(edges[k + 1], ends[k])
            if share < threshold:
                open_label = None
            elif open_label is not None and open_label[4] == names[label] and open_label[3] >= start:
                open_label[3] = end
                open_label[5].append(share)
            else:
                open_label = [recording, path or None, start, end, names[label], [share]]
                rows.append(open_label)
    columns = ["recording", "path", "start", "end", "label", "probability"]
    merged = pd.DataFrame([[*row[:5], float(np.mean(row[5]))] for row in rows], columns=columns)
    return merged.assign(path=pd.Series([row[1] for row in rows], dtype=object))  # None stays None
