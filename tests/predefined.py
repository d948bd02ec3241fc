"""Twelve clips of two labels in three folds, and `PredefinedFolds` of them."""

import numpy as np
import pytest

from skaudio.model_selection import PredefinedFolds

FOLDS = np.array([3, 1, 2, 1, 2, 3, 1, 1, 2, 3, 3, 2])
CLIPS = [f"clip{k:02}.wav" for k in range(len(FOLDS))]
LABELS = np.where(np.arange(len(FOLDS)) % 2, "dog", "siren")


@pytest.fixture
def cv():
    return PredefinedFolds(FOLDS, clips=CLIPS)
