"""How often a grid search decodes each clip, and how long it takes: without a cache, with Pipeline(memory=), a store.

    python benchmarks/grid_search.py --data DATA [--clips 400] [--n-jobs 2] [--json FILE]

12 candidates (3 numbers of coefficients, 4 strengths of a classifier) over the dataset's own folds.
"""

import argparse
import os
import sys
import tempfile
import time

import joblib
import numpy as np
from _measure import data_name, finish
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV

from skaudio import make_audio_pipeline
from skaudio.datasets import load_dataset

GRID = {"features__n_mfcc": [13, 20, 40], "classifier__alpha": [0.1, 1.0, 10.0, 100.0]}


def count_decodes(log):
    """Have this process note each clip it decodes."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(event, args):
        if event == "skaudio.decode" and args[0] is not None:  # a file
            os.write(descriptor, b".")

    sys.addaudithook(note)


def search(dataset, rows, n_jobs, log, **parameters):
    pipeline = make_audio_pipeline("tutorial", classifier=RidgeClassifier()).set_params(**parameters)
    with joblib.parallel_config(backend="loky", initializer=count_decodes, initargs=(log,)):
        start = time.perf_counter()
        result = GridSearchCV(pipeline, GRID, cv=dataset.cv, n_jobs=n_jobs, refit=False, error_score="raise")
        result.fit(dataset.data[rows], dataset.target[rows])
        return result.cv_results_["mean_test_score"], time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--json")
    options = parser.parse_args()
    dataset = load_dataset(options.data)
    rows = np.random.default_rng(0).permutation(len(dataset.data))[: options.clips]
    results = {"data": data_name(options.data), "clips": len(rows), "candidates": 12, "n_jobs": options.n_jobs}
    scores = []
    print(
        f"{len(rows)} clips, 12 candidates, {dataset.cv.get_n_splits(dataset.data[rows])} folds, {options.n_jobs} jobs"
    )
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "no cache": {},
            "Pipeline(memory=)": {"memory": os.path.join(folder, "memory")},
            "a store": {"features__cache": os.path.join(folder, "features.sqlite")},
        }
        for name, parameters in sides.items():
            log = os.path.join(folder, "decodes")
            score, seconds = search(dataset, rows, options.n_jobs, log, **parameters)
            n = os.path.getsize(log)
            os.unlink(log)
            scores.append(score)
            results[name] = {"decodes_per_clip": n / len(rows), "seconds": seconds}
            print(f"{name:20} {n / len(rows):8.2f} decodes a clip {seconds:8.1f} s")
            joblib.externals.loky.get_reusable_executor().shutdown(wait=True)  # the next side notes into a new file
    assert np.array_equal(scores[0], scores[1])
    assert np.array_equal(scores[0], scores[2])
    finish(results, options.json)


if __name__ == "__main__":
    main()
