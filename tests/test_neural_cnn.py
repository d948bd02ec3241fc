"""CNNClassifier: learns from sequences, scales by its training frames, and is blind to what a clip is padded with."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer, load_audio
from skaudio.datasets import load_esc50
from skaudio.neural._base import BaseNetworkClassifier
from skaudio.neural._cnn import _sounding, convolutional_network

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow

RATE = 22050


def _small(**parameters):
    defaults = {"filters": (4, 8), "epochs": 3, "learning_rate": 0.02, "random_state": 0}
    return CNNClassifier(**{**defaults, **parameters})


def _slopes(n, seed):
    """Sequences that fall, stay or rise, in noise: the frames of all classes are alike, but for their order."""
    names = np.array(["falling", "rising", "steady"])
    y = names[np.arange(n) % 3]
    slope = np.array([-1.0, 1.0, 0.0])[np.searchsorted(names, y)]
    noise = np.random.default_rng(seed).normal(size=(n, 12, 5))
    return (0.5 * noise + slope[:, None, None] * np.linspace(-1, 1, 12)[:, None]).astype(np.float32), y


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


@pytest.fixture(scope="module")
def slopes():
    return _slopes(48, seed=0)


# What it learns.


def test_learns_what_only_the_order_of_frames_tells(slopes):
    X, y = slopes
    others, truth = _slopes(90, seed=1)
    network = _small(epochs=15).fit(X, y)
    assert network.score(others, truth) > 0.8
    assert LogisticRegression().fit(X.mean(axis=1), y).score(others.mean(axis=1), truth) < 0.55
    assert list(network.classes_) == ["falling", "rising", "steady"]
    assert network.history_["loss"][-1] < network.history_["loss"][0]
    assert len(network.history_["loss"]) == network.n_iter_ == 15
    assert network.n_features_in_ == 5
    assert "convolution_1" in network.summary()


def test_learns_a_pitch_from_sound():
    features = MFCCTransformer(n_mfcc=13, statistics=None, duration=0.5)
    pipeline = make_pipeline(features, _small(epochs=20)).fit(*_tones(40, seed=0))
    assert pipeline.score(*_tones(40, seed=1)) > 0.9


@pytest.mark.real_sound
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
    steps = [("features", MFCCTransformer(statistics=None, duration=0.5)), ("classifier", _small(epochs=12))]
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
    scaling = _scaling(_small(epochs=2).fit(X, np.arange(30) % 2))
    assert np.array_equal(scaling.moving_mean.numpy(), frames.mean(axis=0).astype(np.float32))
    assert np.allclose(scaling.moving_variance.numpy(), frames.var(axis=0), rtol=1e-6)


def test_the_scaling_is_of_the_rows_that_are_trained_on():
    # The first coefficient of clip i is 2**i, so the bits of the sum tell which clips the mean is of.
    X = np.random.default_rng(0).normal(size=(20, 6, 2)).astype(np.float32)
    X[:, :, 0] = 2.0 ** np.arange(20)[:, None]
    y = np.arange(20) % 2
    network = _small(epochs=1, validation_fraction=0.2).fit(X, y)
    total = round(16 * float(_scaling(network).moving_mean.numpy()[0]))
    scaled_by = [i for i in range(20) if total >> i & 1]
    assert total < 2**20
    assert np.bincount(y[scaled_by]).tolist() == [8, 8]


def test_the_scaling_knows_nothing_of_x_val(slopes):
    X, y = slopes
    alone = _scaling(_small(epochs=1).fit(X, y))
    beside = _scaling(_small(epochs=1).fit(X, y, X_val=X + 1000, y_val=y))
    for name in ("moving_mean", "moving_variance"):
        assert np.array_equal(getattr(alone, name).numpy(), getattr(beside, name).numpy())


@pytest.mark.parametrize(("factor", "shift", "tolerance"), [(1e3, 0, 1e-5), (1e-3, 0, 1e-5), (1, 100, 1e-4)])
def test_the_scale_of_the_input_does_not_matter(slopes, factor, shift, tolerance):
    X, y = slopes
    others, _ = _slopes(48, seed=1)
    factor, shift = np.float32(factor), np.float32(shift)
    plain, moved = _small().fit(X, y), _small().fit(factor * X + shift, y)
    found, expected = moved.predict_proba(factor * others + shift), plain.predict_proba(others)
    assert np.allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("constant", [0.0, 0.1, -400.3])
def test_a_constant_coefficient_is_only_moved_to_zero(slopes, constant):
    X, y = slopes
    X = X.copy()
    X[:, :, 2] = constant
    network = _small(epochs=15).fit(X, y)
    scaling = _scaling(network)
    assert scaling.moving_variance.numpy()[2] == 1
    assert (scaling(X).numpy()[:, :, 2] == 0).all()
    assert np.isfinite(network.predict_proba(X)).all()
    assert network.score(X, y) > 0.9


# What it makes of padding.


def test_frames_that_repeat_one_another_to_the_end_are_padding():
    sequences = np.array([[1, 2, 3, 4], [1, 2, 2, 2], [1, 1, 2, 2], [2, 2, 2, 3], [5, 5, 5, 5]], np.float32)
    expected = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]]
    assert np.asarray(_sounding(sequences[:, :, None])).tolist() == expected
    # A frame repeats the last one only where all of its coefficients do.
    pairs = np.stack([sequences, np.arange(20, dtype=np.float32).reshape(5, 4)], axis=2)
    assert np.asarray(_sounding(pairs)).all()


def _networks(X, longer, filters, seed=0):
    """Return two networks of the same random weights, for sequences of either length."""
    networks = [
        convolutional_network({"n_classes_": 3, "X_shape_": rows.shape}, filters, dropout=0.5) for rows in (X, longer)
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
    others, _ = _slopes(48, seed=1)
    short, long = _small().fit(X, y), _small().fit(_repeat_last(X, 24), y)
    assert np.allclose(long.predict_proba(_repeat_last(others, 24)), short.predict_proba(others), atol=1e-4)


@pytest.mark.real_sound
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.37, 5.0])
def test_the_silence_that_a_short_clip_is_padded_with_is_masked(esc10, seconds):
    dataset = load_esc50(esc10, subset="esc10")
    sound, _ = load_audio(dataset.data[list(dataset.target).index("rain")], sample_rate=RATE)
    sound = sound[: round(seconds * RATE)]

    def masked(**parameters):
        features = MFCCTransformer(n_mfcc=13, statistics=None, duration=5.0, **parameters)
        return int((np.asarray(_sounding(features.fit_transform([sound]))) == 0).sum())

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
    assert np.asarray(_sounding(silence)).sum() == 1
    X[:6] = silence[0, :1]
    network = _small().fit(X, y)
    probabilities = network.predict_proba(X)
    assert np.isfinite(probabilities).all()
    assert np.array_equal(probabilities[:6], np.repeat(probabilities[:1], 6, axis=0))
    assert np.isfinite(_small(epochs=1).fit(X[:6], y[:6]).predict_proba(X)).all()


@pytest.mark.parametrize("shape", [(1, 5), (12, 1), (1, 1)], ids=str)
def test_one_frame_and_one_coefficient_are_enough(shape):
    y = np.arange(40) % 2
    X = np.random.default_rng(0).normal(size=(40, *shape), scale=0.3) + 2 * y[:, None, None]
    network = _small(epochs=20).fit(X, y)
    assert network.predict_proba(X).shape == (40, 2)
    assert network.score(X, y) > 0.9


# What scikit-learn expects of it.


@pytest.mark.parametrize(
    "labels", [["b", "a"], [7, 3], [True, False], ["x", "y", "z"], [1.0, 2.0, 3.0]], ids=lambda v: str(v)
)
def test_labels_of_any_type_come_back(slopes, labels):
    X, _ = slopes
    y = np.asarray(labels)[np.arange(len(X)) % len(labels)]
    network = _small(epochs=1).fit(X, y)
    assert network.predict(X).dtype == y.dtype
    assert set(network.predict(X)) <= set(y)
    assert network.classes_.tolist() == sorted(labels)
    assert network.predict_proba(X).shape == (len(X), len(labels))


def test_one_clip_gives_two_dimensional_probabilities(slopes):
    X, y = slopes
    probabilities = _small().fit(X, y).predict_proba(X[:1])
    assert probabilities.shape == (1, 3)
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_its_input_is_tagged_as_sequences():
    tags = get_tags(CNNClassifier()).input_tags
    assert (tags.three_d_array, tags.two_d_array) == (True, False)
    assert is_classifier(CNNClassifier())
    assert is_classifier(make_pipeline(MFCCTransformer(), CNNClassifier()))


def test_parameters_are_got_set_and_cloned(slopes):
    network = _small().fit(*slopes)
    copied = clone(network)
    assert copied.get_params() == network.get_params()
    assert not hasattr(copied, "model_")
    assert copied.set_params(filters=[6], dropout=0.1) is copied
    layers = copied.fit(*slopes).model_.layers
    assert [layer.filters for layer in layers if isinstance(layer, keras.layers.Conv2D)] == [6]
    assert [layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout)] == [0.1]
    assert CNNClassifier().get_params()["filters"] == (24, 48, 96, 128)


def test_misspelt_parameters_are_refused():
    with pytest.raises(TypeError, match="filtres"):
        CNNClassifier(filtres=(4,))
    with pytest.raises(ValueError, match="filtres"):
        CNNClassifier().set_params(filtres=(4,))


@pytest.mark.parametrize("filters", [(), (4, 0), (4, -1), (4, 2.5), ("a",), 4, "48", None], ids=repr)
def test_wrong_filters_are_named_at_fit(slopes, filters):
    with pytest.raises(ValueError, match=r"filters.*Got|filters=.* must hold whole numbers above 0"):
        _small(filters=filters).fit(*slopes)


def _with(value, X):
    X = X.copy()
    X[3, 2, 1] = value
    return X


EXPECTED = r"sequences \(n_clips, n_frames, n_coefficients\) are expected, such as MFCCTransformer\(statistics=None"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda X: X[:, 0], r"X has shape \(48, 5\); " + EXPECTED),
        (lambda X: X[0], r"X has shape \(12, 5\); .*one sequence is sequence\[np.newaxis\]"),
        (lambda X: X[:, 0, 0], r"X has shape \(48,\); " + EXPECTED),
        (lambda X: ["a.wav"] * len(X), EXPECTED),
        (lambda X: X[..., None], r"X has shape \(48, 12, 5, 1\); " + EXPECTED),
        (lambda X: np.full(X.shape, "loud"), "could not convert string to float: .*'loud'"),
        (lambda X: _with(np.nan, X), "X contains NaN"),
        (lambda X: _with(np.inf, X), "X contains infinity"),
        (lambda X: X[:0], "0 sample"),
    ],
    ids=["rows", "one sequence", "numbers", "paths", "images", "words", "nan", "infinity", "no clips"],
)
def test_what_is_no_sequences_is_named(slopes, wrong, message):
    X, y = slopes
    wrong = wrong(X)
    with pytest.raises(ValueError, match=message):
        _small().fit(wrong, y[: len(wrong)])
    network = _small(epochs=1).fit(X, y)
    for ask in (network.predict, network.predict_proba):
        with pytest.raises(ValueError, match=message):
            ask(wrong)


@pytest.mark.parametrize("shape", [(48, 0, 5), (48, 12, 0)], ids=["no frames", "no coefficients"])
def test_sequences_of_nothing_are_named(slopes, shape):
    with pytest.raises(ValueError, match=rf"X has shape \({shape[0]}, {shape[1]}, {shape[2]}\)"):
        _small().fit(np.empty(shape), slopes[1])


def test_sequences_of_another_shape_than_in_fit_are_named(slopes):
    X, y = slopes
    network = _small(epochs=1, warm_start=True).fit(X, y)
    for wrong in (X[:, :-1], X[:, :, :-1]):
        message = rf"shape \({wrong.shape[1]}, {wrong.shape[2]}\), and CNNClassifier is expecting \(12, 5\)"
        for ask in (network.predict, network.predict_proba, lambda rows: network.fit(rows, y)):
            with pytest.raises(ValueError, match=message):
                ask(wrong)
        with pytest.raises(ValueError, match=message):
            _small().fit(X, y, X_val=wrong, y_val=y)
    assert network.predict(X).shape == y.shape  # none of it did harm


def test_wrong_labels_are_named(slopes):
    X, y = slopes
    with pytest.raises(ValueError, match="one class, 'rising'"):
        _small().fit(X, ["rising"] * len(X))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        _small().fit(X, y[:-1])
    with pytest.raises(ValueError, match="Unknown label type"):
        _small().fit(X, X[:, 0, 0])


def test_equal_seeds_give_equal_networks(slopes):
    first, second, other = (_small(random_state=seed).fit(*slopes).model_.get_weights() for seed in (0, 0, 1))
    assert all(map(np.array_equal, first, second))
    assert not all(map(np.array_equal, first, other))


def test_a_pickle_in_a_process_that_imports_only_skaudio_gives_the_same_probabilities(slopes, tmp_path):
    X, y = slopes
    network = CNNClassifier(epochs=1, random_state=0).fit(X, y)
    content = pickle.dumps(network)
    assert len(content) <= 2 * sum(weight.nbytes for weight in network.model_.get_weights())
    (tmp_path / "network.pkl").write_bytes(content)
    np.save(tmp_path / "X.npy", X)
    script = (
        "import pickle, numpy as np, skaudio\n"
        "network = pickle.load(open('network.pkl', 'rb'))\n"
        "np.save('found.npy', network.predict_proba(np.load('X.npy')))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert np.array_equal(np.load(tmp_path / "found.npy"), network.predict_proba(X))


def test_warm_start_goes_on_with_the_same_network_alone(slopes):
    X, y = slopes
    network = _small(warm_start=True).fit(X, y)
    before, mean = network.model_.get_weights(), _scaling(network).moving_mean.numpy()
    network.fit(10 * X, y)
    assert network.n_iter_ == len(network.history_["loss"]) == 6
    assert not all(map(np.array_equal, before, network.model_.get_weights()))
    assert np.array_equal(_scaling(network).moving_mean.numpy(), mean)  # the weights were learnt under this scaling
    with pytest.raises(ValueError, match=r"'filters': \[4, 8\].*'filters': \[8\].* needs warm_start=False"):
        network.set_params(filters=(8,)).fit(X, y)
    assert network.n_iter_ == 6
    assert network.set_params(warm_start=False).fit(X, y).n_iter_ == 3


def test_the_best_epoch_is_kept_and_its_checkpoint_needs_only_keras(slopes, tmp_path):
    X, y = slopes
    others = _slopes(48, seed=1)[0]
    y_val = np.roll(y, 1)  # what is learnt makes these worse and worse
    network = _small(epochs=40, early_stopping=True, patience=2, checkpoint=tmp_path / "best.keras")
    network.fit(X, y, X_val=others, y_val=y_val)
    best = int(np.argmin(network.history_["val_loss"]))
    assert network.n_iter_ == best + 3 < 40
    assert log_loss(y_val, network.predict_proba(others)) == pytest.approx(network.history_["val_loss"][best], rel=1e-4)
    np.save(tmp_path / "X.npy", others)
    script = (
        "import sys, keras, numpy as np\n"
        "network = keras.models.load_model('best.keras')\n"
        "np.save('found.npy', network.predict(np.load('X.npy'), verbose=0))\n"
        "assert 'skaudio' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert np.allclose(np.load(tmp_path / "found.npy"), network.predict_proba(others), atol=1e-6)


# scikit-learn's own checks. check_estimator runs none for an estimator that is tagged as taking no 2-D arrays. So those
# it runs for ANNClassifier are run one by one, as far as they need no fit on rows; all of them are run on a child that
# takes rows.

CHECKS = [check for _, check in estimator_checks_generator(ANNClassifier())]
OF_SEQUENCES = [
    "check_complex_data",
    "check_decision_proba_consistency",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_estimator_tags_renamed",
    "check_estimators_empty_data_messages",
    "check_estimators_partial_fit_n_features",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_n_features_in_after_fitting",
    "check_no_attributes_set_in_init",
    "check_non_transformer_estimators_n_iter",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_no_nan",
    "check_valid_tag_types",
]
FITS_ROWS = "fits on 2-D rows"
OF_ROWS = {
    "check_all_zero_sample_weights_error": FITS_ROWS,
    "check_array_api_input": "fits on 2-D rows, where SCIPY_ARRAY_API is set",
    "check_class_weight_classifiers": FITS_ROWS,
    "check_classifier_data_not_an_array": FITS_ROWS,
    "check_classifiers_classes": FITS_ROWS,
    "check_classifiers_one_label": FITS_ROWS,
    "check_classifiers_one_label_sample_weights": FITS_ROWS,
    "check_classifiers_regression_target": "expects the error of the labels, and the 2-D rows have theirs first",
    "check_classifiers_train": FITS_ROWS,
    "check_dict_unchanged": FITS_ROWS,
    "check_dont_overwrite_parameters": FITS_ROWS,
    "check_dtype_object": FITS_ROWS,
    "check_estimators_dtypes": FITS_ROWS,
    "check_estimators_fit_returns_self": FITS_ROWS,
    "check_estimators_nan_inf": FITS_ROWS,
    "check_estimators_overwrite_params": FITS_ROWS,
    "check_estimators_pickle": FITS_ROWS,
    "check_f_contiguous_array_estimator": FITS_ROWS,
    "check_fit2d_1feature": FITS_ROWS,
    "check_fit2d_1sample": FITS_ROWS,
    "check_fit2d_predict1d": FITS_ROWS,
    "check_fit_check_is_fitted": FITS_ROWS,
    "check_fit_idempotent": FITS_ROWS,
    "check_fit_score_takes_y": FITS_ROWS,
    "check_methods_sample_order_invariance": FITS_ROWS,
    "check_methods_subset_invariance": FITS_ROWS,
    "check_n_features_in": FITS_ROWS,
    "check_pipeline_consistency": FITS_ROWS,
    "check_positive_only_tag_during_fit": FITS_ROWS,
    "check_readonly_memmap_input": FITS_ROWS,
    "check_sample_weight_equivalence_on_dense_data": FITS_ROWS,
    "check_sample_weights_list": FITS_ROWS,
    "check_sample_weights_not_an_array": FITS_ROWS,
    "check_sample_weights_not_overwritten": FITS_ROWS,
    "check_sample_weights_pandas_series": FITS_ROWS,
    "check_sample_weights_shape": FITS_ROWS,
    "check_supervised_y_2d": FITS_ROWS,
}


def _run(name):
    """Run all checks of this name."""
    for check in CHECKS:
        if check.func.__name__ == name:
            check.func("CNNClassifier", CNNClassifier((4,), epochs=2), **check.keywords)


def test_each_check_is_of_sequences_or_of_rows():
    assert {check.func.__name__ for check in CHECKS} == {*OF_SEQUENCES, *OF_ROWS}
    assert not {*OF_SEQUENCES} & {*OF_ROWS}


@pytest.mark.parametrize("name", OF_SEQUENCES)
def test_scikit_learn_check_of_sequences(name):
    _run(name)


@pytest.mark.parametrize("name", sorted({*OF_ROWS} - {"check_array_api_input"}))
def test_scikit_learn_check_of_rows_cannot_run_on_sequences(name):
    with pytest.raises((ValueError, AssertionError)) as raised:
        _run(name)
    errors = [raised.value]
    while errors[-1].__context__ is not None:
        errors.append(errors[-1].__context__)
    assert any("(n_clips, n_frames, n_coefficients) are expected" in str(error) for error in errors)


def test_each_parameter_is_validated():
    estimator_checks.check_param_validation("CNNClassifier", CNNClassifier((4,), epochs=1))


class RowsAsSequences(CNNClassifier):
    """Rows of k numbers as sequences of k frames of one coefficient."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags

    def _check_rows(self, X, y="no_validation", *, reset=False):
        checked = BaseNetworkClassifier._check_rows(self, X, y, reset=reset)
        X, y = checked if isinstance(checked, tuple) else (checked, y)
        n_features = self.n_features_in_
        sequences = super()._check_rows(X[:, :, np.newaxis], y, reset=reset)
        self.n_features_in_ = n_features
        return sequences


EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "minibatches and dropout: a row of weight 2 is not two rows",
}


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@parametrize_with_checks(
    [RowsAsSequences((8,), epochs=15, learning_rate=0.02, dropout=0.0, batch_size=16, random_state=0)],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_scikit_learn_check_of_rows(estimator, check):
    check(estimator)


def test_names_of_columns_are_checked():
    estimator_checks.check_dataframe_column_names_consistency("RowsAsSequences", RowsAsSequences((4,), epochs=1))
