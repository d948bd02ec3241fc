"""Which loop trains: the compiled one, but where batches are wanted, the network is a user's or memory is short."""

import csv

import pytest
from networks import Batches, network_of_ones_own
from training import (
    EPOCHS,
    Epochs,
    Shared,
    X,
    Y,
    classifier,
    farthest,
)

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import callbacks  # noqa: E402

from skaudio.neural import _training  # noqa: E402

pytestmark = pytest.mark.slow


class Counting(Shared):
    """Counts batches."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


@pytest.fixture
def compiled_fits(monkeypatch):
    """The numbers of rows of the fits that the compiled loop did."""
    fits = []
    train = _training.train

    def counted(model, X, *arguments, **parameters):
        fits.append(len(X))
        return train(model, X, *arguments, **parameters)

    monkeypatch.setattr(_training, "train", counted)
    return fits


def test_callbacks_of_keras_that_want_epochs_do_their_work(compiled_fits, tmp_path):
    seen, told = Epochs(), []
    hooks = [
        seen,
        callbacks.EarlyStopping("accuracy", mode="min", patience=2, restore_best_weights=True, start_from_epoch=1),
        callbacks.CSVLogger(tmp_path / "log.csv"),
        callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: told.append((epoch, logs["loss"]))),
        callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
    ]
    network = classifier(epochs=9, learning_rate=0.01, callbacks=hooks).fit(X, Y)
    assert compiled_fits == [len(X)]
    assert network.n_iter_ == 4  # from epoch 1 on the accuracy only rises
    assert farthest(network.model_.get_weights(), seen.weights[1]) == 0
    assert told == list(enumerate(network.history_["loss"]))
    with open(tmp_path / "log.csv", newline="") as file:
        assert [float(row["loss"]) for row in csv.DictReader(file)] == network.history_["loss"]
    network.model_.load_weights(tmp_path / "3.weights.h5")
    assert farthest(network.model_.get_weights(), seen.weights[2]) == 0


def test_every_batch_is_counted_where_a_callback_counts_batches(compiled_fits):
    batches, told = Counting(), []
    function = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(batch))
    for hook in (batches, function):
        classifier(callbacks=[hook]).fit(X, Y)
    assert batches.seen == told == [0, 1, 2, 3, 4] * EPOCHS
    assert compiled_fits == []


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_a_checkpoint_that_counts_batches_itself_is_told_of_them(tmp_path, save_freq):
    seen = []

    class Checkpoint(callbacks.ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            super().on_train_batch_end(batch, logs)

    path = tmp_path / "model.keras"
    classifier(epochs=1, callbacks=[callbacks.ModelCheckpoint(path, save_freq=save_freq)]).fit(X, Y)
    assert path.exists()
    classifier(epochs=1, callbacks=[Checkpoint(path, save_freq=save_freq)]).fit(X, Y)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "make, compiled",
    [
        (lambda folder: callbacks.TerminateOnNaN(), False),
        (lambda folder: callbacks.ModelCheckpoint(folder / "model.keras", save_freq=3), False),
        (lambda folder: callbacks.ModelCheckpoint(folder / "model.keras"), True),
        (lambda folder: callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: None), True),
    ],
    ids=["TerminateOnNaN", "ModelCheckpoint by batches", "ModelCheckpoint", "LambdaCallback"],
)
def test_only_callbacks_that_want_batches_have_keras_train(compiled_fits, tmp_path, make, compiled):
    network = classifier(callbacks=[make(tmp_path)]).fit(X, Y)
    assert compiled_fits == [len(X)] * compiled
    assert network.history_["loss"][-1] < network.history_["loss"][0]


def test_tensorboard_wants_batches(tmp_path):
    # It is not trained with, since it needs the package of its name.
    assert _training.wants_batches(callbacks.TensorBoard(tmp_path))


def test_a_network_of_a_users_function_is_trained_by_keras(compiled_fits):
    network = classifier(model=network_of_ones_own).fit(X, Y)
    assert compiled_fits == []
    assert set(network.history_) == {"accuracy", "loss"}


def test_rows_that_do_not_fit_twice_into_memory_are_trained_on_by_keras(compiled_fits, monkeypatch):
    for free, compiled in ((2 * X.nbytes, []), (2 * X.nbytes + 1, [len(X)]), (None, [len(X)] * 2)):
        monkeypatch.setattr(_training, "free_memory", lambda free=free: free)
        network = classifier().fit(X, Y)
        assert compiled_fits == compiled
        assert network.history_["loss"][-1] < network.history_["loss"][0]


def test_many_fits_by_keras_pass_without_notes_of_tracing(caplog, compiled_fits):
    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        for seed in range(6):  # TensorFlow notes the fifth
            classifier(epochs=1, random_state=seed, callbacks=[Batches()]).fit(X[:40], Y[:40])
        assert "retracing" not in caplog.text
        logger.warning("5 calls triggered tf.function retracing")
    finally:
        logger.removeHandler(caplog.handler)
    assert compiled_fits == []
    assert "retracing" in caplog.text  # a note of anyone else's is still heard
