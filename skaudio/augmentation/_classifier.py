"""`AugmentedClassifier`: a pipeline trained on altered copies of its training clips, too."""

from __future__ import annotations

import os
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone, is_classifier
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, assert_all_finite, check_consistent_length, check_random_state, column_or_1d, get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from skaudio._constraints import HasMethods, Interval, check_sample_weight, fit_context
from skaudio.augmentation._calls import check_augmentations
from skaudio.augmentation._copies import copies_of, repeated
from skaudio.augmentation._held_out import hold_out_originals
from skaudio.augmentation._routing import routed
from skaudio.clips import as_clip, as_clips, is_segment


def _fitted_has(method: str) -> Any:
    """Return a check that the estimator has a method, before a fit and after it."""

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), method)  # its AttributeError says why
        return True

    return check


class AugmentedClassifier(CallbackSupportMixin, MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Train a pipeline on its training clips and on altered copies of them.

    Copies are made inside `fit`, of the clips it is given. So in a cross-validation or a search, no model is trained on
    a copy of a test clip, and none is tested on a copy. If clips are augmented before the folds are made, both happen.

    Parameters
    ----------
    estimator : estimator
        From clips to classes, such as `make_audio_pipeline` makes it. It is cloned.
    augmentations : augmentation or list of augmentations
        What is done to a copy, one after the other: those of this module, such as `Noise`; any callable
        ``(samples, sample_rate, random_state)`` that returns samples, with float32 mono samples at the rate and of the
        part that the pipeline's transformer reads, and a RandomState to draw from; any object of the package
        audiomentations.
    n_copies : int, default=1
        Copies of each clip, each drawn anew; 0 for none.
    include_original : bool, default=True
        Train on the clips as they are, too.
    random_state : int, RandomState instance or None, default=None
        Seed of what is drawn. An int gives the same copies in each fold and each fit, so that a store keeps them over a
        search; None new ones in each fit.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Samples a row, only after a fit on a 2-D array of waveforms.

    See Also
    --------
    skaudio.neural.CNNClassifier : It alters sequences while it trains, anew in each epoch.

    Notes
    -----
    What is drawn for a copy follows from `random_state`, from the clip's content and from the number of the copy: it is
    the same in any order and fold, for any `n_jobs` and on any machine. Copies are extracted through the store of the
    pipeline's transformer, once each.

    A pipeline may hold clips out itself: in a network with `validation_fraction`, or in a search inside of it. It then
    holds out originals alone, and is not trained on copies of these. `fit` refuses an estimator whose held-out clips
    cannot be chosen, such as ``MLPClassifier(early_stopping=True)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio import make_audio_pipeline
    >>> from skaudio.augmentation import AugmentedClassifier, Gain, Noise
    >>> time = np.arange(22050) / 22050
    >>> tones = [np.sin(2 * np.pi * hertz * time) for hertz in (200, 250, 3000, 3500)]
    >>> pipeline = make_audio_pipeline("tutorial", classifier="logistic")
    >>> augmented = AugmentedClassifier(pipeline, [Gain(), Noise()], n_copies=2, random_state=0)
    >>> augmented.fit(tones, ["low", "low", "high", "high"]).predict(tones[1:3]).tolist()
    ['low', 'high']
    """

    _parameter_constraints: dict[str, Any] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "augmentations": [callable, list, tuple],
        "n_copies": [Interval(Integral, 0, None, closed="left")],
        "include_original": ["boolean"],
        "random_state": ["random_state"],
    }
    # Groups are routed to a splitter most often. Weights are the estimator's to ask for.
    __metadata_request__fit = {"groups": False, "sample_weight": UNUSED}

    estimator_: Any

    def __init__(
        self,
        estimator: Any,
        augmentations: Any,
        *,
        n_copies: int = 1,
        include_original: bool = True,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.augmentations = augmentations
        self.n_copies = n_copies
        self.include_original = include_original
        self.random_state = random_state

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, **fit_params: Any) -> Self:
        """Train a clone of the estimator on the clips and their copies.

        Parameters
        ----------
        X : list, array, Series or one-column frame of clips, or array of shape (n_clips, n_samples)
            The training clips, as for `MFCCTransformer`.
        y : array-like of shape (n_clips,)
            Their labels; a copy has its clip's.
        sample_weight : array-like of shape (n_clips,), default=None
            Weights of the clips, for the estimator, or the last step of a pipeline; a copy has its clip's.
        groups : array-like of shape (n_clips,), default=None
            Source of each clip; a copy has its clip's. Where the estimator holds clips out, no source is on both sides.
        **fit_params : dict
            For the estimator's `fit`; what is of the length of `X` is repeated for the copies, but for `X_val` and
            `y_val`.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter is out of range, or the estimator holds out rows in a way that copies would reach.
        TypeError
            If an augmentation cannot be called, or is a class.
        RuntimeError
            If an augmentation fails, or returns no samples.
        """
        augmentations = check_augmentations(self.augmentations)
        if not self.n_copies and not self.include_original:
            raise ValueError("n_copies=0 and include_original=False leave nothing to train on")
        self._refuse_rows()
        items = self._items(X)
        y = column_or_1d(y, warn=True)
        check_consistent_length(items, y)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        clips = [as_clip(item) for item in items]
        copies = copies_of(clips, np.unique(y, return_inverse=True)[1], augmentations, int(self.n_copies), seed)
        kept = np.arange(len(items)) if self.include_original else np.arange(0)
        rows = np.concatenate([kept, copies.sources[:, 0]])
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, np.empty((len(items), 0)))
        if groups is not None:
            check_consistent_length(items, groups)
            groups = np.asarray(groups)[rows]
        fit_params = {
            name: value if name.endswith("_val") else repeated(value, rows, len(items))
            for name, value in fit_params.items()
        }
        params = routed(self, repeated(sample_weight, rows, len(items)), groups, fit_params)
        context = self._init_callback_context(max_subtasks=1)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        estimator = clone(self.estimator)
        before = hold_out_originals(
            estimator, items, y[rows], groups, copies.sources, include_original=self.include_original, seed=seed
        )
        all_clips = [items[position] for position in kept] + copies.clips
        task = context.subcontext(task_name="fit")
        with task.propagate_callback_context(estimator):
            task.call_on_fit_task_begin(estimator=self, X=all_clips, y=y[rows])
            estimator.fit(all_clips, y[rows], **params)
            task.call_on_fit_task_end(estimator=self, X=all_clips, y=y[rows])
        self.estimator_ = estimator.set_params(**before)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    @property
    def classes_(self) -> np.ndarray:
        """The labels, sorted."""
        check_is_fitted(self, "estimator_")
        return self.estimator_.classes_

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each clip.

        Parameters
        ----------
        X : clips
            As in `fit`. They are heard as they are.

        Returns
        -------
        y : ndarray of shape (n_clips,)
            Labels.
        """
        return self._call_estimator("predict", X)

    @available_if(_fitted_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : clips
            As in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_clips, n_classes)
            In the order of `classes_`.
        """
        return self._call_estimator("predict_proba", X)

    @available_if(_fitted_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : clips
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            In the order of `classes_`.
        """
        return self._call_estimator("predict_log_proba", X)

    @available_if(_fitted_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the estimator's score of each class.

        Parameters
        ----------
        X : clips
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_classes)
            In the order of `classes_`.
        """
        return self._call_estimator("decision_function", X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata are routed: to `fit` of the estimator, and `groups` to this class's own.

        Returns
        -------
        MetadataRouter
            The routing.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add_self_request(self).add(estimator=self.estimator, method_mapping=mapping)

    def _refuse_rows(self) -> None:
        """Refuse an estimator that takes rows of features, where clips are altered."""
        first = self.estimator
        while isinstance(first, Pipeline):
            first = first.steps[0][1]
        if is_classifier(first) and not hasattr(first, "estimator") and not hasattr(first, "estimators"):
            raise ValueError(
                f"{type(first).__name__} takes rows, and AugmentedClassifier alters clips: its estimator is a pipeline "
                "whose first step reads them, as make_audio_pipeline makes it"
            )

    def _items(self, X: Any) -> list[Any]:
        """Return the clips: paths and parts of files as they are, so that splitters can look them up."""
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        items = as_clips(X)
        if items is None:
            return list(self._table(X, reset=True))
        return [item if isinstance(item, (str, os.PathLike)) or is_segment(item) else as_clip(item) for item in items]

    def _table(self, X: Any, *, reset: bool) -> np.ndarray:
        finite = not get_tags(self.estimator).input_tags.allow_nan
        X = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite=finite)
        # The type of a table says nothing of the scale of its numbers.
        return X.astype(np.float64) if X.dtype.kind in "iu" and X.dtype.itemsize == 8 else X

    def _call_estimator(self, method: str, X: Any) -> np.ndarray:
        check_is_fitted(self, "estimator_")
        if as_clips(X) is None:
            X = self._table(X, reset=False) if hasattr(self, "n_features_in_") else X
        found: np.ndarray = getattr(self.estimator_, method)(X)
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.allow_nan = get_tags(self.estimator).input_tags.allow_nan
        tags.classifier_tags = get_tags(self.estimator).classifier_tags
        return tags
