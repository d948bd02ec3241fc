"""`predict_readable`: predictions for the clips that can be read, and why the others cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skaudio._constraints import rows_at
from skaudio.augmentation import AugmentedClassifier
from skaudio.exceptions import AudioReadError


def predict_readable(
    estimator: Any, X: Any, *, method: str = "predict"
) -> tuple[np.ma.MaskedArray, list[AudioReadError]]:
    """Predict for the clips that can be read, and tell the others apart.

    A pipeline with ``on_error="nan"`` gives a class to every clip, even to one that cannot be read: an imputer or a
    forest accepts its row of NaN. This function masks such a clip instead, whatever `on_error` is.

    Parameters
    ----------
    estimator : Pipeline, or a fitted search over one
        Fitted, and its first step a transformer of this package.
    X : clips
        As for `MFCCTransformer`.
    method : {"predict", "predict_proba"}, default="predict"
        What to call.

    Returns
    -------
    predictions : MaskedArray of shape (n_clips,) or (n_clips, n_classes)
        In the order of `X`, masked where a clip cannot be read. Where labels are text,
        ``predictions.filled("unheard")`` is an array that has the word ``"unheard"`` for such a clip.
    failures : list of AudioReadError
        One a clip that cannot be read, with its ``position``, ``path`` and ``reason``.

    Raises
    ------
    TypeError
        If `estimator` is no such pipeline.
    ValueError
        If `method` is unknown, or `X` is not a list of clips.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from skaudio import make_audio_pipeline
    >>> from skaudio.pipeline import predict_readable
    >>> time = np.arange(22050) / 22050
    >>> tones = [np.sin(2 * np.pi * hertz * time) for hertz in (200, 250, 3000, 3500)]
    >>> model = make_audio_pipeline(classifier=RidgeClassifier()).fit(tones, ["low", "low", "high", "high"])
    >>> predictions, failures = predict_readable(model, [tones[0], b"", tones[3]])
    >>> predictions.tolist(), [failure.reason for failure in failures]
    (['low', None, 'high'], ['the file is empty (0 bytes)'])
    """
    if method not in ("predict", "predict_proba"):
        raise ValueError(f"method={method!r} must be 'predict' or 'predict_proba'")
    pipeline = getattr(estimator, "best_estimator_", estimator)
    if isinstance(pipeline, AugmentedClassifier):
        pipeline = getattr(pipeline, "estimator_", pipeline)
    if not isinstance(pipeline, Pipeline) or not hasattr(pipeline[0], "transform_with_failures"):
        raise TypeError(
            f"a fitted pipeline whose first step reads clips is expected, as make_audio_pipeline makes it; "
            f"{type(estimator).__name__} is none. skaudio.inspection.check_clips tells which clips cannot be read"
        )
    check_is_fitted(pipeline)
    rows, failures = pipeline[0].transform_with_failures(X)
    n_clips = len(rows)
    readable = np.setdiff1d(np.arange(n_clips), [failure.position for failure in failures])
    shape = (n_clips,) if method == "predict" else (n_clips, len(pipeline.classes_))
    if not len(readable):
        return np.ma.masked_all(shape, pipeline.classes_.dtype if method == "predict" else float), failures  # type: ignore[no-untyped-call]
    values = getattr(pipeline[1:], method)(rows_at(rows, readable))
    predictions = np.ma.masked_all(shape, values.dtype)  # type: ignore[no-untyped-call]
    predictions[readable] = values
    return predictions, failures
