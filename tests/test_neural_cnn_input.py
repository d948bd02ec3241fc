"""What CNNClassifier takes: sequences, checked as scikit-learn checks rows."""

import numpy as np
import pytest
from sequences import slopes, small_network  # noqa: F401 - fixtures
from sklearn.base import clone, is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer
from skaudio.neural._base import BaseNetworkClassifier

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def test_its_input_is_tagged_as_sequences():
    tags = get_tags(CNNClassifier()).input_tags
    assert (tags.three_d_array, tags.two_d_array) == (True, False)
    assert is_classifier(CNNClassifier())
    assert is_classifier(make_pipeline(MFCCTransformer(), CNNClassifier()))


def test_parameters_are_got_set_and_cloned(slopes):
    network = small_network().fit(*slopes)
    copied = clone(network)
    assert copied.get_params() == network.get_params()
    assert not hasattr(copied, "model_")
    assert copied.set_params(filters=[6], dropout=0.1) is copied
    layers = copied.fit(*slopes).model_.layers
    assert [layer.filters for layer in layers if isinstance(layer, keras.layers.Conv2D)] == [6]
    assert [layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout)] == [0.1]
    assert CNNClassifier().get_params()["filters"] == (24, 48, 96, 128)


@pytest.mark.parametrize("filters", [(), (4, 0), (4, -1), (4, 2.5), ("a",), 4, "48", None], ids=repr)
def test_wrong_filters_are_named_at_fit(slopes, filters):
    with pytest.raises(ValueError, match=r"filters.*Got|filters=.* must hold whole numbers above 0"):
        small_network(filters=filters).fit(*slopes)


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
        small_network().fit(wrong, y[: len(wrong)])
    network = small_network(epochs=1).fit(X, y)
    for ask in (network.predict, network.predict_proba):
        with pytest.raises(ValueError, match=message):
            ask(wrong)


@pytest.mark.parametrize("shape", [(48, 0, 5), (48, 12, 0)], ids=["no frames", "no coefficients"])
def test_sequences_of_nothing_are_named(slopes, shape):
    with pytest.raises(ValueError, match=rf"X has shape \({shape[0]}, {shape[1]}, {shape[2]}\)"):
        small_network().fit(np.empty(shape), slopes[1])


def test_sequences_of_another_shape_than_in_fit_are_named(slopes):
    X, y = slopes
    network = small_network(epochs=1, warm_start=True).fit(X, y)
    for wrong in (X[:, :-1], X[:, :, :-1]):
        message = rf"shape \({wrong.shape[1]}, {wrong.shape[2]}\), and CNNClassifier is expecting \(12, 5\)"
        for ask in (network.predict, network.predict_proba, lambda rows: network.fit(rows, y)):
            with pytest.raises(ValueError, match=message):
                ask(wrong)
        with pytest.raises(ValueError, match=message):
            small_network().fit(X, y, X_val=wrong, y_val=y)
    assert network.predict(X).shape == y.shape  # none of it did harm


def test_wrong_labels_are_named(slopes):
    X, y = slopes
    with pytest.raises(ValueError, match="one class, 'rising'"):
        small_network().fit(X, ["rising"] * len(X))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        small_network().fit(X, y[:-1])
    with pytest.raises(ValueError, match="Unknown label type"):
        small_network().fit(X, X[:, 0, 0])


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
def test_scikit_learn_check_of_rows(estimator, check, last_bits_may_differ):
    check(estimator)


def test_names_of_columns_are_checked():
    estimator_checks.check_dataframe_column_names_consistency("RowsAsSequences", RowsAsSequences((4,), epochs=1))
