"""The ledger of a search: which clips were right for which candidate."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from skaudio import make_audio_pipeline
from skaudio.cli._progress import Ledger
from skaudio.datasets import make_urban_sounds, select_clips


@pytest.mark.slow
@pytest.mark.parametrize("preset, n_jobs", [("tutorial", 1), ("tutorial", 2), ("speech", 1)])
def test_candidates_are_told_apart_also_by_what_a_union_hands_on(tmp_path, preset, n_jobs):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=4)
    dataset = select_clips(dataset, dataset.folds <= 3)
    cache = tmp_path / "features.sqlite"
    pipeline = make_audio_pipeline(preset, classifier=GaussianNB(), cache=cache)
    ledger = Ledger(str(tmp_path / "fits.jsonl"), get_scorer("accuracy"))
    grid = {"features__n_mfcc": [1, 2, 20], "features__statistics": [("mean",), ("std",)]}
    search = GridSearchCV(pipeline, grid, cv=dataset.cv, scoring=ledger, n_jobs=n_jobs, error_score="raise")
    search.fit(dataset.data, dataset.target)
    folds = dataset.cv.fold_of(dataset.data)
    assert len({entry["candidate"] for entry in ledger.entries()}) == 6
    for k, parameters in enumerate(search.cv_results_["params"]):
        right = ledger.right_of(search.estimator.set_params(**parameters), dataset.data, folds)
        scores = [search.cv_results_[f"split{i}_test_score"][k] for i in range(3)]
        assert [right[folds == name].mean() for name in np.unique(folds)] == pytest.approx(scores)
