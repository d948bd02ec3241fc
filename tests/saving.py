"""Pipelines of ten kinds that are fitted, and their model files."""

import pickle
from types import SimpleNamespace

import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skaudio import ANNClassifier, MFCCTransformer, make_audio_pipeline, save
from skaudio.augmentation import AugmentedClassifier, Gain, Noise
from skaudio.datasets import make_urban_sounds


def _models(cache):
    made = make_audio_pipeline
    quick = {"classifier__epochs": 1}
    checkpoint = {"classifier__validation_fraction": 0.5, "classifier__checkpoint": f"{cache}.keras"}
    return {
        "ann": made(random_state=0, cache=cache).set_params(**quick),
        "checkpointed": made("tutorial", random_state=0).set_params(**quick, **checkpoint),
        "cnn": made("cnn", random_state=0).set_params(**quick, features__duration=1.0),
        "forest": made("tutorial", classifier="forest"),
        "svm": made("tutorial", classifier="svm"),
        "lda": made("speech", classifier="lda"),
        "search": GridSearchCV(
            made("tutorial", classifier="logistic", cache=cache), {"classifier__C": [0.1, 1.0]}, cv=2
        ),
        "augmented": AugmentedClassifier(made("tutorial", classifier="logistic"), [Gain(), Noise()], random_state=0),
        "vote": make_pipeline(
            MFCCTransformer(),
            SimpleImputer(),
            VotingClassifier(
                [
                    ("ann", ANNClassifier((8,), epochs=1)),
                    ("neighbours", KNeighborsClassifier()),
                    ("boosting", HistGradientBoostingClassifier(max_iter=3)),
                ],
                voting="soft",
            ),
        ),
        "stack": make_pipeline(
            MFCCTransformer(),
            SelectKBest(k=10),
            PCA(5),
            StackingClassifier(
                [("trees", ExtraTreesClassifier(5)), ("boosting", GradientBoostingClassifier(n_estimators=2))], cv=2
            ),
        ),
    }


def fitted_and_saved(tmp_path_factory):
    """Return clips, the pipelines that are fitted to them, by name, and the folder of their files."""
    dataset = make_urban_sounds(tmp_path_factory.mktemp("urban"), n_per_class=3)
    cache = tmp_path_factory.mktemp("secret-place") / "store.sqlite"
    fitted = {name: model.fit(dataset.data, dataset.target) for name, model in _models(str(cache)).items()}
    folder = tmp_path_factory.mktemp("models")
    for name, model in fitted.items():
        before = pickle.dumps(model.get_params(deep=False)) if name == "ann" else None
        save(model, folder / f"{name}.skaudio")
        assert before is None or pickle.dumps(model.get_params(deep=False)) == before
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.skaudio" for name in fitted)
    return SimpleNamespace(dataset=dataset, fitted=fitted, folder=folder)


@pytest.fixture
def dataset(ten_models):
    return ten_models.dataset


@pytest.fixture
def fitted(ten_models):
    return ten_models.fitted


@pytest.fixture
def folder(ten_models):
    return ten_models.folder
