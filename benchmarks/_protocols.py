"""The protocols that `published.py` runs: features, models, and what is searched inside the training folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.augmentation import AugmentedClassifier, Gain, Noise, TimeShift
from skaudio.feature_extraction import AudioFeatureUnion, SpectralTransformer

SEVEN = ("mean", "std", "min", "max", "median", "skew", "kurtosis")


@dataclass(frozen=True)
class Row:
    """A protocol: features by name, a model by seed, and a grid that is searched inside the training folds.

    Without features, the model is given the clips.
    """

    features: str
    model: Callable[[int], Any]
    grid: dict[str, list[Any]] | None = None
    seeded: bool = False


class Parts(TransformerMixin, BaseEstimator):
    """The columns of some parts of a union, by the beginnings of their names."""

    def __init__(self, names: Any = None, parts: tuple[str, ...] = ()) -> None:
        self.names = names
        self.parts = parts

    def fit(self, X: Any, y: Any = None) -> Parts:
        return self

    def transform(self, X: Any) -> Any:
        return X[:, [name.partition("__")[0] in self.parts for name in self.names]]


def extract(name: str, dataset: Any) -> tuple[np.ndarray, list[str]]:
    """Return the features of a protocol, and their names."""
    if name == "piczak":  # MFCC 1 to 12, without the first, and zero crossings, of frames of 23 ms at 44.1 kHz
        frames = {"sample_rate": 44100, "n_fft": 1024, "hop_length": 512, "statistics": ("mean", "std")}
        mfcc = MFCCTransformer(n_mfcc=13, **frames)
        crossings = SpectralTransformer(features=("zero_crossing_rate",), **frames)
        transformer: Any = AudioFeatureUnion([("mfcc", mfcc), ("zcr", crossings)], n_jobs=2)
    elif name == "275-d":  # eleven statistics of 25 MFCCs
        transformer = MFCCTransformer(n_mfcc=25, statistics=SEVEN, deltas=2, n_jobs=2)
    else:
        classifier = "cnn" if name == "cnn" else "lda"
        transformer = make_audio_pipeline(name, classifier=classifier, n_jobs=2)["features"]
    X = transformer.fit_transform(dataset.data)
    names = list(transformer.get_feature_names_out())
    if name == "piczak":
        kept = [k for k, each in enumerate(names) if "mfcc_00" not in each]
    elif name == "275-d":  # all seven of the coefficients, mean and deviation of their derivatives
        kept = [k for k, each in enumerate(names) if "_delta" not in each or each.endswith(("_mean", "_std"))]
    else:
        return X, names
    return X[:, kept], [names[k] for k in kept]


def rows(names_of_strong: list[str], store: str) -> dict[str, Row]:
    """Return the protocols, in the order they are printed."""

    def named(preset: str, classifier: str) -> Callable[[int], Any]:
        return lambda seed: make_audio_pipeline(preset, classifier=classifier, random_state=seed)[1:]

    def forest(seed: int) -> Any:
        return RandomForestClassifier(500, random_state=seed)

    def chosen(seed: int) -> Any:
        return Pipeline([("parts", Parts(names_of_strong)), *named("strong", "logistic")(seed).steps])

    costs = [0.001, 0.003, 0.01, 0.03, 0.1]
    parts = [
        ("mfcc",),
        ("mel",),
        ("modulation",),
        ("mfcc", "mel", "modulation"),
        ("mfcc", "mel"),
        ("mel", "modulation"),
    ]
    parts += [("mfcc", "mel", "modulation", "spectral"), ("mfcc", "mel", "modulation", "spectral", "chroma")]
    return {
        "piczak k-NN": Row(
            "piczak",
            lambda _: Pipeline([("scale", StandardScaler()), ("classifier", KNeighborsClassifier())]),
            {"scale": [StandardScaler(), MinMaxScaler(), None], "classifier__n_neighbors": [1, 3, 5, 9, 15]},
        ),
        "piczak SVM": Row(
            "piczak",
            lambda _: make_pipeline(StandardScaler(), SVC(kernel="linear")),
            {"svc__C": [0.01, 0.1, 1.0, 10.0]},
        ),
        "piczak forest": Row("piczak", forest, seeded=True),
        "275-d SVM": Row("275-d", lambda _: make_pipeline(StandardScaler(), SVC()), {"svc__C": [1.0, 3.0, 10.0, 30.0]}),
        "275-d forest": Row("275-d", forest, seeded=True),
        "tutorial network": Row("tutorial", named("tutorial", "ann"), seeded=True),
        "strong forest": Row("strong", named("strong", "forest"), seeded=True),
        "strong LDA": Row("strong", named("strong", "lda"), {"classifier__shrinkage": ["auto", 0.1, 0.3, 0.5]}),
        "strong logistic": Row("strong", named("strong", "logistic"), {"classifier__C": costs}),
        "strong logistic, its parts chosen, too": Row(
            "strong", chosen, {"parts__parts": parts, "classifier__C": costs[::2]}
        ),
        "strong SVM": Row("strong", named("strong", "svm"), {"classifier__estimator__C": [1.0, 3.0, 10.0]}),
        "strong network": Row("strong", named("strong", "ann"), seeded=True),
        "strong network, dropout chosen": Row(
            "strong", named("strong", "ann"), {"classifier__dropout": [0.3, 0.5, 0.7]}, seeded=True
        ),
        "cnn": Row("cnn", named("cnn", "cnn"), seeded=True),
        "strong logistic, augmented": Row("", lambda seed: augmented("logistic", seed, store), seeded=True),
        "strong network, augmented": Row("", lambda seed: augmented("ann", seed, store), seeded=True),
    }


def augmented(classifier: str, seed: int, store: str) -> Any:
    pipeline = make_audio_pipeline("strong", classifier=classifier, cache=store, n_jobs=2, random_state=seed)
    return AugmentedClassifier(pipeline, [TimeShift(), Noise(), Gain()], n_copies=4, random_state=seed)
