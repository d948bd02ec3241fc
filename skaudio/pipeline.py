"""`make_audio_pipeline`: clips to classes in one scikit-learn Pipeline, and a grid to search it."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skaudio.feature_extraction import MFCCTransformer
from skaudio.neural import ANNClassifier

__all__ = ["ANN_PARAM_GRID", "make_audio_pipeline"]

ANN_PARAM_GRID = {
    "features__n_mfcc": [20, 40],
    "features__statistics": [("mean",), ("mean", "std")],
    "classifier__dropout": [0.3, 0.5],
    "classifier__learning_rate": [0.001, 0.003],
}
"""Values worth trying for the tutorial's pipeline: 16 candidates."""


def make_audio_pipeline(
    preset: str = "tutorial",
    *,
    classifier: Any = None,
    cache: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    verbose: int = 0,
) -> Pipeline:
    """Make a pipeline from clips to classes, with the steps ``features``, ``scale`` and ``classifier``.

    The steps keep their names whatever the preset and the classifier, so a grid outlives a change of either; all
    else is ``set_params``.

    Parameters
    ----------
    preset : {"tutorial"}, default="tutorial"
        ``"tutorial"`` is that of the UrbanSound8K tutorials: 40 mean MFCCs, and with scaling.
    classifier : estimator or None, default=None
        Any scikit-learn classifier; None is `ANNClassifier`.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where features are kept, so that a search extracts each clip once; see `MFCCTransformer`.
    n_jobs : int or None, default=None
        Threads that extract features.
    random_state : int, RandomState instance or None, default=None
        Seed of the default classifier. One that is given has its own.
    verbose : int, default=0
        1 shows the progress of the extraction and logs the default classifier's training time.

    Returns
    -------
    Pipeline
        Not fitted.

    Raises
    ------
    ValueError
        If `preset` is unknown.

    Examples
    --------
    >>> from skaudio import make_audio_pipeline
    >>> list(make_audio_pipeline(random_state=0).named_steps)
    ['features', 'scale', 'classifier']
    """
    if preset != "tutorial":
        raise ValueError(f"preset={preset!r} is unknown; 'tutorial' is expected")
    if classifier is None:
        classifier = ANNClassifier(random_state=random_state, verbose=verbose)
    return Pipeline(
        [
            ("features", MFCCTransformer(cache=cache, n_jobs=n_jobs, verbose=verbose)),
            ("scale", StandardScaler()),
            ("classifier", classifier),
        ]
    )
