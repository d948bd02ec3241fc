"""The commands on data and their options. What they need is imported when one runs, so that help is there at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skaudio.cli._app_library import app as of_library
from skaudio.cli._app_models import app as of_models
from skaudio.cli._app_store import app as of_store
from skaudio.cli._app_training import app as of_training
from skaudio.cli._options import (
    Column,
    Data,
    Jobs,
    Json,
    Missing,
    OnError,
    Pattern,
    Preset,
    Pretrained,
    SafeCsv,
    Seed,
    Set,
    Threads,
    setup_of,
    source_of,
)

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Classify sound with scikit-learn: features, networks and leak-free folds.\n\n"
    "A first hour: 'report DATA' shows what the data are, 'evaluate DATA' what a model is worth on them, 'search DATA' "
    "which parameters are better; 'train DATA -o model.skaudio' makes the model, 'predict model.skaudio FILE' names a "
    "sound.\n\n"
    "DATA is a folder of sounds for each class, UrbanSound8K, ESC-50, a folder whose file names tell (--pattern), or a "
    "table (--column).",
    epilog="Exit status: 0 all is done, 1 check found problems, 2 something is to be put right, 3 all is done but for "
    "clips that cannot be read, 130 interrupted.",
)


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


@app.command(rich_help_panel="Start")
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

    source = None if data is None else source_of(data, missing, column, pattern)
    show_demo(source, out, seed=seed, n_jobs=n_jobs)


@app.command(rich_help_panel="Look at data")
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

    explore_dataset(
        source_of(data, missing, column, pattern),
        setup_of(preset, set_),
        out,
        threads=threads,
        as_json=json,
    )


@app.command(rich_help_panel="Look at data")
def check(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="As elsewhere, or any folder with sounds in it.")],
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    preset: Preset = "strong",
    set_: Set = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Also find clips that are nearly the same sound, or overlap.")
    ] = False,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Name the files that are broken, empty, silent, clipped, cut, or the same; exit status 1 if there are any."""
    from skaudio.cli._check import check_dataset

    raise typer.Exit(
        check_dataset(
            source_of(data, missing, column, pattern),
            setup_of(preset, set_),
            nearly=duplicates,
            threads=threads,
            as_json=json,
        )
    )


@app.command(rich_help_panel="Look at data")
def report(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("report.html"),
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Also find clips that are nearly the same sound, or overlap.")
    ] = False,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Write one page on a dataset: classes to hear, folds, leakage, lengths, and what is broken."""
    from skaudio.cli._dataset_report import report_dataset

    report_dataset(source_of(data, missing, column, pattern), output, nearly=duplicates, threads=threads, as_json=json)


@app.command(rich_help_panel="Look at data")
def extract(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write: .csv, or .parquet.")],
    part_rows: Annotated[int | None, typer.Option(help="Rows a file: write OUTPUT-00000 and so on.", min=1)] = None,
    preset: Preset = "strong",
    model_file: Pretrained = None,
    set_: Set = None,
    missing: Missing = "raise",
    on_error: OnError = "raise",
    column: Column = None,
    pattern: Pattern = None,
    safe_csv: SafeCsv = False,
) -> None:
    """Write the features as a table: a row a clip, with its path, label, fold and group."""
    from skaudio.cli._extract import extract_features

    raise typer.Exit(
        extract_features(
            source_of(data, missing, column, pattern),
            output,
            setup_of(preset, set_, model_file=model_file),
            part_rows=part_rows,
            on_error=on_error,
            safe_csv=safe_csv,
        )
    )


app.add_typer(of_training)
app.add_typer(of_models)
app.add_typer(of_library, name="library", rich_help_panel="Keep sounds and features")
app.add_typer(of_store, name="cache", no_args_is_help=True, rich_help_panel="Keep sounds and features")
