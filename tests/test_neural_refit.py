"""refit_epochs: stopped early, then trained on all rows for as long."""

import numpy as np
import pytest
from networks import same_weights, small

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow

STOPPED = {"epochs": 60, "validation_fraction": 0.25, "early_stopping": True, "patience": 5, "refit_epochs": True}


class Counting(keras.callbacks.Callback):
    begun = []

    def on_train_begin(self, logs=None):
        self.begun.append(self.params["epochs"])


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_a_fit_on_all_rows_for_the_epochs_found(noisy, weighted):
    X, y = noisy
    weights = np.linspace(0.5, 1.5, len(y)) if weighted else None
    refitted = small(**STOPPED, class_weight="balanced").fit(X, y, weights)
    losses = refitted.history_["val_loss"]
    assert refitted.n_iter_ == 1 + int(np.argmin(losses)) < len(losses)
    plain = small(epochs=refitted.n_iter_, class_weight="balanced").fit(X, y, weights)
    assert same_weights(refitted, plain)
    np.testing.assert_array_equal(refitted.predict_proba(X), plain.predict_proba(X))


def test_callbacks_of_the_user_are_told_of_both(noisy):
    X, y = noisy
    Counting.begun.clear()
    refitted = small(**STOPPED, callbacks=[Counting()]).fit(X, y)
    assert Counting.begun == [60, refitted.n_iter_]


@pytest.mark.parametrize(
    "parameters",
    [{"early_stopping": False}, {"validation_fraction": None}, {"warm_start": True}],
    ids=str,
)
def test_what_it_needs_is_said(noisy, parameters):
    with pytest.raises(ValueError, match="refit_epochs=True trains"):
        small(**{**STOPPED, **parameters}).fit(*noisy)
