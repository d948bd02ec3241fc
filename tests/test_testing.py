"""The checks of skaudio.testing fail where a transformer breaks the contract."""

import numpy as np
import pytest

from skaudio import MFCCTransformer
from skaudio.testing import check_audio_transformer


class Reversing(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract(clips, fitting)[::-1]


class Doubled(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract(clips, fitting).astype(np.float64)


class Hoarding(MFCCTransformer):
    def transform(self, X):
        self.last_ = X
        return super().transform(X)


class Misnamed(MFCCTransformer):
    def get_feature_names_out(self, input_features=None):
        return super().get_feature_names_out(input_features)[1:]


class Swallowing(MFCCTransformer):
    def _extract(self, clips, fitting=False):
        return super()._extract([clip for clip in clips if clip is not None], fitting)


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Reversing, "check_forms_of_x"),
        (Doubled, "check_output"),
        (Hoarding, "check_state"),
        (Misnamed, "check_feature_names"),
        (Swallowing, "check_errors"),
    ],
)
def test_a_broken_promise_is_named(broken, check):
    with pytest.raises((AssertionError, IndexError), match=check):
        check_audio_transformer(broken(n_mfcc=4, n_mels=20))
