"""What holds of every estimator: scikit-learn's checks in full, the ones it leaves to us, and our own."""

import pytest
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from skaudio import MFCCTransformer
from skaudio.feature_extraction import (
    AudioFeatureUnion,
    ChromaTransformer,
    LogMelTransformer,
    ModulationTransformer,
    SpectralTransformer,
)
from skaudio.testing import check_audio_transformer

TRANSFORMERS = [
    MFCCTransformer(),
    MFCCTransformer(n_mfcc=13, statistics=("mean", "std", "kurtosis"), deltas=2, n_mels=40),
    MFCCTransformer(on_error="nan", n_jobs=2),
    LogMelTransformer(n_mels=40, statistics=("mean", "p95")),
    ModulationTransformer(n_mels=9, bands=(0.0, 2.0)),
    SpectralTransformer(),
    ChromaTransformer(statistics=("mean",)),
    AudioFeatureUnion([("mfcc", MFCCTransformer(n_mfcc=3)), ("mel", LogMelTransformer(n_mels=9, n_fft=512))]),
]
SEQUENCES = [
    MFCCTransformer(statistics=None, duration=0.6),
    SpectralTransformer(statistics=None, duration=0.6, features=("centroid", "rms")),
    ChromaTransformer(statistics=None, duration=0.6),
]

# scikit-learn's check_estimator does not run these.
EXTRA = [
    "check_dataframe_column_names_consistency",
    "check_get_feature_names_out_error",
    "check_param_validation",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]
EXPECTED_FAILURES = {
    "check_get_feature_names_out_error": "the names follow from the parameters alone, so they need no fit",
}


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@parametrize_with_checks(TRANSFORMERS)
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.parametrize("name", EXTRA)
@pytest.mark.parametrize("estimator", TRANSFORMERS, ids=repr)
def test_scikit_learn_check_of_the_second_row(estimator, name):
    check = getattr(estimator_checks, name)
    if name in EXPECTED_FAILURES:
        with pytest.raises(AssertionError):
            check(type(estimator).__name__, estimator)
    else:
        check(type(estimator).__name__, estimator)


@pytest.mark.parametrize("estimator", TRANSFORMERS + SEQUENCES, ids=repr)
def test_audio_transformer(estimator):
    check_audio_transformer(estimator)


@pytest.mark.parametrize("estimator", TRANSFORMERS + SEQUENCES, ids=repr)
def test_tags_tell_what_is_taken(estimator):
    tags = get_tags(estimator)
    assert not tags.requires_fit
    assert tags.transformer_tags.preserves_dtype == ["float32"]
    found = {name: getattr(tags.input_tags, name) for name in ("string", "two_d_array", "one_d_array", "allow_nan")}
    assert found == {
        "string": True,
        "two_d_array": True,
        "one_d_array": False,
        "allow_nan": estimator.on_error == "nan",
    }
