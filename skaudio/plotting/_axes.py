"""Axes to draw on: the caller's, or new ones."""

from typing import Any

from skaudio._shown import escape_unsafe


def axes_of(ax: Any) -> tuple[Any, Any]:
    """Return `ax`, or the axes of a new figure where it is None, and the figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(layout="constrained")
    return ax, ax.figure


def style_of(artist: Any, defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords to draw an artist with: `defaults`, overridden by the caller's keywords and their aliases."""
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(given, artist)}


def literal_text(text: Any) -> str:
    """Return text that is drawn as it is, and is no formula."""
    return escape_unsafe(text).replace("$", r"\$")
