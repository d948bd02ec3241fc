"""What all audio transformers share: clips in, batches to workers, rows out in the order of the clips."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from numbers import Integral, Real
from typing import Any, Self
from weakref import WeakSet

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import validate_data
from tqdm import tqdm

from skaudio._constraints import Interval, StrOptions, fit_context, get_output_config
from skaudio._workers import share_of_cores
from skaudio.audio import RES_TYPES, check_res_type, stream_clip
from skaudio.exceptions import AudioReadError, AudioReadWarning, warn_user
from skaudio.feature_extraction._clips import as_clips, is_in_memory
from skaudio.feature_extraction._extraction import Batch, Recipe, extract_batches, plan
from skaudio.feature_extraction._stored import Stored, extract_through_store
from skaudio.store import FeatureStore

# The transformers that were fitted in this process, and not loaded into it.
_fitted_here: WeakSet[Any] = WeakSet()


class BaseAudioTransformer(CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Base of the transformers that turn each clip into one row, on its own.

    A child declares the parameters read here (`sample_rate`, `offset`, `duration`, `max_duration`, `channel`,
    `res_type`, `on_error`, `cache`, `n_jobs`, `verbose`), and says in a few methods what a row is. It keeps no
    state: `fit` only validates, so `transform` works without it.
    """

    _parameter_constraints: dict[str, Any] = {
        "sample_rate": [Interval(Real, 0, None, closed="neither")],
        "offset": [Interval(Real, 0, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "max_duration": [Interval(Real, 0, None, closed="neither"), None],
        "channel": [StrOptions({"mean"}), Interval(Integral, 0, None, closed="left")],
        "res_type": [StrOptions(set(RES_TYPES))],
        "on_error": [StrOptions({"raise", "nan"})],
        "cache": ["boolean", str, os.PathLike, FeatureStore, None],
        "n_jobs": [Interval(Integral, 1, None, closed="left"), Interval(Integral, None, -1, closed="right"), None],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _extractor(self) -> Callable[[Iterator[np.ndarray]], np.ndarray]:
        """Return a pure, picklable function from the pieces of a waveform at `sample_rate` to a row of `_row_shape`.

        It raises ValueError, saying what was found, for a waveform that gives no row.
        """

    @abstractmethod
    def _stored(self) -> Stored:
        """Return what a store keeps of each clip, and how the row is taken out of it."""

    @abstractmethod
    def _row_shape(self) -> tuple[int, ...]:
        """Return the shape of one clip's features."""

    def _check_parameters(self) -> None:
        """Raise ValueError for parameters that are each in range, but not together."""
        check_res_type(self.res_type)
        for name in ("duration", "max_duration"):
            seconds = getattr(self, name)
            if seconds is not None and seconds * self.sample_rate < 1:
                raise ValueError(f"{name}={seconds:g} s is less than one sample at sample_rate={self.sample_rate:g} Hz")

    def _warn_about_parameters(self) -> None:
        """Warn, once a fit, of parameters that work but are seldom meant."""

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
        _fitted_here.add(self)
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
            If a parameter is out of range, or `X` is not a list of clips.
        """
        self._validate_params()
        self._check_parameters()
        clips = as_clips(X)
        if clips is None:
            clips = list(self._validate_table(X, reset=False))
        return self._extract(clips)

    def _fit_clips(self, X: Any) -> list[Any]:
        self._check_parameters()
        self._warn_about_parameters()
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        clips = as_clips(X)
        if clips is None:
            return list(self._validate_table(X, reset=True))
        if self.on_error == "raise":
            for position, clip in enumerate(clips):
                if is_in_memory(clip):
                    _check_finite(clip, position)
        return clips

    def _validate_table(self, X: Any, *, reset: bool) -> np.ndarray:
        finite = self.on_error == "raise"
        if reset or hasattr(self, "n_features_in_"):
            return validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite=finite)
        return check_array(X, dtype="numeric", ensure_all_finite=finite, estimator=self)

    def _extract(self, clips: list[Any], fitting: bool = False) -> np.ndarray:
        shape = self._row_shape()
        if len(shape) > 1 and get_output_config("transform", self)["dense"] != "default":
            raise ValueError(
                f"{type(self).__name__} gives {len(shape)}-dimensional sequences, which a frame cannot hold; "
                "ask for statistics, or call set_output(transform='default')"
            )
        if fitting:
            _fitted_here.add(self)
        result = np.full((len(clips), *shape), np.nan, np.float32)
        failures: list[AudioReadError] = []
        # How many batches there will be is not known where others may extract some of the clips.
        store = _store_of(self.cache)
        planned = list(plan(range(len(clips)), clips)) if store is None else None
        n_batches = None if planned is None else len(planned)
        context = self._init_callback_context(max_subtasks=n_batches) if fitting else None
        if context is not None:
            context.call_on_fit_task_begin(estimator=self, X=clips)
        with (
            closing(self._batches(clips, store, planned)) as batches,
            tqdm(total=len(clips), unit="clip", disable=not self.verbose) as bar,
        ):
            for batch in batches:
                result[batch.positions] = batch.rows
                failures += batch.failures
                bar.update(len(batch.positions))
                if context is not None:
                    task = context.subcontext(task_name="batch").call_on_fit_task_begin(estimator=self)
                    task.call_on_fit_task_end(estimator=self)
        failures.sort(key=lambda failure: failure.position or 0)
        if failures and self.on_error == "raise":
            raise failures[0]
        if failures:
            _warn_of(failures, len(clips))
        if context is not None:
            context.call_on_fit_task_end(estimator=self, X=clips)
        return result

    def _batches(
        self, clips: list[Any], store: FeatureStore | None, planned: list[list[int]] | None
    ) -> Generator[Batch, None, None]:
        """Yield the rows of all clips, batch by batch, in any order."""
        n_jobs = self.n_jobs
        share = share_of_cores()
        if share is not None:
            n_jobs = min(effective_n_jobs(n_jobs), share)
        if store is None:
            recipe = Recipe(self._reader(), self._extractor(), self._row_shape(), self.on_error == "raise")
            return extract_batches(recipe, clips, iter(planned or ()), n_jobs)
        # What a loaded model is given to name is its caller's, and not kept.
        return extract_through_store(store, clips, self._stored(), n_jobs, keep_memory=self in _fitted_here)

    def _reader(self) -> Callable[[Any], Iterator[np.ndarray]]:
        return partial(
            stream_clip,
            sample_rate=self.sample_rate,
            offset=self.offset,
            duration=self.duration,
            max_duration=self.max_duration,
            channel=self.channel,
            res_type=self.res_type,
        )

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


def _store_of(cache: Any) -> FeatureStore | None:
    if cache is None or cache is False or isinstance(cache, FeatureStore):
        return cache or None
    return FeatureStore(None if cache is True else cache)


def _check_finite(clip: Any, position: int) -> None:
    try:
        samples = np.asarray(clip[0] if isinstance(clip, tuple) else clip)
    except ValueError as error:
        raise AudioReadError(f"it is no waveform: {error}", None, position, error) from error
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        raise AudioReadError("it holds samples that are NaN or infinite", None, position)


def _warn_of(failures: list[AudioReadError], n_clips: int) -> None:
    lines = "\n".join(f"  {failure}" for failure in failures)
    warn_user(f"{len(failures)} of {n_clips} clips could not be read; their rows are NaN:\n{lines}", AudioReadWarning)
