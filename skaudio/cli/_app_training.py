"""The commands that find and train a model, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skaudio.cli._options import (
    Column,
    Data,
    Groups,
    Jobs,
    Json,
    Missing,
    Model,
    OnError,
    Pattern,
    Preset,
    Pretrained,
    SafeCsv,
    Scoring,
    Seed,
    Set,
    setup_of,
    source_of,
)

app = typer.Typer()


@app.command(rich_help_panel="Find and train a model")
def evaluate(
    data: Data,
    preset: Preset = "strong",
    model_file: Pretrained = None,
    model: Model = None,
    compare: Annotated[
        str | None, typer.Option(metavar="PRESET,PRESET", help="Rank presets, with the model that is chosen.")
    ] = None,
    random_split: Annotated[
        bool, typer.Option(help="Tell what a random split would promise, where groups are known.")
    ] = True,
    scoring: Scoring = "accuracy",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, to read, hear and send, and predictions.csv."),
    ] = None,
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    groups: Groups = None,
    seed: Seed = 0,
    n_jobs: Jobs = 1,
    json: Json = False,
    safe_csv: SafeCsv = False,
) -> None:
    """Cross-validate the pipeline over the dataset's own folds.

    --model compare ranks all models, and --compare strong,tutorial presets, with the intervals of their differences.
    """
    source = source_of(data, missing, column, pattern, groups)
    if compare is not None or model == "compare":
        from skaudio.cli._compare import compare_setups

        setup = setup_of(preset, set_, None if model == "compare" else model, seed, model_file)
        if out is not None:
            raise ValueError("--out writes a report on one pipeline, and several are compared")
        raise typer.Exit(
            compare_setups(source, setup, compare, scoring=scoring, n_jobs=n_jobs, as_json=json, on_error=on_error)
        )
    from skaudio.cli._evaluate import evaluate_dataset

    setup = setup_of(preset, set_, model, seed, model_file)
    raise typer.Exit(
        evaluate_dataset(
            source,
            setup,
            scoring=scoring,
            out=out,
            n_jobs=n_jobs,
            as_json=json,
            on_error=on_error,
            with_random_split=random_split,
            safe_csv=safe_csv,
        )
    )


@app.command(rich_help_panel="Find and train a model")
def search(
    data: Data,
    grid: Annotated[Path | None, typer.Option(help="Values by STEP__PARAMETER: .json or .yaml.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the table and the model.")] = Path("skaudio-search"),
    scoring: Scoring = "accuracy",
    preset: Preset = "strong",
    model_file: Pretrained = None,
    model: Model = None,
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    groups: Groups = None,
    seed: Seed = 0,
    n_jobs: Jobs = 2,
    json: Json = False,
) -> None:
    """Search a grid of parameters over the dataset's own folds, and save the best pipeline."""
    from skaudio.cli._search import search_grid

    raise typer.Exit(
        search_grid(
            source_of(data, missing, column, pattern, groups),
            out,
            grid,
            setup_of(preset, set_, model, seed, model_file),
            scoring=scoring,
            n_jobs=n_jobs,
            as_json=json,
            on_error=on_error,
        )
    )


@app.command(rich_help_panel="Find and train a model")
def train(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model to write, as model.skaudio.")],
    preset: Preset = "strong",
    model_file: Pretrained = None,
    model: Model = None,
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    seed: Seed = 0,
) -> None:
    """Train the pipeline on all of a dataset, and save it."""
    from skaudio.cli._train import train_pipeline

    raise typer.Exit(
        train_pipeline(
            source_of(data, missing, column, pattern),
            output,
            setup_of(preset, set_, model, seed, model_file),
            on_error=on_error,
        )
    )
