"""What a library's vectors are made by: a transformer as plain data, so that the file tells how to make more."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import numpy as np

from skaudio import feature_extraction
from skaudio.exceptions import LibraryError
from skaudio.extraction import Feature, Recipe, fingerprint
from skaudio.feature_extraction import AudioFeatureUnion, EmbeddingTransformer, recipe_of
from skaudio.pipeline import PRESETS, make_audio_pipeline

_NOT_KEPT = ("cache", "n_jobs", "on_error", "verbose")  # which change no numbers


def features_of(features: Any) -> Any:
    """Return the transformer that a name or a transformer stands for.

    Raises
    ------
    ValueError
        If it is neither, or gives sequences.
    """
    if isinstance(features, str):
        named = [name for name in PRESETS if name not in ("cnn", "embedding")]
        if features not in named:
            raise ValueError(
                f"features={features!r} is unknown; {', '.join(map(repr, named))} or a transformer is expected"
            )
        return make_audio_pipeline(features, classifier="logistic")["features"]
    if not hasattr(features, "transform_with_failures"):
        raise ValueError(f"features={features!r} is no transformer of skaudio, whose reading of clips can be shared")
    recipe = recipe_of(features)
    if any(len(feature.shape) > 1 for feature in recipe.features):
        raise ValueError("features gives sequences; a row a clip is needed, as of statistics=('mean', 'std')")
    return features


def to_text(transformer: Any) -> str:
    """Return a transformer as JSON, without what changes no numbers.

    Raises
    ------
    ValueError
        If a parameter is no plain data.
    """
    return json.dumps(_plain(transformer), sort_keys=True)


def from_text(text: str) -> Any:
    """Return the transformer of a JSON text that `to_text` made.

    Raises
    ------
    LibraryError
        If it is none.
    """
    try:
        return _made(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LibraryError(f"the library's features are not known to this version of skaudio: {error}") from error


def blocks_of(transformer: Any) -> dict[str, slice]:
    """Return the columns of each part of a union, by name; of another transformer, all as ``features``."""
    if not isinstance(transformer, AudioFeatureUnion):
        return {"features": slice(0, len(transformer.get_feature_names_out()))}
    blocks, start = {}, 0
    for name, part in transformer.transformer_list:
        if part != "drop":
            stop = start + len(part.get_feature_names_out())
            blocks[name] = slice(start, stop)
            start = stop
    return blocks


def is_embedding(transformer: Any) -> bool:
    """Tell whether rows are of a pretrained model, whose directions mean something as they are."""
    parts = transformer.transformer_list if isinstance(transformer, AudioFeatureUnion) else [("", transformer)]
    return all(isinstance(part, EmbeddingTransformer) for _, part in parts)


def maker_of(recipe: Recipe) -> bytes:
    """Return a hash of all that the numbers of a recipe depend on: parameters, versions, this machine's arithmetic."""
    digest = hashlib.blake2b(digest_size=16)
    for feature in recipe.features:
        digest.update(fingerprint(recipe.reader, feature))
    return digest.digest()


def model_hashes(transformer: Any) -> str:
    """Return the hashes of the pretrained models that a transformer uses; an empty text of one that uses none."""
    parts = transformer.transformer_list if isinstance(transformer, AudioFeatureUnion) else [("", transformer)]
    used = [part for _, part in parts if isinstance(part, EmbeddingTransformer)]
    return " ".join(part.fit([np.zeros(16000, np.float32)]).model_hash_ for part in used)


def _plain(value: Any) -> Any:
    if isinstance(value, AudioFeatureUnion):
        parts = [[name, part if part == "drop" else _plain(part)] for name, part in value.transformer_list]
        return {"union": parts, "verbose_feature_names_out": value.verbose_feature_names_out}
    if hasattr(value, "transform_with_failures"):
        parameters = {
            name: _plain_value(name, each)
            for name, each in value.get_params(deep=False).items()
            if name not in _NOT_KEPT
        }
        if not hasattr(feature_extraction, type(value).__name__):
            raise ValueError(f"features={type(value).__name__} is of another package, and cannot be named in a library")
        return {"class": type(value).__name__, "parameters": parameters}
    raise ValueError(f"features holds a {type(value).__name__}, which is no transformer of skaudio")


def _plain_value(name: str, value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [_plain_value(name, each) for each in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise ValueError(
        f"features has {name}={value!r}, which is no plain data that a library could keep; a number, a text or a file "
        "is expected"
    )


def _made(found: Any) -> Any:
    if "union" in found:
        parts = [(name, part if part == "drop" else _made(part)) for name, part in found["union"]]
        return AudioFeatureUnion(parts, verbose_feature_names_out=found["verbose_feature_names_out"])
    name = found["class"]
    if name not in feature_extraction.__all__ or name == "AudioFeatureUnion":
        raise ValueError(f"there is no transformer {name!r}")
    parameters = {key: tuple(value) if isinstance(value, list) else value for key, value in found["parameters"].items()}
    return getattr(feature_extraction, name)(**parameters)


def width_of(features: tuple[Feature, ...]) -> int:
    """Return how many numbers a row has."""
    return sum(feature.shape[0] for feature in features)
