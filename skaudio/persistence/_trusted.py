"""The types that a model file may hold: skops' own list of scikit-learn's, and these."""

from __future__ import annotations

OURS = (
    "skaudio.augmentation._augmentations.Gain",
    "skaudio.augmentation._augmentations.MixWithinClass",
    "skaudio.augmentation._augmentations.Noise",
    "skaudio.augmentation._augmentations.PitchShift",
    "skaudio.augmentation._augmentations.TimeShift",
    "skaudio.augmentation._augmentations.TimeStretch",
    "skaudio.augmentation._classifier.AugmentedClassifier",
    "skaudio.feature_extraction._chroma.ChromaTransformer",
    "skaudio.feature_extraction._embedding.EmbeddingTransformer",
    "skaudio.feature_extraction._log_mel.LogMelTransformer",
    "skaudio.feature_extraction._mfcc.MFCCTransformer",
    "skaudio.feature_extraction._modulation.ModulationTransformer",
    "skaudio.feature_extraction._spectral.SpectralTransformer",
    "skaudio.feature_extraction._union.AudioFeatureUnion",
    "skaudio.neural._ann.ANNClassifier",
    "skaudio.neural._cnn.CNNClassifier",
)
"""Types of this package. They hold parameters and fitted numbers, and none of them runs code when it is made."""

SCIKIT_LEARN = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)
"""scikit-learn's own beyond skops' list: parts of fitted estimators, splitters and functions, which are parameters.

Trees are walked by compiled code that trusts their numbers, so those are checked when they are loaded.
"""
