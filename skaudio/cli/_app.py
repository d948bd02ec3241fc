"""The subcommands and their options. What they need is imported when one runs, so that help is there at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skaudio.cli._options import (
    AllowPickle,
    Column,
    Data,
    Jobs,
    Json,
    Missing,
    Model,
    ModelFile,
    OnError,
    Pattern,
    Preset,
    Scoring,
    Seed,
    Set,
    Store,
    Threads,
)

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Classify sound with scikit-learn: features, networks and leak-free folds.",
    epilog="Exit status: 0 all is done, 1 check found problems, 2 something is to be put right, 3 all is done but for "
    "clips that cannot be read, 130 interrupted.",
)


def _source(path: Path, missing: str, columns: list[str] | None, pattern: str | None) -> Any:
    from skaudio.cli._data import Source

    return Source(path, missing, columns, pattern)


def _setup(preset: str, settings: list[str] | None, model: str | None = None, seed: int = 0) -> Any:
    from skaudio.cli._settings import Setup

    return Setup(preset, model, settings, seed)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        from skaudio import __version__

        typer.echo(f"skaudio {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="As DATA elsewhere; without it, a synthetic one is made.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for figures, the model and synthetic data.")] = Path("skaudio-demo"),
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    seed: Seed = 0,
    n_jobs: Jobs = 2,
) -> None:
    """Show the whole job: features, honest folds, a grid search, a saved model, an unheard file named."""
    from skaudio.cli._demo import show_demo

    source = None if data is None else _source(data, missing, column, pattern)
    show_demo(source, out, seed=seed, n_jobs=n_jobs)


@app.command()
def explore(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("skaudio-explore"),
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    preset: Preset = "strong",
    set_: Set = None,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Show what a dataset consists of: classes, folds, rates, channels, lengths, and figures."""
    from skaudio.cli._explore import explore_dataset

    explore_dataset(_source(data, missing, column, pattern), _setup(preset, set_), out, threads=threads, as_json=json)


@app.command()
def check(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="As elsewhere, or any folder with sounds in it.")],
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    preset: Preset = "strong",
    set_: Set = None,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Name the files that are broken, empty, silent, clipped, cut, or the same; exit status 1 if there are any."""
    from skaudio.cli._check import check_dataset

    raise typer.Exit(
        check_dataset(_source(data, missing, column, pattern), _setup(preset, set_), threads=threads, as_json=json)
    )


@app.command()
def extract(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write: .csv, or .parquet.")],
    part_rows: Annotated[int | None, typer.Option(help="Rows a file: write OUTPUT-00000 and so on.", min=1)] = None,
    preset: Preset = "strong",
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
) -> None:
    """Write the features as a table: a row a clip, with its path, label, fold and group."""
    from skaudio.cli._extract import extract_features

    raise typer.Exit(
        extract_features(
            _source(data, missing, column, pattern),
            output,
            _setup(preset, set_),
            part_rows=part_rows,
            on_error=on_error,
        )
    )


@app.command()
def evaluate(
    data: Data,
    preset: Preset = "strong",
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
    seed: Seed = 0,
    n_jobs: Jobs = 1,
    json: Json = False,
) -> None:
    """Cross-validate the pipeline over the dataset's own folds.

    --model compare ranks all models, and --compare strong,tutorial presets, with the intervals of their differences.
    """
    source = _source(data, missing, column, pattern)
    if compare is not None or model == "compare":
        from skaudio.cli._compare import compare_setups

        setup = _setup(preset, set_, None if model == "compare" else model, seed)
        if out is not None:
            raise ValueError("--out writes a report on one pipeline, and several are compared")
        raise typer.Exit(
            compare_setups(source, setup, compare, scoring=scoring, n_jobs=n_jobs, as_json=json, on_error=on_error)
        )
    from skaudio.cli._evaluate import evaluate_dataset

    setup = _setup(preset, set_, model, seed)
    raise typer.Exit(
        evaluate_dataset(
            source,
            setup,
            scoring=scoring,
            out=out,
            n_jobs=n_jobs,
            as_json=json,
            on_error=on_error,
            beside_random=random_split,
        )
    )


@app.command()
def search(
    data: Data,
    grid: Annotated[Path | None, typer.Option(help="Values by STEP__PARAMETER: .json or .yaml.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the table and the model.")] = Path("skaudio-search"),
    scoring: Scoring = "accuracy",
    preset: Preset = "strong",
    model: Model = None,
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    seed: Seed = 0,
    n_jobs: Jobs = 2,
    json: Json = False,
) -> None:
    """Search a grid of parameters over the dataset's own folds, and save the best pipeline."""
    from skaudio.cli._search import search_grid

    raise typer.Exit(
        search_grid(
            _source(data, missing, column, pattern),
            out,
            grid,
            _setup(preset, set_, model, seed),
            scoring=scoring,
            n_jobs=n_jobs,
            as_json=json,
            on_error=on_error,
        )
    )


@app.command()
def train(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model to write, as model.skaudio.")],
    preset: Preset = "strong",
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
            _source(data, missing, column, pattern), output, _setup(preset, set_, model, seed), on_error=on_error
        )
    )


@app.command()
def score(
    model: ModelFile,
    data: Data,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The predictions to write, as .csv.")] = None,
    figure: Annotated[Path | None, typer.Option(help="The confusion matrix to draw, as .png.")] = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    allow_pickle: AllowPickle = False,
    json: Json = False,
) -> None:
    """Tell what a saved model is worth on clips that it was not trained on."""
    from skaudio.cli._score import score_model

    source = _source(data, missing, column, pattern)
    raise typer.Exit(
        score_model(
            model,
            source,
            output=output,
            figure=figure,
            allow_pickle=allow_pickle,
            on_error=on_error,
            as_json=json,
        )
    )


@app.command()
def predict(
    model: ModelFile,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES...", help="Sound files, folders, patterns, tables, or - for paths on standard input."
        ),
    ],
    column: Column = None,
    top: Annotated[int, typer.Option(help="Classes to name for each file.", min=1)] = 3,
    window: Annotated[float | None, typer.Option(help="Seconds to name at a time: a timeline.", min=0.01)] = None,
    hop: Annotated[float | None, typer.Option(help="Seconds from one window to the next.", min=0.01)] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write .csv or .json; of windows .txt (Audacity) or .selections.txt (Raven).",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Least probability of a label that is written or summed up.", min=0, max=1)
    ] = 0.0,
    allow_pickle: AllowPickle = False,
    json: Json = False,
) -> None:
    """Name the classes of sound files, or of windows along them.

    A file that cannot be read gets its error and no class, and the exit status is 3.
    """
    from skaudio.cli._predict import predict_files

    raise typer.Exit(
        predict_files(
            model,
            files,
            column,
            top=top,
            window=window,
            hop=hop,
            output=output,
            threshold=threshold,
            allow_pickle=allow_pickle,
            as_json=json,
        )
    )


@app.command()
def info(model: ModelFile, json: Json = False) -> None:
    """Tell what a model file holds, without loading it."""
    from skaudio.cli._model import show_model

    raise typer.Exit(show_model(model, as_json=json))


cache = typer.Typer(help="Look at, shrink or empty the store of features that were extracted.")
app.add_typer(cache, name="cache", no_args_is_help=True)


@cache.command("info")
def cache_info(path: Store = None, json: Json = False) -> None:
    """Tell how many clips are stored, their size, and how often they were found."""
    from skaudio.cli._cache import show_store

    show_store(path, as_json=json)


@cache.command("prune")
def cache_prune(
    size: Annotated[str, typer.Argument(metavar="SIZE", help="What to come down to, as 500MB or 2GB.")],
    path: Store = None,
) -> None:
    """Forget the clips that were not used for longest, down to a size."""
    from skaudio.cli._cache import prune_store

    prune_store(path, size)


@cache.command("clear")
def cache_clear(path: Store = None) -> None:
    """Forget all clips."""
    from skaudio.cli._cache import clear_store

    clear_store(path)
