"""The figure of the landing page, drawn from the benchmarks' results, and a mark for examples without a figure."""

import json
from pathlib import Path

_GRAY, _BAD, _GOOD = "#7d7d86", "#c4554d", "#4a63c8"  # which can be read on white and on black


def write(app, config):
    """Draw what a random split promises beside what the official folds show."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    root = Path(app.srcdir)
    results = json.loads((root.parent / "benchmarks/results/urbansound8k.json").read_text("utf-8"))
    name = "tutorial, ann"
    promised, found = results["random_split"][name], results["rows"][name]
    target = root / "_static" / "folds.svg"
    with rc_context({"svg.fonttype": "none", "font.family": "sans-serif", "svg.hashsalt": "skaudio"}):
        figure = Figure(figsize=(8, 2.1), layout="constrained")
        axes = figure.subplots()
        bars = axes.barh([1, 0], [promised, found], color=[_BAD, _GOOD], height=0.62)
        labels = [f"{promised:.1f} %", f"{found:.1f} %"]
        axes.bar_label(bars, labels=labels, padding=8, color=_GRAY, fontsize=15, fontweight="bold")
        axes.set_yticks([1, 0], ["random split:\nrecordings it knows", "official folds:\nrecordings it has not heard"])
        axes.set(xlim=(0, 112), xticks=[])
        axes.tick_params(colors=_GRAY, length=0, labelsize=12)
        axes.spines[:].set_visible(False)
        where = f"The tutorial's network on {results['n_clips']} real slices of UrbanSound8K, accuracy"
        axes.set_title(where, color=_GRAY, fontsize=11, loc="left")
        figure.savefig(target, transparent=True, metadata={"Date": None})

    figure = Figure(figsize=(4, 2.8))  # of examples that draw none
    axes = figure.subplots()
    heights = [3, 5, 8, 4, 10, 6, 9, 12, 7, 5, 8, 3, 6, 4, 2]
    axes.bar(range(len(heights)), [2 * each for each in heights], 0.45, [-each for each in heights], color=_GOOD)
    axes.set_axis_off()
    figure.savefig(root / "_static" / "thumb.png", dpi=100)


def setup(app):
    """Have Sphinx draw them before it reads the pages."""
    app.connect("config-inited", write)  # before Sphinx looks which pages there are
    return {"parallel_read_safe": True}
