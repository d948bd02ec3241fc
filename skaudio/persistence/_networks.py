"""Networks are saved apart from the rest of a model: weights as arrays, architecture as parameters to be checked."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from skaudio._estimators import estimators_in
from skaudio.exceptions import ModelFileError
from skaudio.neural import BaseNetworkClassifier, Blueprint, FittedNetwork, weight_shapes
from skaudio.persistence._archive import WEIGHTS, check_array, read_members


def networks_in(estimator: Any) -> list[BaseNetworkClassifier]:
    """Return the networks among an estimator and those inside it, each once."""
    return [each for each in estimators_in(estimator) if isinstance(each, BaseNetworkClassifier)]


def extract_weights(estimator: Any) -> dict[str, np.ndarray]:
    """Take the weights of all networks out of an estimator, and return them by name.

    What is left in their place is a dict of plain values, and of a user's function where there is one.
    """
    weights: dict[str, np.ndarray] = {}
    fitted = [each for each in networks_in(estimator) if hasattr(each, "network_")]
    for k, each in enumerate(fitted):
        network = each.network_
        meta = network.blueprint.meta
        weights.update({f"{k}.{i}": array for i, array in enumerate(network.weights)})
        each.__dict__.pop("_lazy_model", None)  # which would put the weights back
        each.network_ = {  # type: ignore[assignment]
            "number": k,
            "kind": network.blueprint.kind,
            "parameters": network.blueprint.parameters,
            "meta": {**meta, "X_shape_": [int(length) for length in meta["X_shape_"]]},
            "versions": network.versions,
        }
    return weights


def to_npz(weights: dict[str, np.ndarray]) -> bytes:
    """Return arrays as the content of an ``.npz`` file."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **weights)
    return file.getvalue()


def restore_weights(estimator: Any, content: bytes) -> None:
    """Put the weights back into a loaded estimator.

    Raises
    ------
    ModelFileError
        If the number or the shapes of the arrays do not fit the networks.
    """
    stored = read_members(content, WEIGHTS)
    fitted = [each for each in networks_in(estimator) if "network_" in vars(each)]
    for each in fitted:
        blueprint, versions, number = _blueprint_of(each.network_, each._kind.name)
        weights: list[np.ndarray] = []
        while (name := f"{number}.{len(weights)}.npy") in stored:
            what = f"{WEIGHTS}/{name}"
            shape, dtype = check_array(stored[name], what)
            if dtype != np.float32:
                raise ModelFileError(f"{what} is of {dtype}; float32 is expected")
            if blueprint.is_own:
                expected = weight_shapes(blueprint)
                if len(weights) >= len(expected) or shape != expected[len(weights)]:
                    raise ModelFileError(
                        f"{what} has shape {shape}, which is not what the network's parameters ask for"
                    )
            weights.append(np.load(io.BytesIO(stored[name]), allow_pickle=False))
        if blueprint.is_own and len(weights) != len(weight_shapes(blueprint)):
            raise ModelFileError(f"{WEIGHTS} holds {len(weights)} arrays of a network that has more")
        each.__setstate__({**each.__getstate__(), "network_": FittedNetwork(blueprint, weights, versions)})


def _blueprint_of(found: Any, own_kind: str) -> tuple[Blueprint, dict[str, str], int]:
    """Return how a network is built, from what a file says of it."""
    try:
        kind, meta, parameters = found["kind"], found["meta"], dict(found["parameters"])
        shape = tuple(_whole_number(length) for length in meta["X_shape_"])
        blueprint = Blueprint(
            kind,
            {
                "n_classes_": _whole_number(meta["n_classes_"]),
                "n_features_in_": _whole_number(meta["n_features_in_"]),
                "X_shape_": shape,
            },
            parameters,
        )
        versions = {str(name): str(version) for name, version in found["versions"].items()}
        if isinstance(kind, str):
            if kind != own_kind:
                raise ValueError(f"kind {kind!r} is unknown")
            weight_shapes(blueprint)
        elif not callable(kind):
            raise ValueError(f"kind {kind!r} is unknown")
        return blueprint, versions, _whole_number(found["number"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"the file says of a network what cannot be: {type(error).__name__}: {error}") from error


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 < int(value) + 1 < 10**9:
        raise ValueError(f"{value!r} is no number from 0 up")
    return int(value)
