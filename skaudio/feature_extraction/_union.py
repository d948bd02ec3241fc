"""`AudioFeatureUnion`: several features of each clip, which is read once."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self

from sklearn.utils import Bunch

from skaudio._constraints import BaseComposition
from skaudio.clips import Reader
from skaudio.extraction import Feature
from skaudio.feature_extraction._base import BaseAudioTransformer

# Parameters that are set on the union for all its transformers, and the values that leave them to the union.
_SET_ON_UNION = {"on_error": "raise", "cache": None}


class AudioFeatureUnion(BaseAudioTransformer, BaseComposition):
    """Put the features of several transformers side by side, and read each clip once for all of them.

    scikit-learn's ``FeatureUnion`` reads each clip once for each of its transformers. Here the reading, the resampling
    and every spectrum that two of them have in common are shared, also by a store and by the processes that use it.

    Parameters
    ----------
    transformer_list : list of (str, transformer)
        Names and transformers, all of this package, which read clips in the same way: of equal `sample_rate`, `offset`,
        `duration`, `max_duration`, `channel` and `res_type`. ``"drop"`` in place of a transformer leaves it out. What
        is done for all of them is set here, and is refused on them: `on_error` and `cache`; their `n_jobs` and
        `verbose` are not used.
    n_jobs : int or None, default=None
        Clips are read by this many threads, as in `MFCCTransformer`.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be read, as in `MFCCTransformer`.
    cache : bool, str, PathLike, FeatureStore or None, default=None
        Where features are kept, as in `MFCCTransformer`. They are kept by transformer: one that is added later has
        the clips extracted for it alone.
    verbose : int, default=0
        1 shows a progress bar on stderr.
    verbose_feature_names_out : bool, default=True
        Put the name of the transformer and ``__`` before each feature's name; False leaves them as they are, and
        names that repeat are an error.

    Attributes
    ----------
    named_transformers : Bunch
        The transformers by name.
    n_features_in_ : int
        Samples a row, only after a fit on a 2-D array of waveforms.
    feature_names_in_ : ndarray of str
        Columns, only after a fit on a frame of numbers.

    See Also
    --------
    sklearn.pipeline.FeatureUnion : For transformers that read clips in different ways.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer, MFCCTransformer
    >>> union = AudioFeatureUnion([("mfcc", MFCCTransformer(n_mfcc=13)), ("mel", LogMelTransformer(n_mels=40))])
    >>> union.fit_transform([np.zeros(22050), np.ones(9000)]).shape
    (2, 53)
    >>> union.get_feature_names_out()[[0, 13]]
    array(['mfcc__mfcc_00_mean', 'mel__logmel_00_mean'], dtype=object)
    >>> union.set_params(mfcc__n_mfcc=20).fit_transform([np.zeros(22050)]).shape
    (1, 60)
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseAudioTransformer._parameter_constraints,
        "transformer_list": [list, tuple],
        "verbose_feature_names_out": ["boolean"],
    }

    def __init__(
        self,
        transformer_list: list[tuple[str, Any]],
        *,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: Any = None,
        verbose: int = 0,
        verbose_feature_names_out: bool = True,
    ) -> None:
        self.transformer_list = transformer_list
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.verbose = verbose
        self.verbose_feature_names_out = verbose_feature_names_out

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, those of the transformers as ``name__parameter``.

        Parameters
        ----------
        deep : bool, default=True
            Include the transformers and their parameters.

        Returns
        -------
        dict
            Values by name.
        """
        return self._get_params("transformer_list", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, transformers by their name, and their parameters as ``name__parameter``.

        Parameters
        ----------
        **params : dict
            Values by name. What is no parameter of the union itself is set on every transformer that has it:
            ``sample_rate``, ``duration`` or ``channel``, which all have, ``n_mfcc``, which one has. So a grid with
            ``features__n_mfcc`` serves a pipeline whether its features are one transformer or several.

        Returns
        -------
        self : object
            The union.

        Raises
        ------
        ValueError
            If neither the union nor one of its transformers has such a parameter.
        """
        own = self._get_params("transformer_list", deep=True)
        common = {name: value for name, value in params.items() if "__" not in name and name not in own}
        self._set_params("transformer_list", **{name: value for name, value in params.items() if name not in common})
        for name, value in common.items():
            owners = [each for _, each in self._active_transformers() if name in each.get_params(deep=False)]
            if not owners:
                parts = ", ".join(part for part, _ in self._active_transformers())
                raise ValueError(
                    f"Invalid parameter {name!r} for a union of {parts}: neither it nor one of them has it"
                )
            for each in owners:
                each.set_params(**{name: value})
        return self

    @property
    def named_transformers(self) -> Bunch:
        """The transformers by name."""
        return Bunch(**dict(self.transformer_list))

    @property
    def sample_rate(self) -> float:
        """The rate in Hz that the transformers bring clips to."""
        return self._active_transformers()[0][1].sample_rate

    def _active_transformers(self) -> list[tuple[str, BaseAudioTransformer]]:
        return [(name, transformer) for name, transformer in self.transformer_list if transformer != "drop"]

    def _check_parameters(self) -> None:
        super()._check_parameters()
        try:
            names = [name for name, _ in self.transformer_list]
        except (TypeError, ValueError) as error:
            raise ValueError("transformer_list must be a list of pairs (name, transformer)") from error
        self._validate_names(names)
        used = self._active_transformers()
        if not used:
            raise ValueError(f"transformer_list={self.transformer_list!r} holds no transformer; at least one is needed")
        for name, transformer in used:
            if not isinstance(transformer, BaseAudioTransformer):
                raise TypeError(
                    f"{name!r} is a {type(transformer).__name__}, and a transformer of skaudio is expected, which can "
                    "share the reading of clips; sklearn.pipeline.FeatureUnion takes any"
                )
            transformer._validate_params()
            transformer._check_parameters()
            for parameter, default in _SET_ON_UNION.items():
                value = getattr(transformer, parameter)
                if value is not default and value != default and value != getattr(self, parameter):
                    raise ValueError(
                        f"{name!r} has {parameter}={value!r}; the union reads the clips: set {parameter} there"
                    )
        self._check_readers(used)
        shapes = {name: transformer._features()[0].shape for name, transformer in used}
        if len({shape[:-1] for shape in shapes.values()}) > 1:
            found = ", ".join(f"{name!r} gives {shape} values" for name, shape in shapes.items())
            raise ValueError(f"{found} a clip: statistics, or sequences of one length, can stand side by side")
        if not self.verbose_feature_names_out:
            names = self._names()
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(
                    f"features have the same name: {', '.join(repeated[:5])}; set verbose_feature_names_out=True"
                )

    def _check_readers(self, used: list[tuple[str, BaseAudioTransformer]]) -> None:
        first, reader = used[0][0], used[0][1]._reader()
        for name, transformer in used[1:]:
            other = transformer._reader()
            for parameter in (field.name for field in fields(reader)):
                values = getattr(reader, parameter), getattr(other, parameter)
                if values[0] != values[1]:
                    raise ValueError(
                        f"{first!r} has {parameter}={values[0]!r}, and {name!r} has {values[1]!r}: they cannot share "
                        "the reading of a clip. Make them equal, or use sklearn.pipeline.FeatureUnion"
                    )

    def _warn_about_parameters(self) -> None:
        for _, transformer in self._active_transformers():
            transformer._warn_about_parameters()

    def _record_outside_state(self) -> None:
        for _, transformer in self._active_transformers():
            transformer._record_outside_state()

    def _check_outside_state(self) -> None:
        for _, transformer in self._active_transformers():
            transformer._check_outside_state()

    def _reader(self) -> Reader:
        return self._active_transformers()[0][1]._reader()

    def _features(self) -> list[Feature]:
        return [feature for _, transformer in self._active_transformers() for feature in transformer._features()]

    def _names(self) -> list[str]:
        return [
            f"{name}__{feature}" if self.verbose_feature_names_out else feature
            for name, transformer in self._active_transformers()
            for feature in transformer._names()
        ]
