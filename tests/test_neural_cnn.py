"""CNNClassifier: learns from sequences, scales by its training frames, and is blind to what a clip is padded with."""

import numpy as np
import pytest
from sequences import make_slopes, slopes, small_network  # noqa: F401 - fixtures
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline

from skaudio import CNNClassifier, MFCCTransformer, load_audio
from skaudio.datasets import load_esc50
from skaudio.neural._convolutional import Convolutional
from skaudio.neural._sequences import frame_mask, frame_mask_in_keras

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow

RATE = 22050


def _tones(n, seed):
    """Half a second of a tone in noise, of any loudness and phase; its pitch is its class."""
    rng = np.random.default_rng(seed)
    y = np.array(["low", "high"])[np.arange(n) % 2]
    time = np.arange(RATE // 2) / RATE
    clips = [
        rng.uniform(0.1, 0.8) * np.sin(2 * np.pi * (440 if label == "low" else 660) * time + rng.uniform(0, 6))
        + 0.05 * rng.normal(size=len(time))
        for label in y
    ]
    return [clip.astype(np.float32) for clip in clips], y


def _repeat_last(X, n):
    return np.concatenate([X, np.repeat(X[:, -1:], n, axis=1)], axis=1)


def _scaling(network):
    return network.model_.get_layer("scaling")


# What it learns.


def test_learns_what_only_the_order_of_frames_tells(slopes):
    X, y = slopes
    others, truth = make_slopes(90, seed=1)
    network = small_network(epochs=15).fit(X, y)
    assert network.score(others, truth) > 0.8
    assert LogisticRegression().fit(X.mean(axis=1), y).score(others.mean(axis=1), truth) < 0.55
    assert list(network.classes_) == ["falling", "rising", "steady"]
    assert network.history_["loss"][-1] < network.history_["loss"][0]
    assert len(network.history_["loss"]) == network.n_iter_ == 15
    assert network.n_features_in_ == 5
    assert "convolution_1" in network.summary()
    assert network.predict_proba(X[:1]).dtype == np.float64


def test_learns_a_pitch_from_sound():
    features = MFCCTransformer(n_mfcc=13, statistics=None, duration=0.5)
    pipeline = make_pipeline(features, small_network(epochs=20)).fit(*_tones(40, seed=0))
    assert pipeline.score(*_tones(40, seed=1)) > 0.9


def test_learns_real_sounds_over_the_datasets_own_folds(esc10, tmp_path):
    dataset = load_esc50(esc10, subset="esc10")
    some = np.isin(dataset.target, ["dog", "rain", "crying_baby"]) & (np.asarray(dataset.folds) <= 3)
    clips = np.asarray(dataset.data, dtype=object)[some]
    features = MFCCTransformer(n_mfcc=13, statistics=None, duration=5.0, cache=tmp_path / "features.sqlite")
    pipeline = make_pipeline(features, CNNClassifier((8, 16), epochs=15, learning_rate=0.01, random_state=0))
    scores = cross_val_score(pipeline, clips, dataset.target[some], cv=dataset.cv, error_score="raise")
    assert len(scores) == 3
    assert min(scores) > 0.55  # chance is 1/3
    assert np.mean(scores) > 0.7


def test_a_grid_over_filters_and_coefficients_is_searched():
    steps = [("features", MFCCTransformer(statistics=None, duration=0.5)), ("classifier", small_network(epochs=12))]
    grid = {"classifier__filters": [(4,), (4, 8)], "features__n_mfcc": [5, 13]}
    clips, y = _tones(24, seed=0)
    search = GridSearchCV(Pipeline(steps), grid, cv=2, error_score="raise").fit(clips, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.8
    best = search.best_estimator_["classifier"]
    assert best.n_features_in_ == search.best_params_["features__n_mfcc"]
    assert len(search.best_params_["classifier__filters"]) == sum(
        isinstance(layer, keras.layers.Conv2D) for layer in best.model_.layers
    )


# How it scales.


def test_the_scaling_is_the_mean_and_variance_of_the_frames_that_are_no_padding():
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 12, size=30)
    # Far from 0, where sums in float32 would be off in the fourth digit.
    X = (10_000 + rng.normal(size=(30, 12, 5)) * [0.5, 1, 2, 4, 8]).astype(np.float32)
    for sequence, length in zip(X, lengths):
        sequence[length:] = sequence[length - 1]
    frames = np.concatenate([sequence[:length] for sequence, length in zip(X, lengths)]).astype(np.float64)
    scaling = _scaling(small_network(epochs=2).fit(X, np.arange(30) % 2))
    assert np.array_equal(scaling.moving_mean.numpy(), frames.mean(axis=0).astype(np.float32))
    assert np.allclose(scaling.moving_variance.numpy(), frames.var(axis=0), rtol=1e-6)


def test_the_scaling_is_of_the_rows_that_are_trained_on():
    # The first coefficient of clip i is 2**i, so the bits of the sum tell which clips the mean is of.
    X = np.random.default_rng(0).normal(size=(20, 6, 2)).astype(np.float32)
    X[:, :, 0] = 2.0 ** np.arange(20)[:, None]
    y = np.arange(20) % 2
    network = small_network(epochs=1, validation_fraction=0.2).fit(X, y)
    total = round(16 * float(_scaling(network).moving_mean.numpy()[0]))
    scaled_by = [i for i in range(20) if total >> i & 1]
    assert total < 2**20
    assert np.bincount(y[scaled_by]).tolist() == [8, 8]


def test_the_scaling_knows_nothing_of_x_val(slopes):
    X, y = slopes
    alone = _scaling(small_network(epochs=1).fit(X, y))
    beside = _scaling(small_network(epochs=1).fit(X, y, X_val=X + 1000, y_val=y))
    for name in ("moving_mean", "moving_variance"):
        assert np.array_equal(getattr(alone, name).numpy(), getattr(beside, name).numpy())


@pytest.mark.parametrize(("factor", "shift", "tolerance"), [(1e3, 0, 1e-5), (1e-3, 0, 1e-5), (1, 100, 1e-4)])
def test_the_scale_of_the_input_does_not_matter(slopes, factor, shift, tolerance):
    X, y = slopes
    others, _ = make_slopes(48, seed=1)
    factor, shift = np.float32(factor), np.float32(shift)
    plain, moved = small_network().fit(X, y), small_network().fit(factor * X + shift, y)
    found, expected = moved.predict_proba(factor * others + shift), plain.predict_proba(others)
    assert np.allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("constant", [0.0, 0.1, -400.3])
def test_a_constant_coefficient_is_only_moved_to_zero(slopes, constant):
    X, y = slopes
    X = X.copy()
    X[:, :, 2] = constant
    network = small_network(epochs=15).fit(X, y)
    scaling = _scaling(network)
    assert scaling.moving_variance.numpy()[2] == 1
    assert (scaling(X).numpy()[:, :, 2] == 0).all()
    assert np.isfinite(network.predict_proba(X)).all()
    assert network.score(X, y) > 0.9


# What it makes of padding.


def test_frames_that_repeat_one_another_to_the_end_are_padding():
    sequences = np.array([[1, 2, 3, 4], [1, 2, 2, 2], [1, 1, 2, 2], [2, 2, 2, 3], [5, 5, 5, 5]], np.float32)
    expected = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]]
    assert frame_mask(sequences[:, :, None]).tolist() == expected
    assert np.asarray(frame_mask_in_keras(sequences[:, :, None])).tolist() == expected
    # A frame repeats the last one only where all of its coefficients do.
    pairs = np.stack([sequences, np.arange(20, dtype=np.float32).reshape(5, 4)], axis=2)
    assert frame_mask(pairs).all()


def _networks(X, longer, filters, seed=0):
    """Return two networks of the same random weights, for sequences of either length."""
    networks = [
        Convolutional().build({"n_classes_": 3, "X_shape_": rows.shape}, filters, dropout=0.5) for rows in (X, longer)
    ]
    rng = np.random.default_rng(seed)
    weights = []
    for variable in networks[0].weights:
        scale = np.sqrt(2 / np.prod(variable.shape[:-1])) if len(variable.shape) > 1 else 0.3
        offset = 1 if variable.name in ("gamma", "moving_variance") else 0
        weights.append(offset + rng.normal(scale=scale, size=variable.shape).clip(-0.9))
    for network in networks:
        network.set_weights(weights)
    return networks


@pytest.mark.parametrize("n_more", [1, 2, 6, 9])
@pytest.mark.parametrize("n_frames", [1, 7, 8, 11])
@pytest.mark.parametrize("filters", [(4,), (4, 8, 8)], ids=["one block", "three blocks"])
def test_frames_repeated_at_the_end_change_no_probability(filters, n_frames, n_more):
    X = np.random.default_rng(1).normal(size=(8, n_frames, 5)).astype(np.float32)
    longer = _repeat_last(X, n_more)
    one, other = _networks(X, longer, filters)
    expected = one(X, training=False).numpy()
    assert expected.std(axis=0).max() > 0.01  # the clips are told apart
    assert np.abs(other(longer, training=False).numpy() - expected).max() < 1e-5


def test_frames_repeated_at_the_end_change_nothing_that_is_learnt(slopes):
    X, y = slopes
    others, _ = make_slopes(48, seed=1)
    short, long = small_network().fit(X, y), small_network().fit(_repeat_last(X, 24), y)
    assert np.allclose(long.predict_proba(_repeat_last(others, 24)), short.predict_proba(others), atol=1e-4)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.37, 5.0])
def test_the_silence_that_a_short_clip_is_padded_with_is_masked(esc10, seconds):
    dataset = load_esc50(esc10, subset="esc10")
    sound, _ = load_audio(dataset.data[list(dataset.target).index("rain")], sample_rate=RATE)
    sound = sound[: round(seconds * RATE)]

    def masked(**parameters):
        features = MFCCTransformer(n_mfcc=13, statistics=None, duration=5.0, **parameters)
        return int((frame_mask(features.fit_transform([sound])) == 0).sum())

    # Frame t holds the samples from 512 t - 1024 on; the first silent one counts, the others repeat it.
    n_silent = int((np.arange(216) * 512 - 1024 >= len(sound)).sum())
    expected = max(0, n_silent - 1)
    assert masked(top_db=None) == expected
    assert expected <= masked() <= expected + 2  # with less than top_db of sound, a frame is silent too
    assert masked(deltas=1) == max(0, masked() - 4)  # the derivatives look 4 frames back


def test_a_clip_of_silence_is_one_frame(slopes):
    X, y = slopes
    X = X.copy()
    silence = MFCCTransformer(n_mfcc=5, statistics=None, duration=0.25).fit_transform([np.zeros(RATE // 4)])
    assert frame_mask(silence).sum() == 1
    X[:6] = silence[0, :1]
    network = small_network().fit(X, y)
    probabilities = network.predict_proba(X)
    assert np.isfinite(probabilities).all()
    assert np.array_equal(probabilities[:6], np.repeat(probabilities[:1], 6, axis=0))
    assert np.isfinite(small_network(epochs=1).fit(X[:6], y[:6]).predict_proba(X)).all()


@pytest.mark.parametrize("shape", [(1, 5), (12, 1), (1, 1)], ids=str)
def test_one_frame_and_one_coefficient_are_enough(shape):
    y = np.arange(40) % 2
    X = np.random.default_rng(0).normal(size=(40, *shape), scale=0.3) + 2 * y[:, None, None]
    network = small_network(epochs=20).fit(X, y)
    assert network.predict_proba(X).shape == (40, 2)
    assert network.score(X, y) > 0.9


def test_warm_start_goes_on_with_the_same_network_alone(slopes):
    X, y = slopes
    network = small_network(warm_start=True).fit(X, y)
    before, mean = network.model_.get_weights(), _scaling(network).moving_mean.numpy()
    network.fit(10 * X, y)
    assert network.n_iter_ == len(network.history_["loss"]) == 6
    assert not all(map(np.array_equal, before, network.model_.get_weights()))
    assert np.array_equal(_scaling(network).moving_mean.numpy(), mean)  # the weights were learnt under this scaling
    with pytest.raises(ValueError, match=r"'filters': \[4, 8\].*'filters': \[8\].* needs warm_start=False"):
        network.set_params(filters=(8,)).fit(X, y)
    assert network.n_iter_ == 6
    assert network.set_params(warm_start=False).fit(X, y).n_iter_ == 3


def test_the_best_epoch_is_kept_and_is_its_checkpoint(slopes, tmp_path):
    X, y = slopes
    others = make_slopes(48, seed=1)[0]
    y_val = np.roll(y, 1)  # what is learnt makes these worse and worse
    network = small_network(epochs=40, early_stopping=True, patience=2, checkpoint=tmp_path / "best.keras")
    network.fit(X, y, X_val=others, y_val=y_val)
    best = int(np.argmin(network.history_["val_loss"]))
    assert network.n_iter_ == best + 3 < 40
    assert log_loss(y_val, network.predict_proba(others)) == pytest.approx(network.history_["val_loss"][best], rel=1e-4)
    checkpoint = keras.models.load_model(tmp_path / "best.keras")
    assert np.allclose(checkpoint.predict(others, verbose=0), network.predict_proba(others), atol=1e-6)
