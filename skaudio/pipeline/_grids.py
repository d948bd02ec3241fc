"""Values worth trying, by step and parameter."""

from __future__ import annotations

from typing import Any

from skaudio.pipeline._models import model_of_preset

ANN_PARAM_GRID = {
    "features__n_mfcc": [20, 40],
    "features__statistics": [("mean",), ("mean", "std")],
    "classifier__dropout": [0.3, 0.5],
    "classifier__learning_rate": [0.001, 0.003],
}
"""For the preset ``"tutorial"`` with the network: 16 candidates."""

STRONG_PARAM_GRID = {
    "classifier__hidden_layer_sizes": [(100, 200, 100), (256,)],
    "classifier__dropout": [0.3, 0.5, 0.7],
}
"""For the preset ``"strong"`` with the network: 6 candidates."""

SPEECH_PARAM_GRID = {
    "features__n_mfcc": [13, 20],
    "features__deltas": [1, 2],
    "classifier__dropout": [0.3, 0.5],
}
"""For the preset ``"speech"`` with the dense network: 8 candidates."""

CNN_PARAM_GRID = {"features__n_mels": [40, 64], "classifier__dropout": [0.3, 0.5]}
"""For ``"cnn"``: 4 candidates."""

FOREST_PARAM_GRID = {"classifier__max_features": ["sqrt", 0.1, 0.3], "classifier__min_samples_leaf": [1, 3]}
"""For ``"forest"``: 6 candidates."""

LOGISTIC_PARAM_GRID = {"classifier__C": [0.001, 0.01, 0.1, 1.0]}
"""For ``"logistic"``: 4 candidates."""

SVM_PARAM_GRID = {"classifier__estimator__C": [1.0, 3.0, 10.0], "classifier__estimator__gamma": ["scale", 0.0003]}
"""For ``"svm"``, which is calibrated: 6 candidates."""

LDA_PARAM_GRID = {"classifier__shrinkage": ["auto", 0.1, 0.5]}
"""For ``"lda"``: 3 candidates."""

_BY_MODEL: dict[str, dict[str, Any]] = {
    "cnn": CNN_PARAM_GRID,
    "forest": FOREST_PARAM_GRID,
    "logistic": LOGISTIC_PARAM_GRID,
    "svm": SVM_PARAM_GRID,
    "lda": LDA_PARAM_GRID,
}
_BY_PRESET: dict[str, dict[str, Any]] = {
    "tutorial": ANN_PARAM_GRID,
    "strong": STRONG_PARAM_GRID,
    "speech": SPEECH_PARAM_GRID,
}


def param_grid(preset: str = "strong", classifier: str | None = None) -> dict[str, list[Any]]:
    """Return values worth trying for the pipeline of a preset and a classifier's name.

    Parameters
    ----------
    preset : str, default="strong"
        As in `make_audio_pipeline`.
    classifier : str or None, default=None
        As in `make_audio_pipeline`.

    Returns
    -------
    dict of lists
        Values by ``step__parameter``, as `GridSearchCV` takes them.

    Raises
    ------
    ValueError
        If there is none for these.

    Examples
    --------
    >>> from skaudio.pipeline import param_grid
    >>> param_grid("tutorial", "logistic")
    {'classifier__C': [0.001, 0.01, 0.1, 1.0]}
    """
    name = classifier or model_of_preset(preset)
    grid = _BY_MODEL.get(name) or (_BY_PRESET.get(preset) if name == "ann" else None)
    if grid is None:
        raise ValueError(f"there is no grid for preset={preset!r} with classifier={classifier!r}")
    return dict(grid)
