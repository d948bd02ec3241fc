"""Synthetic clips, and a pipeline that is fitted to them."""

import pytest
from sklearn.naive_bayes import GaussianNB

from skaudio import make_audio_pipeline
from skaudio.datasets import make_urban_sounds


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_urban_sounds(tmp_path_factory.mktemp("pipeline") / "data", n_per_class=4)


@pytest.fixture(scope="module")
def fitted(dataset):
    return make_audio_pipeline(classifier=GaussianNB()).fit(dataset.data, dataset.target)
