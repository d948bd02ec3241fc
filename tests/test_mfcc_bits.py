"""The rows of `MFCCTransformer` have the same bits however the work is done, and it shows its progress."""

import pickle

import joblib
import numpy as np
import pytest
from mfccs import broken, paths, rows  # noqa: F401 - fixtures
from sklearn.base import clone
from sklearn.callback import FitCallback
from threadpoolctl import threadpool_limits

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError

pytestmark = pytest.mark.usefixtures("each_kernel")


# Bits


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_bits_do_not_depend_on_how_the_work_is_split(paths, rows, backend, n_jobs):
    with joblib.parallel_config(backend=backend):
        found = MFCCTransformer(n_jobs=n_jobs).fit_transform(paths)
    assert found.tobytes() == rows.tobytes()


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_bits_are_the_same_inside_a_worker(paths, rows, backend):
    transformer = MFCCTransformer(n_jobs=2)
    work = (joblib.delayed(transformer.transform)(part) for part in (paths[:20], paths[20:]))
    found = np.vstack(joblib.Parallel(n_jobs=2, backend=backend)(work))
    assert found.tobytes() == rows.tobytes()


def test_bits_do_not_depend_on_the_threads_of_libraries(paths, rows):
    for limit in (1, 2):
        with threadpool_limits(limit):
            assert MFCCTransformer().transform(paths).tobytes() == rows.tobytes()


def test_shuffled_clips_give_shuffled_rows(paths, rows):
    order = np.random.default_rng(3).permutation(len(paths))
    found = MFCCTransformer(n_jobs=2).transform([paths[i] for i in order])
    assert found.tobytes() == rows[order].tobytes()


def test_one_file_object_for_several_clips_gives_its_row_each_time(paths, rows):
    with open(paths[0], "rb") as file, joblib.parallel_config(backend="loky"):
        found = MFCCTransformer(n_jobs=2).transform([file] * 3)
    np.testing.assert_array_equal(found, rows[[0, 0, 0]])


def test_clones_and_pickles_give_the_same_rows(paths, rows):
    transformer = MFCCTransformer(window=np.hanning(2048), n_mfcc=13).fit(paths)
    expected = transformer.transform(paths[:2])
    for other in (clone(transformer), pickle.loads(pickle.dumps(transformer))):
        np.testing.assert_array_equal(other.transform(paths[:2]), expected)
    np.testing.assert_array_equal(clone(MFCCTransformer()).transform(paths), rows)


# Progress


class Recorder:
    """A callback that keeps what it is told."""

    def __init__(self):
        self.set_up, self.begun, self.ended, self.torn_down = 0, [], [], 0

    def setup(self, estimator, context):
        self.set_up += 1

    def teardown(self, estimator, context):
        self.torn_down += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context)

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_callbacks_are_told_of_every_batch(paths, rows, n_jobs):
    recorder = Recorder()
    assert isinstance(recorder, FitCallback)
    transformer = MFCCTransformer(n_jobs=n_jobs).set_callbacks(recorder)
    np.testing.assert_array_equal(transformer.fit_transform(paths), rows)

    root, *batches = recorder.begun
    assert root.parent is None
    assert [batch.parent for batch in batches] == [root] * len(batches)
    assert [batch.task_id for batch in batches] == list(range(root.max_subtasks))
    assert len(batches) > 1
    assert recorder.ended == [*batches, root]
    assert (recorder.set_up, recorder.torn_down) == (1, 1)


def test_transform_alone_is_no_fit(paths):
    recorder = Recorder()
    MFCCTransformer().set_callbacks(recorder).transform(paths[:2])
    assert recorder.begun == []


def test_callbacks_are_torn_down_after_an_error(broken):
    recorder = Recorder()
    with pytest.raises(AudioReadError):
        MFCCTransformer().set_callbacks(recorder).fit_transform(broken)
    assert (recorder.set_up, recorder.torn_down) == (1, 1)


@pytest.mark.parametrize("method", ["transform", "fit_transform"])
def test_verbose_shows_progress_on_stderr_alone(paths, capsys, method):
    getattr(MFCCTransformer(verbose=1), method)(paths)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "40/40" in captured.err
    assert "clip" in captured.err

    getattr(MFCCTransformer(), method)(paths)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
