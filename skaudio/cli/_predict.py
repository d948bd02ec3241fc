"""``skaudio predict``: the classes of sound files, by a saved pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np

from skaudio.cli._quiet import quiet_start
from skaudio.cli._report import console, print_json, print_table


def run(model: Path, files: list[Path], *, top: int, as_json: bool) -> None:
    """Load the model, and print the most probable classes of each file."""
    if not as_json:
        console.print("A .joblib file can run code when it is loaded: use only models you trust.", style="dim")
    pipeline = _load(model)
    clips = [str(file) for file in files]
    probabilities = pipeline.predict_proba(clips)
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    named = [
        [{"class": str(pipeline.classes_[k]), "probability": round(float(row[k]), 6)} for k in best]
        for row, best in zip(probabilities, order)
    ]
    if as_json:
        print_json({"predictions": [{"file": clip, "classes": classes} for clip, classes in zip(clips, named)]})
        return
    rows = [
        [clip if i == 0 else "", each["class"], f"{each['probability']:.3f}"]
        for clip, classes in zip(clips, named)
        for i, each in enumerate(classes)
    ]
    print_table("", ["file", "class", "probability"], rows)


def _load(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {str(path)!r}")
    try:
        with quiet_start():
            model = joblib.load(path)
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(
            f"{str(path)!r} is not a model saved by joblib: {str(error) or type(error).__name__}"
        ) from error
    if not hasattr(model, "predict_proba"):
        raise ValueError(f"{str(path)!r} holds a {type(model).__name__}, which gives no probabilities of classes")
    return model
