"""`recipe_of`: how a transformer extracts, for those that extract by themselves."""

from __future__ import annotations

from skaudio.extraction import Recipe
from skaudio.feature_extraction._base import BaseAudioTransformer


def recipe_of(transformer: BaseAudioTransformer) -> Recipe:
    """Return how a transformer reads one clip and computes its features, without its store, threads and error handling.

    Parameters
    ----------
    transformer : transformer of this package
        It is left as it is.

    Returns
    -------
    Recipe
        How a clip is read, and the steps to each of its features.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from skaudio import MFCCTransformer
    >>> recipe_of(MFCCTransformer(n_mfcc=13)).features[0].shape
    (13,)
    """
    transformer._validate_params()
    transformer._check_parameters()
    return Recipe(transformer._reader(), tuple(transformer._features()))
