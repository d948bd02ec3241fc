"""Callbacks of Keras in the compiled training loop: told as in Keras, and heeded."""

import numpy as np
import pytest
from training import (
    CODES,
    EPOCHS,
    HELD,
    HELD_CODES,
    HELD_X,
    HELD_Y,
    WEIGHTS,
    Epochs,
    Shared,
    X,
    Y,
    assert_alike,
    assert_told_alike,
    by_keras,
    classifier,
    farthest,
    plain_network,
    train,
)

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import callbacks, optimizers  # noqa: E402

from skaudio.neural import _training  # noqa: E402

pytestmark = pytest.mark.slow


def test_callbacks_hear_of_the_same_moments_as_in_keras():
    moments = ("train_begin", "epoch_begin", "test_begin", "test_end", "epoch_end", "train_end")

    def hook(moment):
        def heard(self, *told):
            self.heard.append((moment, *(sorted(logs) if isinstance(logs, dict) else logs for logs in told)))

        return heard

    Listener = type("Listener", (Shared,), {f"on_{moment}": hook(moment) for moment in moments})
    ours, plain = Listener(), Listener()
    ours.heard, plain.heard = [], []
    train(plain_network(weighted=True), weights=WEIGHTS, held=HELD, epochs=2, hooks=[ours])
    plain_network(weighted=True).fit(
        X, CODES, sample_weight=WEIGHTS, validation_data=HELD, epochs=2, verbose=0, callbacks=[plain]
    )
    assert ours.heard == plain.heard
    assert len(ours.heard) == 2 + 2 * 4
    assert ours.params == plain.params


def test_an_epochs_network_is_the_one_of_its_logs():
    class Evaluate(Epochs):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            found = self.model.evaluate(HELD_X, HELD_CODES, verbose=0, return_dict=True)
            assert {f"val_{name}": value for name, value in found.items()} == pytest.approx(
                {name: value for name, value in logs.items() if name.startswith("val_")}, abs=1e-6
            )

    seen = Evaluate()
    network = classifier(callbacks=[seen]).fit(X, Y, X_val=HELD_X, y_val=HELD_Y)
    assert seen.model is network.model_
    assert seen.numbers == list(range(EPOCHS))
    assert [logs["val_loss"] for logs in seen.logs] == network.history_["val_loss"]
    assert all(farthest(a, b) > 0 for a, b in zip(seen.weights, seen.weights[1:]))
    assert farthest(seen.weights[-1], network.model_.get_weights()) == 0


def test_a_scheduled_learning_rate_is_that_of_keras():
    def rate(epoch):
        return 0.2 * 0.1**epoch

    ours, plain = (plain_network("sgd") for _ in range(2))
    history = train(ours, hooks=[callbacks.LearningRateScheduler(rate)])
    assert_told_alike(history, by_keras(plain, hooks=[callbacks.LearningRateScheduler(rate)]))
    assert_alike(ours, plain)
    assert history["learning_rate"] == pytest.approx([0.2, 0.02, 0.002])


def test_a_learning_rate_reduced_on_a_plateau_is_reduced():
    seen = Epochs()
    reduce = callbacks.ReduceLROnPlateau("loss", factor=1e-6, patience=1, min_delta=100)
    network = classifier(optimizer="sgd", epochs=4, callbacks=[reduce, seen]).fit(X, Y)
    assert network.history_["learning_rate"] == pytest.approx([0.02, 0.02, 2e-8, 2e-14])
    steps = [farthest(a, b) for a, b in zip(seen.weights, seen.weights[1:])]
    assert steps[0] > 1e-3 > 1e-6 > max(steps[1:])


@pytest.mark.parametrize("moment", ["on_epoch_begin", "on_epoch_end"])
def test_weights_that_a_callback_sets_are_learnt_from(moment):
    given = [np.full_like(array, 0.1) for array in plain_network().get_weights()]

    class Reset(Epochs):
        pass

    setattr(Reset, moment, lambda self, *_: self.model.set_weights(given))
    model = plain_network(optimizers.SGD(0.5))
    model.set_weights(given)
    history = _training.train(  # all rows at once, whose order does not matter
        model, X, CODES, None, None, batch_size=len(X), epochs=EPOCHS, callbacks=[Reset()], seed=5
    )
    assert history["loss"] == pytest.approx([history["loss"][0]] * EPOCHS, abs=1e-6)
    assert (farthest(model.get_weights(), given) == 0) == (moment == "on_epoch_end")


def test_averaged_weights_are_swapped_in_for_validation_as_in_keras():
    ours, plain = (plain_network(optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)) for _ in range(2))
    history = train(ours, held=HELD[:2], epochs=1, hooks=[callbacks.SwapEMAWeights()])
    assert_told_alike(history, by_keras(plain, held=HELD[:2], epochs=1, hooks=[callbacks.SwapEMAWeights()]))
    assert_alike(ours, plain)


def test_a_fit_that_was_interrupted_goes_on_where_it_was_backed_up(tmp_path):
    class Interrupt(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    backup, seen = callbacks.BackupAndRestore(tmp_path / "backup"), Epochs()
    with pytest.raises(KeyboardInterrupt):
        classifier(epochs=5, callbacks=[backup, seen, Interrupt()]).fit(X, Y)
    network = classifier(epochs=5, callbacks=[backup, seen]).fit(X, Y)
    assert seen.numbers == [0, 1, 2, 3, 4]
    assert network.n_iter_ == 3
