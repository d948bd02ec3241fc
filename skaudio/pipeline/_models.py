"""The classifiers that have a name."""

from __future__ import annotations

from typing import Any

from skaudio.neural import ANNClassifier, CNNClassifier

MODELS = {
    "ann": "the tutorials' dense Keras network",
    "cnn": "a convolutional Keras network, frame by frame",
    "forest": "a random forest",
    "logistic": "logistic regression",
    "svm": "a support vector machine, its probabilities calibrated",
    "lda": "linear discriminant analysis with shrinkage",
}
"""What `make_audio_pipeline` takes as ``classifier`` by name, in words."""

NETWORKS = ("ann", "cnn")
"""Those that need the extra ``keras``."""


SEQUENCE_MODELS = ("cnn",)
"""Those that take sequences, and no rows."""


def model_of_preset(preset: str) -> str:
    """Return the name of the classifier that a preset has where none is named."""
    return {"cnn": "cnn", "embedding": "logistic"}.get(preset, "ann")


def make_classifier(name: str, preset: str, random_state: Any, verbose: int) -> Any:
    """Return the classifier of a name for the features of a preset, not fitted.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name == "ann":
        return ANNClassifier(random_state=random_state, verbose=verbose)
    if name == "cnn":
        # Mixtures and a falling rate were chosen on ESC-10's folds.
        return CNNClassifier(
            mixup=0.3, learning_rate=0.003, schedule="cosine", random_state=random_state, verbose=verbose
        )
    if name == "forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(500, random_state=random_state)
    if name == "logistic":
        from sklearn.linear_model import LogisticRegression

        # Many statistics need more shrinkage than an embedding, which 0.01 costs two points on ESC-10's folds.
        c = 1.0 if preset == "embedding" else 0.01
        return LogisticRegression(C=c, max_iter=5000, random_state=random_state)
    if name == "svm":
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.model_selection import StratifiedKFold
        from sklearn.svm import SVC

        # SVC alone gives no probabilities, so it is calibrated. Two folds need only two clips of each class. Sigmoids,
        # the default method, give probabilities that are too low where there are many classes.
        return CalibratedClassifierCV(
            SVC(C=3.0, random_state=random_state), method="temperature", cv=StratifiedKFold(2), ensemble=False
        )
    if name == "lda":
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    raise ValueError(f"classifier={name!r} is unknown; an estimator, or one of {', '.join(MODELS)}, is expected")
