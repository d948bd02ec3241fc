"""Callbacks of scikit-learn: told of each epoch, in searches and in worker processes too."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from networks import small
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


class Tasks:
    """A scikit-learn callback that counts tasks by their names, and may stop each network after some epochs."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.begun, self.ended, self.ids = [], [], []

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.estimator_name, context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.estimator_name, context.task_name))
        if context.task_name == "epoch":
            self.ids.append(context.task_id)
            assert context.parent.max_subtasks == 4
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after

    def teardown(self, estimator, context):
        pass


def _search(**parameters):
    network = small(epochs=4, hidden_layer_sizes=(8,))
    model = Pipeline([("scale", StandardScaler()), ("net", network)])
    return GridSearchCV(model, {"net__dropout": [0.1, 0.3]}, cv=3, error_score="raise", **parameters)


@pytest.mark.parametrize("stop_after", [None, 2])
def test_callbacks_of_a_search_are_told_of_each_epoch_of_each_network_and_may_stop_it(noisy, stop_after):
    tasks = Tasks(stop_after)
    search = _search().set_callbacks(tasks).fit(*noisy)
    n_fits, n_epochs = 2 * 3 + 1, stop_after or 4
    assert tasks.begun.count(("ANNClassifier", "epoch")) == n_fits * n_epochs
    assert tasks.ended.count(("ANNClassifier", "epoch")) == n_fits * n_epochs
    assert tasks.ended.count(("ANNClassifier", "fit")) == n_fits
    assert tasks.ids == list(range(n_epochs)) * n_fits
    assert search.best_estimator_["net"].n_iter_ == n_epochs
    assert not hasattr(search.best_estimator_["net"], "_skl_callbacks")
    pickle.dumps(search.best_estimator_)


class Predicts(Tasks):
    """Asks the network of each epoch."""

    def __init__(self, X):
        super().__init__()
        self.X, self.networks, self.probabilities = X, [], []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch":
            self.networks.append(fitted_estimator)
            self.probabilities.append(fitted_estimator.predict_proba(self.X))


@pytest.mark.parametrize("warm_start", [False, True])
def test_callbacks_are_given_the_network_of_each_epoch(noisy, warm_start):
    X, y = noisy
    predicts = Predicts(X)
    network = small(warm_start=warm_start).set_callbacks(predicts).fit(X, y)
    assert len(predicts.probabilities) == 3
    for epochs, found in enumerate(predicts.probabilities, start=1):
        assert np.array_equal(found, small(epochs=epochs).fit(X, y).predict_proba(X))
    if warm_start:
        network.fit(X, y)
        assert np.array_equal(predicts.probabilities[-1], network.predict_proba(X))
        assert not np.array_equal(predicts.probabilities[3], predicts.probabilities[2])


def test_the_scores_of_each_epoch_are_monitored(noisy):
    X, y = noisy
    monitor = ScoringMonitor(scoring="accuracy")
    network = small().set_callbacks(monitor).fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert scores == [small(epochs=epochs).fit(X, y).score(X, y) for epochs in (1, 2, 3)]
    assert scores[-1] == network.score(X, y)


def _bars(shown):
    """Return how far the progress bars came, in percent, by what they are of."""
    bars = {}
    for line in shown.splitlines():
        of, percent = re.fullmatch(r" *(.*?) #?\d* *[━╸╺ ]+ +(\d+)% .*", line).groups()
        bars.setdefault(of.split(" | ")[-1], []).append(int(percent))
    return bars


def test_progress_bars_show_candidates_folds_and_networks(noisy, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # wide, so that no name is cut
    _search().set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*noisy)
    shown, complaints = capfd.readouterr()
    bars = _bars(shown)
    assert "candidate-split-evaluation" in shown
    assert "refit-with-best-params" in shown
    assert {of: len(percents) for of, percents in bars.items()} == {
        "GridSearchCV - fit": 1,
        "GridSearchCV - search": 1,
        "Pipeline - fit": 7,
        "StandardScaler - fit": 7,
        "ANNClassifier - fit": 7,
    }
    assert {percent for percents in bars.values() for percent in percents} == {100}
    assert "Warning" not in complaints


def test_progress_bars_and_a_checkpoint_of_a_search_in_workers_that_did_other_work_before(tmp_path):
    (tmp_path / "counting_bar.py").write_text(
        """
import os
from sklearn.callback import ProgressBar

class CountingBar(ProgressBar):
    def on_fit_task_end(self, estimator, context):
        with open("tasks.txt", "a") as file:
            file.write(f"{context.estimator_name} {context.task_name} {os.getpid()}\\n")
        super().on_fit_task_end(estimator, context)
"""
    )
    (tmp_path / "search.py").write_text(
        """
import time
from counting_bar import CountingBar
from joblib import Parallel, delayed
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skaudio import ANNClassifier

if __name__ == "__main__":
    # The first work makes loky measure how large its workers are; TensorFlow then makes them grow.
    Parallel(n_jobs=2)(delayed(abs)(i) for i in range(4))
    time.sleep(1.5)  # loky looks at its workers once a second
    X, y = make_blobs(60, centers=3, random_state=0)
    network = ANNClassifier((8,), epochs=4, validation_fraction=0.3, checkpoint="folder/best.keras", random_state=0)
    model = Pipeline([("scale", StandardScaler()), ("net", network)])
    search = GridSearchCV(model, {"net__dropout": [0.1, 0.5]}, cv=3, n_jobs=2, refit=False, error_score="raise")
    search.set_callbacks(CountingBar(max_propagation_depth=None)).fit(X, y)
"""
    )
    (tmp_path / "folder").mkdir()
    # Keras saves by an interface that NumPy 2 deprecates; all other warnings are errors.
    allowed = "ignore:__array__ implementation doesn:DeprecationWarning"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", allowed, "search.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert "A worker stopped" not in done.stderr
    bars = _bars(done.stdout)
    assert bars["ANNClassifier - fit"] == [100] * 6
    assert bars["GridSearchCV - fit"] == [100]
    tasks = [line.rsplit(" ", 1) for line in (tmp_path / "tasks.txt").read_text().splitlines()]
    of_epochs = [process for task, process in tasks if task == "ANNClassifier epoch"]
    assert len(of_epochs) == 2 * 3 * 4
    assert len(set(of_epochs)) == 2  # both workers told of them
    assert os.listdir(tmp_path / "folder") == ["best.keras"]
    assert keras.models.load_model(tmp_path / "folder" / "best.keras").output_shape == (None, 3)
