"""`make_audio_pipeline`: features, scaling and a classifier, by name."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skaudio.pipeline._models import make_classifier
from skaudio.pipeline._presets import make_features


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
    preset : {"tutorial", "speech"}, default="tutorial"
        The features. ``"tutorial"`` are those of the UrbanSound8K tutorials: 40 mean MFCCs, and with scaling.
        ``"speech"`` are 20 MFCCs of frames of 25 ms each 10 ms at 16 kHz, and their first and second differences, each
        by its mean, standard deviation, least and largest value.
    classifier : {"ann", "forest", "logistic", "svm", "lda"}, estimator or None, default=None
        A classifier by its name, or any of scikit-learn's kind; None is ``"ann"``, an `ANNClassifier`. ``"svm"`` is
        calibrated, so that it has probabilities.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where features are kept, so that a search extracts each clip once; see `MFCCTransformer`.
    n_jobs : int or None, default=None
        Threads that extract features.
    random_state : int, RandomState instance or None, default=None
        Seed of a classifier that is named. An estimator that is given has its own.
    verbose : int, default=0
        1 shows the progress of the extraction and logs the network's training time.

    Returns
    -------
    Pipeline
        Not fitted.

    Raises
    ------
    ValueError
        If `preset` or the name of the classifier is unknown.

    See Also
    --------
    param_grid : Values worth trying for a preset and a classifier.

    Examples
    --------
    >>> from skaudio import make_audio_pipeline
    >>> list(make_audio_pipeline(random_state=0).named_steps)
    ['features', 'scale', 'classifier']
    >>> make_audio_pipeline("speech", classifier="logistic")["classifier"]
    LogisticRegression(C=0.1, max_iter=5000)
    """
    if classifier is None or isinstance(classifier, str):
        classifier = make_classifier(classifier or "ann", random_state, verbose)
    features = make_features(preset, cache=cache, n_jobs=n_jobs, verbose=verbose)
    return Pipeline([("features", features), ("scale", StandardScaler()), ("classifier", classifier)])
