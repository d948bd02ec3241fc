"""`make_audio_pipeline`: features, scaling and a classifier, by name."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skaudio.neural import CNNClassifier
from skaudio.pipeline._models import make_classifier
from skaudio.pipeline._presets import make_features


def make_audio_pipeline(
    preset: str = "strong",
    *,
    classifier: Any = None,
    cache: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    verbose: int = 0,
) -> Pipeline:
    """Make a pipeline from clips to classes, with the steps ``features``, ``scale`` and ``classifier``.

    The steps keep their names whatever the preset and the classifier, so a grid of the classifier outlives a change of
    the features, and the other way round; all else is ``set_params``.

    Parameters
    ----------
    preset : {"strong", "tutorial", "cnn", "speech"}, default="strong"
        The features:

        - ``"strong"``: an `AudioFeatureUnion` of statistics of 25 MFCCs (``mfcc``), 64 mel bands (``mel``), their
          modulation (``modulation``), descriptors of spectra (``spectral``) and chroma (``chroma``): 1412 values;
        - ``"tutorial"``: those of the UrbanSound8K tutorials, 40 mean MFCCs, and with scaling. It is there to reproduce
          them, and is the weakest;
        - ``"cnn"``: 64 mel bands frame by frame, of the first 5 s of each clip, into a `CNNClassifier`;
        - ``"speech"``: as ``"strong"``, of frames of 25 ms each 10 ms at 16 kHz, and without spectra and chroma: 950
          values; frame by frame 40 mel bands of the first second.
    classifier : {"ann", "cnn", "forest", "logistic", "svm", "lda"}, estimator or None, default=None
        A classifier by its name, or any of scikit-learn's kind; None is ``"ann"``, an `ANNClassifier`, and for the
        preset ``"cnn"`` that: a `CNNClassifier` with `mixup` and a learning rate that falls along a cosine. A
        `CNNClassifier` gets the preset's features frame by frame, and scales them itself. ``"svm"`` is calibrated, so
        that it has probabilities.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where features are kept, so that a search extracts each clip once; see `MFCCTransformer`.
    n_jobs : int or None, default=None
        Threads that extract features.
    random_state : int, RandomState instance or None, default=None
        Seed of a classifier that is named. An estimator that is given has its own.
    verbose : int, default=0
        1 shows the progress of the extraction and logs a network's training time.

    Returns
    -------
    Pipeline
        Not fitted.

    Raises
    ------
    ValueError
        If `preset` or the name of the classifier is unknown, or ``"cnn"`` is to feed a classifier of rows.

    See Also
    --------
    param_grid : Values worth trying for a preset and a classifier.

    Examples
    --------
    >>> from skaudio import make_audio_pipeline
    >>> list(make_audio_pipeline(random_state=0).named_steps)
    ['features', 'scale', 'classifier']
    >>> make_audio_pipeline("speech", classifier="logistic")["classifier"]
    LogisticRegression(C=0.01, max_iter=5000)
    """
    if classifier is None:
        classifier = "cnn" if preset == "cnn" else "ann"
    if preset == "cnn" and isinstance(classifier, str) and classifier != "cnn":
        raise ValueError(
            f"preset='cnn' gives sequences, which classifier={classifier!r} does not take; take 'strong', "
            "'tutorial' or 'speech' for it"
        )
    if isinstance(classifier, str):
        classifier = make_classifier(classifier, random_state, verbose)
    sequences = preset == "cnn" or isinstance(classifier, CNNClassifier)
    features = make_features(preset, sequences=sequences, cache=cache, n_jobs=n_jobs, verbose=verbose)
    scale = "passthrough" if sequences else StandardScaler()
    return Pipeline([("features", features), ("scale", scale), ("classifier", classifier)])
