"""The options that several subcommands have, each with the same words everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

Data = Annotated[
    Path, typer.Argument(metavar="DATA", help="A dataset's folder, a folder of sounds for each class, or a table.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="STEP__PARAMETER=VALUE", help="Set a step's parameter, as classifier__epochs=50."),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="A table's column, as label=species; roles: path, label, fold, group, offset, duration, end.",
    ),
]
Pattern = Annotated[
    str | None,
    typer.Option(help="What the names of a folder's files tell, as {label}_{group}_{n}; with / the path below it."),
]
Groups = Annotated[
    Literal["infer"] | None,
    typer.Option(help="'infer' finds clips of one recording by their sound, where the data do not tell."),
]
Missing = Annotated[str, typer.Option(help="'drop' goes on without the files that are missing, 'raise' stops.")]
SafeCsv = Annotated[
    bool,
    typer.Option(
        "--safe-csv", help="Put an apostrophe before names in a .csv that a spreadsheet would take for a formula."
    ),
]
OnError = Annotated[
    Literal["raise", "skip"],
    typer.Option(help="Where clips cannot be read: stop, or list them, go on without them and end with status 3."),
]
Preset = Annotated[str, typer.Option(metavar="NAME", help="The features: strong, tutorial, cnn, speech or embedding.")]
Pretrained = Annotated[
    Path | None,
    typer.Option(
        "--model-file",
        metavar="FILE",
        help="For --preset embedding: the pretrained model, .onnx, .tflite, .keras or a folder.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The classifier: ann or cnn (networks), forest, logistic, svm or lda."),
]
Scoring = Annotated[
    str, typer.Option(metavar="NAME", help="scikit-learn's name of a score: accuracy, f1_macro, roc_auc_ovr, ...")
]
Seed = Annotated[int, typer.Option(help="Seed of all that is random.")]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Processes that train, with networks up to 1 GB each.")]
Threads = Annotated[int | None, typer.Option(help="Threads that read clips; -1 is all cores.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Store = Annotated[Path | None, typer.Option(help="The store's file; without it, the one in the user's cache folder.")]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file, as train writes it.")]
AllowPickle = Annotated[
    bool, typer.Option(help="Load a .joblib or .pkl model, which runs whatever code is in it: if you trust it.")
]


def source_of(
    path: Path, missing: str, columns: list[str] | None, pattern: str | None, groups: str | None = None
) -> Any:
    """Return the data that the options name."""
    from skaudio.cli._data import Source

    return Source(path, missing, columns, pattern, groups)


def setup_of(
    preset: str,
    settings: list[str] | None,
    model: str | None = None,
    seed: int = 0,
    model_file: Path | None = None,
) -> Any:
    """Return the pipeline that the options name."""
    from skaudio.cli._settings import Setup

    return Setup(preset, model, settings, seed, model_file)
