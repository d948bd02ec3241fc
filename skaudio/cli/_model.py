"""The model that a command is given: a file of plain data, or a pickle where that is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from skaudio._estimators import estimators_in
from skaudio.cli._output import PICKLES
from skaudio.cli._quiet import quiet_start
from skaudio.cli._report import console, print_json, print_table
from skaudio.datasets import is_sound, is_table
from skaudio.exceptions import ModelFileError
from skaudio.persistence import load, model_file_info


def find_model(path: Path, allow_pickle: bool) -> None:
    """Raise, before the work, where there is no file that could be a model, or it may not be loaded."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {str(path)!r}")
    kind = "a sound file" if is_sound(path) else "a table" if is_table(path) else ""
    if kind:
        raise ValueError(f"{str(path)!r} is {kind}, and MODEL comes first: a pipeline saved by skaudio train")
    if path.suffix in PICKLES and not allow_pickle:
        raise ValueError(
            f"{str(path)!r} is a pickle, which runs whatever code it holds when it is loaded; where you trust it, "
            "--allow-pickle loads it"
        )


def load_model(path: Path, allow_pickle: bool) -> Any:
    """Load a pipeline that ``skaudio train`` saved, or joblib."""
    find_model(path, allow_pickle)
    model = load(path) if path.suffix not in PICKLES else _unpickled(path)
    if not hasattr(model, "predict_proba"):
        raise ValueError(f"{str(path)!r} holds a {type(model).__name__}, which gives no probabilities of classes")
    return model


def _unpickled(path: Path) -> Any:
    import joblib

    try:
        with quiet_start():
            model = joblib.load(path)
    except ImportError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{str(path)!r} is not a model saved by joblib: {reason}") from error
    # The store was that of the training, and its path may be relative: a command makes none where it happens to run.
    for part in estimators_in(model):
        for name in {"cache", "memory"} & part.get_params(deep=False).keys():
            setattr(part, name, None)
    return model


def show_model(path: Path, *, as_json: bool) -> int:
    """Print what a model file says of its model, which is not loaded."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {str(path)!r}")
    if not is_zipfile(path):
        raise ModelFileError(
            f"{str(path)!r} is no model file of skaudio's; of a pickle nothing is told without running it"
        )
    card = model_file_info(path)
    if as_json:
        print_json(card)
        return 0
    classes = card["classes"] or []
    rows = [
        ["classes", f"{len(classes)}: {', '.join(map(str, classes))}"],
        ["sample rate", "" if card["sample_rate"] is None else f"{card['sample_rate']:g} Hz"],
        ["features", "" if card["feature_names"] is None else f"{len(card['feature_names'])} a clip"],
        ["saved under", ", ".join(f"{name} {version}" for name, version in card["versions"].items())],
        *[[name.replace("_", " "), str(value)] for name, value in card["scores"].items()],
    ]
    print_table(str(path), ["", ""], rows)
    console.print(card["estimator"])
    return 0
