"""Masks and mixtures in the compiled loop: what a batch becomes, and that a network learns from it."""

import pickle

import numpy as np
import pytest
from networks import Batches, same_weights
from sklearn.base import clone

from skaudio import CNNClassifier

keras = pytest.importorskip("keras")

import tensorflow as tf  # noqa: E402

from skaudio.neural import _twin  # noqa: E402
from skaudio.neural._altering import Altering, mask_and_mix  # noqa: E402
from skaudio.neural._compiled import Compiled  # noqa: E402

N, FRAMES, COEFFICIENTS = 64, 40, 20


def batch():
    x = np.random.default_rng(0).normal(size=(N, FRAMES, COEFFICIENTS)).astype(np.float32)
    return tf.constant(x), tf.range(N), tf.linspace(1.0, 2.0, N)


def alter(altering, seed=(1, 2)):
    fill = tf.fill([COEFFICIENTS], 99.0)
    return [each.numpy() for each in mask_and_mix(altering, *batch(), fill, tf.constant(seed, tf.int32))]


@pytest.mark.parametrize(("axis", "altering"), [(1, Altering(time_mask=0.2)), (2, Altering(frequency_mask=0.2))])
def test_masks_are_stretches_of_the_fill(axis, altering):
    x, share, _, _ = alter(altering)
    masked = x == 99.0
    np.testing.assert_array_equal(x[~masked], batch()[0].numpy()[~masked])
    across = masked.all(axis=3 - axis)
    np.testing.assert_array_equal(masked.any(axis=3 - axis), across)  # whole frames, or whole coefficients
    length = across.shape[1]
    assert across.sum(axis=1).max() <= 2 * int(np.ceil(0.2 * length))
    stretches = np.diff(across.astype(int), axis=1, prepend=0) == 1
    assert stretches.sum(axis=1).max() == 2
    assert across.any(axis=0).all()  # anywhere
    assert (share == 1).all()


def test_mixtures_are_of_two_clips_in_the_shares_of_their_classes():
    x, share, y_other, w_other = alter(Altering(mixup=0.4))
    given, _, weights = (each.numpy() for each in batch())
    expected = share[:, None, None] * given + (1 - share)[:, None, None] * given[y_other]
    np.testing.assert_allclose(x, expected, atol=1e-6)
    np.testing.assert_array_equal(w_other, weights[y_other])
    assert sorted(y_other) == list(range(N))
    assert share.min() >= 0.5
    assert share.std() > 0.1


def test_the_same_seed_is_the_same_batch():
    altering = Altering(0.2, 0.2, 0.3)
    first, again, other = alter(altering), alter(altering), alter(altering, (1, 3))
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


def slopes(n=60):
    y = np.array(["falling", "rising"])[np.arange(n) % 2]
    slope = np.where(y == "rising", 1.0, -1.0)
    noise = np.random.default_rng(0).normal(size=(n, 12, 5))
    return (0.5 * noise + slope[:, None, None] * np.linspace(-1, 1, 12)[:, None]).astype(np.float32), y


def small(**parameters):
    defaults = {"filters": (4, 8), "epochs": 20, "learning_rate": 0.02, "random_state": 0}
    return CNNClassifier(**{**defaults, **parameters})


OPTIONS = [{"time_mask": 0.3}, {"frequency_mask": 0.3}, {"mixup": 0.3}, {"time_mask": 0.2, "mixup": 1.0}]


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_network_learns_from_them_the_same_each_time(options):
    X, y = slopes()
    plain = small().fit(X, y)
    network = small(**options).fit(X, y)
    assert network.score(X, y) > 0.9
    assert same_weights(network, small(**options).fit(X, y))
    assert not same_weights(network, plain)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(network)).predict_proba(X), network.predict_proba(X))
    assert clone(network).get_params()["mixup"] == options.get("mixup", 0.0)


def test_a_clip_of_no_weight_counts_neither_alone_nor_in_a_mixture():
    X, y = slopes(64)
    weights = np.where(np.arange(64) == 0, 1.0, 0.0)  # one clip has some, and is at most in two mixtures
    network = small(epochs=1, batch_size=64, mixup=1.0).fit(X, y, weights)
    whole = small(epochs=1, batch_size=64, mixup=1.0).fit(X, y)
    assert 0 < network.history_["loss"][0] < whole.history_["loss"][0] / 10


def test_options_alike_are_compiled_once(monkeypatch):
    monkeypatch.setattr(_twin, "_twins", Compiled(most=4))
    X, y = slopes()
    small(mixup=0.77, epochs=1).fit(X, y)
    small(mixup=0.77, epochs=2, dropout=0.2, random_state=3).fit(X, y)
    assert len(_twin._twins._kept) == 1


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS[:3], ids=str)
def test_keras_own_loop_is_refused(options):
    X, y = slopes()
    with pytest.raises(ValueError, match="time_mask, frequency_mask and mixup are done in skaudio's own loop"):
        small(callbacks=[Batches()], epochs=1, **options).fit(X, y)
    small(callbacks=[Batches()], epochs=1).fit(X, y)


@pytest.mark.parametrize(
    ("name", "value"), [("time_mask", 1.5), ("frequency_mask", -0.1), ("mixup", -1.0), ("mixup", "yes")]
)
def test_options_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of CNNClassifier"):
        small(**{name: value}).fit(*slopes())
