"""Models of TensorFlow: SavedModels and Keras's own files."""

from __future__ import annotations

from typing import Any

import numpy as np

from skaudio._forks import refuse_forked
from skaudio.pretrained._model import Run
from skaudio.pretrained._ranks import check_input, run_in_shape

_USUAL = "serving_default"


def open_model(place: str, kind: str) -> Run:
    """Open a folder, or a file; raise RuntimeError in a process forked from one that had used TensorFlow."""
    refuse_forked()
    try:
        import keras
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ImportError(
            f'models of TensorFlow need {error.name}, which is not installed: pip install "skaudio[keras]"'
        ) from error
    try:
        if kind == "keras":
            return _of_keras(keras.models.load_model(place, compile=False), place, tf)
        loaded = tf.saved_model.load(place)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"model={place!r} cannot be opened by TensorFlow: {error}") from error
    return _of_saved(loaded, place, tf)


def _of_keras(model: Any, place: str, tf: Any) -> Run:
    shape = check_input(place, [list(each.shape) for each in model.inputs])
    names = [each.name for each in model.outputs]

    def run(waveforms: np.ndarray) -> dict[str, np.ndarray]:
        found = run_in_shape(shape, waveforms, lambda taken: _listed(model(tf.constant(taken), training=False)))
        return dict(zip(names, found, strict=True))

    return run


def _of_saved(loaded: Any, place: str, tf: Any) -> Run:
    """Return a function that runs the usual signature of a SavedModel, or its only one."""
    signatures = dict(loaded.signatures.items())
    if _USUAL not in signatures and len(signatures) != 1:
        raise ValueError(
            f"model={place!r} has {len(signatures)} signatures ({', '.join(signatures)}), and one is expected, or "
            f"{_USUAL!r} among them; a function of yours can call what is meant"
        )
    function = signatures.get(_USUAL) or next(iter(signatures.values()))
    specs = list(function.structured_input_signature[1].items())
    shape = check_input(place, [spec.shape.as_list() for _, spec in specs])
    names = sorted(function.structured_outputs)

    def once(taken: np.ndarray) -> list[np.ndarray]:
        found = function(**{specs[0][0]: tf.constant(taken)})
        return [found[name].numpy() for name in names]

    def run(waveforms: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, run_in_shape(shape, waveforms, once), strict=True))

    run.loaded = loaded  # type: ignore[attr-defined]  # keeps the model alive, whose variables the signature needs
    return run


def _listed(found: Any) -> list[np.ndarray]:
    if isinstance(found, dict):
        found = list(found.values())
    return [each.numpy() for each in (found if isinstance(found, (list, tuple)) else [found])]
