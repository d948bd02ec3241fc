"""What the estimator inside is given beside clips and labels."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing

from skaudio._constraints import routing_enabled


def routed(owner: Any, sample_weight: Any, groups: Any, fit_params: dict[str, Any]) -> dict[str, Any]:
    """Return what `owner` passes to the `fit` of its estimator."""
    if routing_enabled():
        given = {"sample_weight": sample_weight, "groups": groups, **fit_params}
        # Groups are for the splits of the estimator first: they need not be asked for there.
        wanted = get_routing_for_object(owner.estimator).consumes("fit", given)
        given = {name: value for name, value in given.items() if name != "groups" or name in wanted}
        return dict(process_routing(owner, "fit", **given).estimator.fit)
    if sample_weight is None:
        return fit_params
    last = f"{owner.estimator.steps[-1][0]}__" if isinstance(owner.estimator, Pipeline) else ""
    return {f"{last}sample_weight": sample_weight, **fit_params}
