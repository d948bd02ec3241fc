"""Axes to draw on: the caller's, or new ones."""

from typing import Any


def axes_of(ax: Any) -> tuple[Any, Any]:
    """Return `ax`, or the axes of a new figure where it is None, and the figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(layout="constrained")
    return ax, ax.figure
