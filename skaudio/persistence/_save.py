"""`save`: a fitted model as one file of plain data."""

from __future__ import annotations

import copy
import os
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from sklearn.utils.validation import check_is_fitted

from skaudio._estimators import estimators_in
from skaudio._writing import replacing
from skaudio.exceptions import ModelFileError
from skaudio.persistence._archive import CARD, MODEL, WEIGHTS, check_skops
from skaudio.persistence._card import card_of, to_json
from skaudio.persistence._networks import extract_weights, networks_in, to_npz

# Parameters that belong to one machine or one fit, not to the model, and what `save` writes in their place.
_LEFT_OUT = {"cache": None, "checkpoint": None, "callbacks": None, "memory": None}


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to one file, which holds data alone: loading it runs no code from it.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline of this package's and scikit-learn's parts; of a search, the best estimator is written. It is
        left as it is.
    path : str or PathLike
        The file, ``model.skaudio`` by custom. It is replaced in one step.

    Raises
    ------
    ModelFileError
        If a part of it is no data: a function that was defined in ``__main__``, an optimizer or a learning-rate
        schedule of Keras's as a parameter.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    See Also
    --------
    load : The estimator back.
    model_file_info : What it is, without loading it.

    Notes
    -----
    `cache`, `checkpoint`, `callbacks` and `memory` are not written, since they belong to one machine or one fit. A
    pretrained model is written as its path: an `EmbeddingTransformer` needs the same file where it is loaded. The file
    is a zip of ``model.skops`` (parameters and what scikit-learn learnt, by skops), ``weights.npz`` (networks) and
    ``card.json`` (what `model_file_info` returns).

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from skaudio import load, make_audio_pipeline, save
    >>> time = np.arange(22050) / 22050
    >>> tones = [np.sin(2 * np.pi * hertz * time) for hertz in (200, 250, 3000, 3500)]
    >>> model = make_audio_pipeline("tutorial", classifier="logistic").fit(tones, ["low", "low", "high", "high"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, os.path.join(folder, "model.skaudio"))
    ...     load(os.path.join(folder, "model.skaudio")).predict(tones[1:3]).tolist()
    ['low', 'high']
    """
    import skops.io

    scores = {}
    if hasattr(estimator, "best_estimator_"):
        scores = {"best_score": estimator.best_score_, "best_params": estimator.best_params_}
        estimator = estimator.best_estimator_
    check_is_fitted(estimator)
    copied = copy.deepcopy(estimator)
    for each in estimators_in(copied):
        for name, nothing in _LEFT_OUT.items():
            if name in vars(each):
                setattr(each, name, nothing)
        each.__dict__.pop("_skl_callbacks", None)
    for network in networks_in(copied):
        _refuse_keras_objects(network)
    card = card_of(copied, scores)
    weights = extract_weights(copied)
    try:
        content = skops.io.dumps(copied)
        _refuse_unnamed(check_skops(content))
    except ModelFileError:
        raise
    except Exception as error:  # of whatever an estimator holds
        raise ModelFileError(f"a part of the estimator is no data: {type(error).__name__}: {error}") from error
    with replacing(path) as name, ZipFile(name, "w", ZIP_STORED) as archive:
        archive.writestr(CARD, to_json(card))
        archive.writestr(MODEL, content)
        archive.writestr(WEIGHTS, to_npz(weights))


def _refuse_unnamed(schema: Any) -> None:
    """Refuse what another process could not find by its name."""
    stack = [schema]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            module, name = each.get("__module__"), str(each.get("__class__", ""))
            if module == "__main__" or "<" in name:
                raise ModelFileError(f"{module}.{name} cannot be found by another process; define it in a module")
            stack += each.values()
        elif isinstance(each, list):
            stack += each


def _refuse_keras_objects(network: Any) -> None:
    for name in ("optimizer", "learning_rate"):
        value = getattr(network, name)
        if not isinstance(value, (str, int, float)):
            raise ModelFileError(
                f"{name} of {type(network).__name__} is a {type(value).__name__} of Keras's, which is no data; a name "
                "or a number changes no prediction: set_params(optimizer='adam', learning_rate=0.001)"
            )
