"""`EmbeddingTransformer`: clips become rows of what a pretrained model makes of them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio._constraints import Interval
from skaudio.dsp import STATISTICS, is_statistic
from skaudio.extraction import Embeddings, Feature, Frames, Padded, Statistics, numbered
from skaudio.feature_extraction._reading import BaseReadingTransformer
from skaudio.pretrained import KNOWN_MODELS, PretrainedModel, model_of

_LONGEST = 60.0  # seconds of each part of a long clip, where the model windows by itself
_PROBED = 2.0  # seconds of silence that tell how many values such a model gives


class EmbeddingTransformer(BaseReadingTransformer):
    """Turn clips into rows of a pretrained model's embeddings, pooled over time.

    Parameters
    ----------
    model : str, PathLike or callable
        A file ending in ``.onnx`` (onnxruntime, extra ``onnx``), ``.tflite`` (ai-edge-litert, extra ``tflite``, or
        TensorFlow) or ``.keras``, or a folder with a SavedModel (TensorFlow, extra ``keras``), which takes waveforms of
        shape (n_samples,) or (batch, n_samples). Or a function of a module, from waveforms (n, n_samples), float32, to
        values (n, n_values); without `window`, from one waveform (n_samples,) to frames (n_frames, n_values).
    sample_rate : float, default=16000
        Rate in Hz that the model expects.
    window : float or None, default=None
        Seconds of each window that the model is given; None where it windows by itself, as YAMNet does: it is then
        given the whole clip (one of more than two minutes in parts of one minute), and its values are frames.
    hop : float or None, default=None
        Seconds from one window to the next; None is `window`. A last window ends with the clip, should samples be left
        over; a clip shorter than a window is continued with silence.
    output : str, int or None, default=None
        Which of several outputs, by name or position.
    pooling : tuple of str or None, default=("mean",)
        What to keep of each value over time: any of ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"median"``,
        ``"skew"`` and ``"kurtosis"``, and percentiles, as ``"p95"``. None keeps all frames; it needs `duration`.
    batch_size : int, default=16
        Windows that the model is given at a time.
    {reading}
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be read, as in `MFCCTransformer`.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where embeddings are kept, as in `MFCCTransformer`, by the content of the model and the version of its runtime.
    n_jobs : int or None, default=None
        Clips are read and embedded by this many threads; ONNX and TFLite take one for each. -1 is all cores.
    verbose : int, default=0
        1 shows a progress bar on stderr.

    Attributes
    ----------
    model_hash_ : str
        What the model's content was in `fit`; a model that has changed since is an error.
    n_features_in_ : int
        Samples a row, only after a fit on a 2-D array of waveforms.
    feature_names_in_ : ndarray of str
        Columns, only after a fit on a frame of numbers.

    See Also
    --------
    AudioFeatureUnion : Embeddings beside features of another kind, where both read clips in the same way.

    Notes
    -----
    The model is given windows in batches, and each clip begins a new batch. So, for one version of one runtime on one
    machine, the bits depend neither on the order of the clips nor on `n_jobs` or the store; another `batch_size` may
    change the last ones. A pickle holds the path of the model and the hash, not the model.

    Examples
    --------
    >>> from skaudio.feature_extraction import EmbeddingTransformer
    >>> EmbeddingTransformer("yamnet.onnx", output=1).fit_transform(["bark.wav"]).shape  # doctest: +SKIP
    (1, 1024)
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseReadingTransformer._parameter_constraints,
        "model": [str, os.PathLike, callable],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "hop": [Interval(Real, 0, None, closed="neither"), None],
        "output": [str, Integral, None],
        "pooling": [tuple, list, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    model_hash_: str

    def __init__(
        self,
        model: str | os.PathLike[str] | Callable[[np.ndarray], np.ndarray],
        *,
        sample_rate: float = 16000,
        window: float | None = None,
        hop: float | None = None,
        output: str | int | None = None,
        pooling: Sequence[str] | None = ("mean",),
        batch_size: int = 16,
        offset: float = 0.0,
        duration: float | None = None,
        max_duration: float | None = None,
        channel: str | int = "mean",
        res_type: str = "soxr_hq",
        on_error: str = "raise",
        cache: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.model = model
        self.sample_rate = sample_rate
        self.window = window
        self.hop = hop
        self.output = output
        self.pooling = pooling
        self.batch_size = batch_size
        self.offset = offset
        self.duration = duration
        self.max_duration = max_duration
        self.channel = channel
        self.res_type = res_type
        self.on_error = on_error
        self.cache = cache
        self.n_jobs = n_jobs
        self.verbose = verbose

    @classmethod
    def from_preset(cls, name: str, path: str | os.PathLike[str], **parameters: Any) -> EmbeddingTransformer:
        """Return a transformer for a model that is known, and whose file is on this machine.

        Parameters
        ----------
        name : {"yamnet"}
            YAMNet: 16 kHz, 1024 values each 0.48 s of windows of 0.96 s, which it makes itself.
        path : str or PathLike
            The model, in any of the forms of `model`. Its output of as many values as are expected is taken, whatever
            the conversion has named it.
        **parameters : dict
            Others of the constructor's, as ``pooling=("mean", "std")``.

        Returns
        -------
        EmbeddingTransformer
            With `sample_rate`, `window`, `hop` and `output` set.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the name is unknown, or the model is another one: none of its outputs, or several, have as many values.
        ImportError
            If the package that runs it is not installed.

        Examples
        --------
        >>> from skaudio.feature_extraction import EmbeddingTransformer
        >>> yamnet = EmbeddingTransformer.from_preset("yamnet", "yamnet.onnx", cache=True)  # doctest: +SKIP
        """
        if name not in KNOWN_MODELS:
            known = ", ".join(map(repr, KNOWN_MODELS))
            raise ValueError(f"there is no preset {name!r}; {known} is known, and parameters can say the rest")
        return cls(path, **{**KNOWN_MODELS[name].parameters_for(path), **parameters})

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.window is None and self.hop is not None:
            raise ValueError(f"hop={self.hop:g} s needs a window: it is the step from one window to the next")
        for name in ("window", "hop"):
            seconds = getattr(self, name)
            if seconds is not None and round(seconds * self.sample_rate) < 1:
                raise ValueError(f"{name}={seconds:g} s is less than one sample at sample_rate={self.sample_rate:g} Hz")
        if self.pooling is None:
            if self.duration is None:
                raise ValueError("pooling=None gives sequences of one length, so duration must be set, in seconds")
            return
        unknown = [name for name in self.pooling if not is_statistic(name)]
        if unknown or not len(self.pooling) or len(set(self.pooling)) < len(self.pooling):
            found = f"{unknown[0]!r} in it is unknown" if unknown else "each name must stand in it once"
            known = ", ".join(STATISTICS)
            raise ValueError(
                f"pooling={self.pooling!r}: {found}; choose from {known} and percentiles, as 'p5', or None"
            )

    def _record_outside_state(self) -> None:
        self.model_hash_ = self._model().content

    def _check_outside_state(self) -> None:
        if hasattr(self, "model_hash_") and self._model().content != self.model_hash_:
            raise ValueError(f"the model {self._model().place!r} has changed since it was fitted with; fit again")

    def _model(self) -> PretrainedModel:
        output = self.output if self.output is None or isinstance(self.output, str) else int(self.output)
        return model_of(self.model, output)

    def _features(self) -> list[Feature]:
        model = self._model()
        sequences = self.pooling is None
        n_samples = math.ceil(self.duration * self.sample_rate) if sequences and self.duration is not None else None
        step = Embeddings(
            None if n_samples is None else Padded(None, n_samples),
            model,
            None if self.window is None else round(self.window * self.sample_rate),
            round((self.hop or self.window or 1) * self.sample_rate),
            int(self.batch_size),
            round(_LONGEST * self.sample_rate),
        )
        probed = round(_PROBED * self.sample_rate) if n_samples is None else n_samples
        n_frames, n_values = _output_shape(step, probed if self.window is None or sequences else 1)
        labels = numbered("embedding", n_values)
        if self.pooling is None:
            return [Frames(step, labels, (0,), n_frames)]
        return [Statistics(step, labels, n_values, tuple(map(str, self.pooling)), (0,))]


@lru_cache(maxsize=64)
def _output_shape(step: Embeddings, n_samples: int) -> tuple[int, int]:
    """Run the model on `n_samples` of silence, and return how many frames it gives, and how many values a frame."""
    flow = replace(step, of=None).start()
    list(flow.add(np.zeros(n_samples, np.float32)))
    (series,) = flow.end()
    n_frames, n_values = series.whole().shape
    return n_frames, n_values
