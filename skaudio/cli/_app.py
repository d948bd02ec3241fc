"""The subcommands and their options. What they need is imported when one runs, so that help is there at once."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Classify sound with scikit-learn: features, networks and leak-free folds.",
)

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="STEP__PARAMETER=VALUE", help="Set a step's parameter, as classifier__epochs=50."),
]
Missing = Annotated[str, typer.Option(help="'drop' goes on without the files that are missing, 'raise' stops.")]
Seed = Annotated[int, typer.Option(help="Seed of all that is random.")]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Processes that train; each holds about 0.7 GB.")]


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
    data: Annotated[Path | None, typer.Option(help="A dataset's folder; without it, a synthetic one is made.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for figures, the model and synthetic data.")] = Path("skaudio-demo"),
    missing: Missing = "raise",
    seed: Seed = 0,
    n_jobs: Jobs = 2,
) -> None:
    """Show the whole job: features, honest folds, a grid search, a saved model, an unheard file named."""
    from skaudio.cli._demo import run

    run(data, out, missing=missing, seed=seed, n_jobs=n_jobs)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A dataset's folder.")],
    set_: Set = None,
    missing: Missing = "raise",
    seed: Seed = 0,
    n_jobs: Jobs = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Cross-validate the pipeline over the dataset's own folds."""
    from skaudio.cli._evaluate import run

    run(data, set_ or [], missing=missing, seed=seed, n_jobs=n_jobs, as_json=json)


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A pipeline saved by joblib, as demo writes it.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Sound files.")],
    top: Annotated[int, typer.Option(help="Classes to name for each file.", min=1)] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Name the classes of sound files.

    A .joblib file can run any code when it is loaded: load only models you trust.
    """
    from skaudio.cli._predict import run

    run(model, files, top=top, as_json=json)


def main(arguments: list[str] | None = None) -> None:
    """Run the command: exit status 0, or 2 and one line on what the user can put right.

    Parameters
    ----------
    arguments : list of str or None
        The command line without the program's name; None takes the process's own.
    """
    warnings.showwarning = _show_warning
    try:
        status = app(args=arguments, prog_name="skaudio", standalone_mode=False)
    except typer.TyperException as error:
        _fail(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        print("skaudio: interrupted", file=sys.stderr)
        sys.exit(130)
    except (ValueError, OSError, ImportError) as error:
        _fail(str(error))
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str) -> None:
    print("skaudio: error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print("skaudio: warning: " + " ".join(str(message).split()), file=sys.stderr)
