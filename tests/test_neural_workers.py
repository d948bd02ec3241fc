"""Networks in worker processes: equal bits, fair shares of cores and memory, and no hang."""

import json
import multiprocessing
import os

import joblib
import pytest
from networks import same_weights
from processes import default_of, run_python, three_classes
from sklearn.model_selection import cross_validate

from skaudio.neural import _backend

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


class Threads(keras.callbacks.Callback):
    """Notes how many threads TensorFlow uses in this process."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs=None):
        from tensorflow.config import threading as threads

        found = [threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads()]
        (self.folder / str(os.getpid())).write_text(json.dumps(found))


def test_workers_train_the_same_networks_with_their_share_of_the_cores(tmp_path, capfd):
    # This process has used TensorFlow when the workers start.
    for kind in ("ann", "cnn"):
        # Whole batches: TensorFlow divides the sums of a convolution of a few clips among the threads there are.
        X, y = three_classes(kind, 192)
        network = default_of(kind, callbacks=[Threads(tmp_path)])
        alone = cross_validate(network, X, y, cv=2, return_estimator=True)["estimator"]
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=3):
            in_workers = cross_validate(network, X, y, cv=2, return_estimator=True)["estimator"]
        for a, b in zip(alone, in_workers, strict=True):
            assert same_weights(a, b)
            assert a.history_ == b.history_
    found = {int(file.name): json.loads(file.read_text()) for file in tmp_path.iterdir()}
    here = found.pop(os.getpid())
    assert here == [0, 0]  # TensorFlow's own choice
    assert len(found) in (1, 2)
    assert list(found.values()) == [[3, 3]] * len(found)
    assert "worker processes take" not in capfd.readouterr().err


THREADED = """
import json
import joblib
from sklearn.datasets import make_blobs
from sklearn.model_selection import cross_val_score
from skaudio import ANNClassifier

X, y = make_blobs(40, centers=2, random_state=0)
with joblib.parallel_config("threading", n_jobs=2):
    cross_val_score(ANNClassifier((8,), epochs=1, random_state=0), X, y, cv=2, error_score="raise")
import tensorflow as tf
print(json.dumps([tf.config.threading.get_intra_op_parallelism_threads()]))
"""


def test_a_search_on_threads_leaves_the_process_all_its_cores(tmp_path):
    (tmp_path / "threaded.py").write_text(THREADED)
    assert json.loads(run_python("threaded.py", cwd=tmp_path).stdout) == [0]  # TensorFlow's own choice


FORKED = """
import warnings
import joblib
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV, cross_val_score
from skaudio import ANNClassifier

# A worker of joblib's pool must not raise: the pool ends its workers then, and may hang.
def outcome(work, *arguments, **parameters):
    try:
        work(*arguments, **parameters)
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__} {'TensorFlow' in str(error)} {'loky' in str(error)}"
    return "worked"

if __name__ == "__main__":
    X, y = make_blobs(40, centers=2, random_state=0)
    fitted = ANNClassifier((8,), epochs=1, random_state=0).fit(X, y)
    new = clone(fitted)
    warnings.simplefilter("ignore")
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        parallel = joblib.Parallel()
        works = {"predict": (fitted.predict, X), "model": (getattr, fitted, "model_")}
        works |= {"refit": (fitted.fit, X, y), "fit": (new.fit, X, y)}
        for name, work in works.items():
            print(name, *set(parallel(joblib.delayed(outcome)(*work) for _ in range(3))))
        print("score", outcome(cross_val_score, new, X, y, cv=2))
        print("search", outcome(GridSearchCV(fitted, {"dropout": [0.1]}, cv=2).fit, X, y))
    fitted.predict(X)
    print("ended")
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no processes are forked here")
def test_forked_workers_name_loky_and_do_not_hang(tmp_path):
    (tmp_path / "forked.py").write_text(FORKED)
    done = run_python("forked.py", cwd=tmp_path, timeout=300, JOBLIB_START_METHOD="fork")
    assert done.stdout.splitlines() == [
        "predict worked",  # by NumPy
        "model RuntimeError True True",
        "refit RuntimeError True True",
        "fit RuntimeError True True",
        "score ValueError True True",  # scikit-learn's word that all fits failed, with the first error
        "search ValueError True True",
        "ended",
    ]


# The user's own TensorFlow, and skaudio imported in the child alone: no hook of ours saw the fork.
FORKED_UNSEEN = """
import os, pickle, sys
import tensorflow as tf

def child(work):
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        try:
            print(work())
        except RuntimeError as error:
            print("RuntimeError", "TensorFlow" in str(error), "loky" in str(error))
        finally:
            sys.stdout.flush()
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

def fit():
    import numpy as np
    from skaudio import ANNClassifier
    X = np.arange(40.0).reshape(20, 2)
    model = ANNClassifier((4,), epochs=1, random_state=0).fit(X, np.arange(20) % 2)
    pickle.dump(model, open("model.pickle", "wb"))
    return "fitted"

def predict():
    import numpy as np
    return pickle.load(open("model.pickle", "rb")).predict(np.zeros((1, 2))).shape

child(fit)  # TensorFlow is imported, and has not been used
tf.constant(1.0) + 1
child(fit)
child(predict)
print(fit())
child(predict)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are listed on Linux alone")
def test_a_fork_that_no_hook_saw_is_refused_and_one_before_any_use_is_not(tmp_path):
    (tmp_path / "unseen.py").write_text(FORKED_UNSEEN)
    done = run_python("unseen.py", cwd=tmp_path, timeout=300)
    refused = "RuntimeError True True"
    assert done.stdout.splitlines() == ["fitted", refused, "(1,)", "fitted", "(1,)"]


@pytest.mark.parametrize("backend", ["jax", "torch", "openvino", "no such"])
@pytest.mark.parametrize("by", ["environment", "settings"])
def test_another_backend_of_keras_says_what_to_unset(tmp_path, backend, by):
    """Whether that backend is installed or not."""
    if by == "settings" and backend == "no such":
        pytest.skip("Keras itself refuses it")
    (tmp_path / "keras.json").write_text(json.dumps({"backend": backend if by == "settings" else "tensorflow"}))
    (tmp_path / "other.py").write_text(OTHER_BACKEND)
    environment = {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": backend if by == "environment" else ""}
    done = run_python("other.py", cwd=tmp_path, **environment)
    for message in done.stdout.splitlines():
        assert f"{backend!r}" in message
        assert "unset KERAS_BACKEND" in message
        assert "'tensorflow'" in message
    assert len(done.stdout.splitlines()) == 2


OTHER_BACKEND = """
import numpy as np
from skaudio import ANNClassifier, CNNClassifier
for make in (ANNClassifier, lambda: CNNClassifier((4,))):
    X = np.zeros((20, 8, 5)) if make is not ANNClassifier else np.zeros((20, 8))
    try:
        make().fit(X, np.arange(20) % 2)
    except ImportError as error:
        print(error)
"""


# Memory of workers


@pytest.mark.parametrize(
    ("taken", "free", "message"),
    [
        ([0.2e9, 0.2e9], 1.7e9, None),
        (
            [0.2e9, 0.2e9],
            1.5e9,
            "2 worker processes take some 1.0 GB each for TensorFlow, 1.6 GB more than now, and 1.5 GB are free; "
            "a smaller n_jobs takes less",
        ),
        ([1.4e9, 0.9e9, 0.1e9], 1.1e9, None),  # the first has all that it takes
        ([1.4e9, 0.9e9, 0.1e9], 0.9e9, "3 worker processes take .* 1.0 GB more than now, and 0.9 GB are free"),
        ([0.2e9] * 64, None, None),  # without psutil
    ],
)
def test_workers_that_will_take_more_than_is_free_are_warned_of(monkeypatch, taken, free, message):
    monkeypatch.setattr(_backend, "free_memory", lambda: free)
    monkeypatch.setattr(_backend, "_workers", lambda: taken)
    if message is None:
        _backend._warn_of_memory()
    else:
        with pytest.warns(UserWarning, match=message):
            _backend._warn_of_memory()


def test_a_search_where_little_memory_is_free_says_so_once_a_worker(tmp_path):
    # In each process that Python starts, 100 MB are free.
    (tmp_path / "sitecustomize.py").write_text(
        """
import psutil

original = psutil.virtual_memory
psutil.virtual_memory = lambda: original()._replace(available=100_000_000)
"""
    )
    (tmp_path / "threads.py").write_text(
        """
import os
import keras
import tensorflow as tf

class Threads(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        with open(f"{os.getpid()}.threads", "w") as file:
            file.write(str(tf.config.threading.get_intra_op_parallelism_threads()))
"""
    )
    (tmp_path / "search.py").write_text(
        """
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from skaudio import ANNClassifier
from threads import Threads

if __name__ == "__main__":
    X, y = make_blobs(40, centers=2, random_state=0)
    network = ANNClassifier((8,), epochs=1, callbacks=[Threads()], random_state=0)
    grid = {"dropout": [0.1, 0.2, 0.3]}
    GridSearchCV(network, grid, cv=2, n_jobs=2, refit=False, error_score="raise").fit(X, y)
"""
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = run_python("search.py", cwd=tmp_path, PYTHONPATH=path)
    n_workers = len(list(tmp_path.glob("*.threads")))
    assert n_workers in (1, 2)
    assert done.stderr.count("2 worker processes take some 1.0 GB each for TensorFlow") == n_workers
    assert "0.1 GB are free; a smaller n_jobs takes less" in done.stderr
    share = str(max(1, joblib.cpu_count() // 2))
    assert {file.read_text() for file in tmp_path.glob("*.threads")} == {share}
