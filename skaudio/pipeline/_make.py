"""`make_audio_pipeline`: features, scaling and a classifier, by name."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skaudio.feature_extraction import EmbeddingTransformer
from skaudio.neural import BaseNetworkClassifier
from skaudio.pipeline._models import SEQUENCE_MODELS, make_classifier, model_of_preset
from skaudio.pipeline._presets import make_features


def make_audio_pipeline(
    preset: str = "strong",
    *,
    classifier: Any = None,
    model: Any = None,
    cache: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    verbose: int = 0,
) -> Pipeline:
    """Make a pipeline from clips to classes, with the steps ``features``, ``scale`` and ``classifier``.

    The steps have the same names for every preset and classifier. So a grid for the classifier still works after the
    features are changed, and the other way round. Other parameters are set by ``set_params``.

    Parameters
    ----------
    preset : {"strong", "tutorial", "cnn", "speech", "embedding"}, default="strong"
        The features:

        - ``"strong"``: an `AudioFeatureUnion` of statistics of 25 MFCCs (``mfcc``), 64 mel bands (``mel``), their
          modulation (``modulation``), descriptors of spectra (``spectral``) and chroma (``chroma``): 1412 values;
        - ``"tutorial"``: the features of the UrbanSound8K tutorials, 40 mean MFCCs; the pipeline scales them. This
          preset serves to reproduce the tutorials, and is the weakest;
        - ``"cnn"``: 64 mel bands frame by frame, of the first 5 s of each clip, into a `CNNClassifier`;
        - ``"speech"``: as ``"strong"`` without spectra and chroma, at 16 kHz and with frames of 25 ms every 10 ms: 950
          values. A `CNNClassifier` gets 40 mel bands, frame by frame, of the first second;
        - ``"embedding"``: what a pretrained `model` makes of each clip, an `EmbeddingTransformer`.
    classifier : {"ann", "cnn", "forest", "logistic", "svm", "lda"}, estimator or None, default=None
        A classifier by its name, or any classifier of scikit-learn's kind. None takes ``"cnn"`` for the preset
        ``"cnn"``, ``"logistic"`` for ``"embedding"``, and ``"ann"``, an `ANNClassifier`, for the other presets.
        ``"cnn"`` is a `CNNClassifier` with `mixup` and a learning rate that falls along a cosine. A `CNNClassifier`
        gets the preset's features frame by frame, and scales them itself. ``"logistic"`` has ``C=1.0`` for
        ``"embedding"`` and 0.01 for the other presets. ``"svm"`` is calibrated, so that it has probabilities.
    model : str, PathLike, callable, EmbeddingTransformer or None, default=None
        For the preset ``"embedding"``: the pretrained model, as `EmbeddingTransformer` takes it, or such a transformer
        with the parameters that the model needs, of which a copy is taken.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where features are kept, so that a search extracts each clip once; see `MFCCTransformer`.
    n_jobs : int or None, default=None
        Threads that extract features.
    random_state : int, RandomState instance or None, default=None
        Seed of a classifier that is chosen by its name. A classifier that is given as an object keeps its own seed.
    verbose : int, default=0
        1 shows the progress of the extraction and logs a network's training time.

    Returns
    -------
    Pipeline
        Not fitted.

    Raises
    ------
    ValueError
        If `preset` or the name of the classifier is unknown, the preset ``"cnn"`` is combined with another classifier
        by name or ``"embedding"`` with a `CNNClassifier`, or `model` does not go with the preset.

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
        classifier = model_of_preset(preset)
    if (model is None) == (preset == "embedding"):
        raise ValueError(
            "preset='embedding' needs model=, a pretrained model's file or an EmbeddingTransformer"
            if model is None
            else f"model={model!r} is for preset='embedding'; preset={preset!r} has features of its own"
        )
    if preset == "cnn" and isinstance(classifier, str) and classifier not in SEQUENCE_MODELS:
        raise ValueError(
            f"preset='cnn' gives sequences, which classifier={classifier!r} does not take; take 'strong', "
            "'tutorial' or 'speech' for it"
        )
    if isinstance(classifier, str):
        classifier = make_classifier(classifier, preset, random_state, verbose)
    sequences = preset == "cnn" or _takes_sequences(classifier)
    shared = {"cache": cache, "n_jobs": n_jobs, "verbose": verbose}
    if preset == "embedding":
        if sequences:
            raise ValueError(
                f"preset='embedding' gives rows, and a {type(classifier).__name__} takes sequences; take another "
                "classifier"
            )
        is_made = isinstance(model, EmbeddingTransformer)
        features: Any = clone(model) if is_made else EmbeddingTransformer(model)
        features.set_params(**shared)
    else:
        features = make_features(preset, sequences=sequences, **shared)
    scale = "passthrough" if sequences else StandardScaler()
    return Pipeline([("features", features), ("scale", scale), ("classifier", classifier)])


def _takes_sequences(classifier: Any) -> bool:
    return isinstance(classifier, BaseNetworkClassifier) and get_tags(classifier).input_tags.three_d_array
