"""What all audio transformers share: clips in, batches to workers, rows out in the order of the clips."""

from __future__ import annotations

import os
from abc import abstractmethod
from contextlib import closing
from copy import copy
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import validate_data
from tqdm.auto import tqdm

from skaudio._constraints import (
    Interval,
    StrOptions,
    check_feature_names_in,
    fit_context,
    get_output_config,
)
from skaudio._docstrings import SharedDocs
from skaudio.clips import Clip, Reader, as_clip, clips_in
from skaudio.exceptions import AudioReadError, AudioReadWarning, warn_user
from skaudio.extraction import Feature, Recipe, extract, plan
from skaudio.feature_extraction._collected import CollectedRows, first_lines
from skaudio.store import FeatureStore, store_of


class BaseAudioTransformer(SharedDocs, CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Base of the transformers that turn each clip into one row, on its own.

    A child declares the parameters read here (`on_error`, `cache`, `n_jobs`, `verbose`), and says in two methods how a
    clip is read and what a row is made of. It keeps no state: `fit` only validates, so `transform` works without it.
    """

    _shared_doc = {
        "keeping": """
on_error : {"raise", "nan"}, default="raise"
    What to do with a clip that cannot be read: raise `AudioReadError`, or put a row of NaN in its place and list all of
    them in one `AudioReadWarning`. No clip is dropped; a ``SimpleImputer`` can follow, or select the finite rows before
    a search. A class that is predicted for such a clip says nothing: `skaudio.pipeline.predict_readable` masks it.
cache : bool, str, PathLike, FeatureStore or None, default=None
    Keep what is extracted in a `skaudio.store.FeatureStore`: a file's path, or True for one in the user's cache folder.
    Each clip is then decoded once, for all folds, candidates, processes and later sessions. Of what is stored, other
    `statistics` (but for percentiles), fewer coefficients and smaller `deltas` follow without reading a clip. Files are
    kept by `fit_transform` and `transform`, clips in memory by `fit_transform` alone; both look up either.
n_jobs : int or None, default=None
    Clips are read by this many threads; -1 is all cores. ``joblib.parallel_config`` chooses another backend. The result
    does not depend on it.
verbose : int, default=0
    1 shows a progress bar on stderr.
""",
    }

    _parameter_constraints: dict[str, Any] = {
        "on_error": [StrOptions({"raise", "nan"})],
        "cache": ["boolean", str, os.PathLike, FeatureStore, None],
        "n_jobs": [Interval(Integral, 1, None, closed="left"), Interval(Integral, None, -1, closed="right"), None],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _reader(self) -> Reader:
        """Return how clips are read."""

    @abstractmethod
    def _features(self) -> list[Feature]:
        """Return what a row consists of, one after the other along its last axis."""

    def _check_parameters(self) -> None:
        """Raise ValueError for parameters that are each in range, but not together."""
        for name, constraints in self._parameter_constraints.items():
            value = getattr(self, name)
            takes_bools = any(isinstance(each, str) and each in ("boolean", "verbose") for each in constraints)
            if isinstance(value, (bool, np.bool_)) and not takes_bools:  # to an interval, True is the number 1
                raise ValueError(f"{name}={value!r} is a bool, which this parameter does not take")

    def _warn_about_parameters(self) -> None:
        """Warn, once a fit, of parameters that work but are seldom meant."""

    def _record_outside_state(self) -> None:
        """Record, in each fit, what features depend on besides the parameters, such as the content of a model."""

    def _check_outside_state(self) -> None:
        """Raise ValueError where what `_record_outside_state` recorded has changed."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Validate the parameters and `X`. No file is opened: nothing is learnt from the clips.

        Parameters
        ----------
        X : list, array, Series or one-column frame of clips, or array of shape (n_clips, n_samples)
            The clips: paths, bytes, binary file objects, waveforms, ``(waveform, rate)`` pairs or
            ``(path, offset, duration)`` segments; or one waveform a row at `sample_rate`.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The transformer.

        Raises
        ------
        AudioReadError
            If samples in memory are NaN or infinite, unless ``on_error="nan"``.
        ValueError
            If a parameter is out of range, or `X` is not a list of clips.
        """
        self._fit_clips(X)
        return self

    @with_callbacks
    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Validate, then extract: `fit` and `transform` in one, with progress for scikit-learn's callbacks.

        Parameters
        ----------
        X : clips
            As in `fit`.
        y : None
            Ignored.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_features), float32
            As in `transform`.
        """
        self._validate_params()
        return self._extract(self._fit_clips(X), fitting=True)

    def transform(self, X: Any) -> np.ndarray:
        """Extract the features of each clip.

        Parameters
        ----------
        X : clips
            As in `fit`. Need not be the clips, or the kind of clips, of `fit`.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_features), float32
            One row a clip, in the order of `X`; with `set_output`, a frame.

        Raises
        ------
        AudioReadError
            If a clip cannot be read, unless ``on_error="nan"``: then its row is NaN and an `AudioReadWarning` lists it.
        ValueError
            If a parameter is out of range, `X` is not a list of clips, or a pretrained model has changed since `fit`.
        """
        self._validate_params()
        self._check_parameters()
        self._check_outside_state()
        clips = clips_in(X)
        if clips is None:
            clips = self._rows_of_table(X, reset=False)
        return self._extract(clips)

    def transform_with_failures(self, X: Any) -> tuple[Any, list[AudioReadError]]:
        """Extract the features of each clip that can be read, whatever `on_error` is, and tell which cannot.

        Parameters
        ----------
        X : clips
            As in `transform`.

        Returns
        -------
        X_new : ndarray of shape (n_clips, n_features), float32
            As in `transform`; the row of a clip that cannot be read is NaN.
        failures : list of AudioReadError
            One a clip that cannot be read, with its ``position`` in `X`, ``path`` and ``reason``.
        """
        failures: list[AudioReadError] = []
        forgiving = copy(self).set_params(on_error="nan")
        forgiving._report = lambda found, _: failures.extend(found)
        return forgiving.transform(X), failures

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : None
            The names follow from the parameters alone, so no fit is needed. After a fit on a table of numbers, names
            given here must be those of its columns.

        Returns
        -------
        ndarray of shape (n_features,), object
            One name a column; of sequences, one a value of each frame.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self._validate_params()
        self._check_parameters()
        if hasattr(self, "n_features_in_"):
            check_feature_names_in(self, input_features)
        return np.asarray(self._names(), dtype=object)

    def _names(self) -> list[str]:
        return [name for feature in self._features() for name in feature.names()]

    def _fit_clips(self, X: Any) -> list[Clip]:
        self._check_parameters()
        self._warn_about_parameters()
        self._record_outside_state()
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        clips = clips_in(X)
        if clips is None:
            return self._rows_of_table(X, reset=True)
        if self.on_error == "raise":
            for position, clip in enumerate(clips):
                try:
                    clip.check_finite()
                except ValueError as error:
                    raise AudioReadError(str(error), None, position, error) from error
        return clips

    def _rows_of_table(self, X: Any, *, reset: bool) -> list[Clip]:
        finite = self.on_error == "raise"
        if reset or hasattr(self, "n_features_in_"):
            X = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite=finite)
        else:
            X = check_array(X, dtype="numeric", ensure_all_finite=finite, estimator=self)
        if X.dtype.kind in "iu" and X.dtype.itemsize == 8:
            X = X.astype(np.float64)  # the type of a table says nothing of the scale of its numbers
        return [as_clip(row) for row in X]

    def _extract(self, clips: list[Clip], fitting: bool = False) -> np.ndarray:
        features = tuple(self._features())
        shapes = [feature.shape for feature in features]
        if len(shapes[0]) > 1 and get_output_config("transform", self)["dense"] != "default":
            raise ValueError(
                f"{type(self).__name__} gives {1 + len(shapes[0])}-dimensional sequences, which a frame cannot hold; "
                "ask for statistics, or call set_output(transform='default')"
            )
        rows = CollectedRows(clips, shapes)
        store = store_of(self.cache)
        # How many batches there will be is not known where others may extract some of the clips.
        n_batches = sum(1 for _ in plan(range(len(clips)), clips)) if fitting and store is None else None
        context = self._init_callback_context(max_subtasks=n_batches) if fitting else None
        if context is not None:
            context.call_on_fit_task_begin(estimator=self, X=clips)
        extraction = extract(
            Recipe(self._reader(), features),
            clips,
            store=store,
            n_jobs=self.n_jobs,
            # Clips in memory are stored by `fit_transform` alone: those that `transform` is given belong to its caller.
            keep_memory=fitting,
            stop_at_failure=self.on_error == "raise",
        )
        with (
            closing(extraction) as batches,
            tqdm(total=len(clips), unit="clip", disable=not self.verbose) as bar,
        ):
            for batch in batches:
                rows.take(batch.positions, batch.outcomes)
                bar.update(len(batch.positions))
                if context is not None:
                    task = context.subcontext(task_name="batch").call_on_fit_task_begin(estimator=self)
                    task.call_on_fit_task_end(estimator=self)
        if rows.failures:
            self._report(rows.failures, len(clips))
        rows.warn()
        if context is not None:
            context.call_on_fit_task_end(estimator=self, X=clips)
        return rows.joined()

    def _report(self, failures: list[AudioReadError], n_clips: int) -> None:
        """Raise the first failure, or warn of all of them."""
        if self.on_error == "raise":
            raise failures[0]
        lines = first_lines([str(failure) for failure in failures])
        message = f"{len(failures)} of {n_clips} clips could not be read; their rows are NaN:\n{lines}"
        warn_user(message, AudioReadWarning)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        # True would promise that a 1-D array of numbers is taken too, and those are refused.
        tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = self.on_error == "nan"
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
