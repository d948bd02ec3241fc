"""Values worth trying, by step and parameter."""

from __future__ import annotations

from typing import Any

ANN_PARAM_GRID = {
    "features__n_mfcc": [20, 40],
    "features__statistics": [("mean",), ("mean", "std")],
    "classifier__dropout": [0.3, 0.5],
    "classifier__learning_rate": [0.001, 0.003],
}
"""For the tutorial's pipeline: 16 candidates."""

SPEECH_PARAM_GRID = {
    "features__n_mfcc": [13, 20],
    "features__deltas": [1, 2],
    "classifier__dropout": [0.3, 0.5],
}
"""For the preset ``"speech"`` with the network: 8 candidates."""

FOREST_PARAM_GRID = {"classifier__max_features": ["sqrt", 0.1, 0.3], "classifier__min_samples_leaf": [1, 3]}
"""For ``"forest"``."""

LOGISTIC_PARAM_GRID = {"classifier__C": [0.01, 0.1, 1.0]}
"""For ``"logistic"``."""

SVM_PARAM_GRID = {"classifier__estimator__C": [1.0, 3.0, 10.0], "classifier__estimator__gamma": ["scale", "auto"]}
"""For ``"svm"``, which is calibrated."""

LDA_PARAM_GRID = {"classifier__shrinkage": ["auto", 0.1, 0.5]}
"""For ``"lda"``."""

_BY_MODEL: dict[str, dict[str, Any]] = {
    "forest": FOREST_PARAM_GRID,
    "logistic": LOGISTIC_PARAM_GRID,
    "svm": SVM_PARAM_GRID,
    "lda": LDA_PARAM_GRID,
}


def param_grid(preset: str = "tutorial", classifier: str = "ann") -> dict[str, list[Any]]:
    """Return values worth trying for the pipeline of a preset and a classifier's name.

    Parameters
    ----------
    preset, classifier : str
        As in `make_audio_pipeline`.

    Returns
    -------
    dict of lists
        Values by ``step__parameter``, as `GridSearchCV` takes them.

    Examples
    --------
    >>> from skaudio.pipeline import param_grid
    >>> param_grid("tutorial", "logistic")
    {'classifier__C': [0.01, 0.1, 1.0]}
    """
    if classifier != "ann":
        return dict(_BY_MODEL[classifier])
    grid: dict[str, Any] = SPEECH_PARAM_GRID if preset == "speech" else ANN_PARAM_GRID
    return dict(grid)
