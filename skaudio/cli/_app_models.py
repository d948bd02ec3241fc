"""The commands on a saved model and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skaudio.cli._options import (
    AllowPickle,
    Column,
    Data,
    Json,
    Missing,
    ModelFile,
    OnError,
    Pattern,
    SafeCsv,
    source_of,
)

app = typer.Typer()


@app.command(rich_help_panel="Use a model")
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
    safe_csv: SafeCsv = False,
) -> None:
    """Tell what a saved model is worth on clips that it was not trained on."""
    from skaudio.cli._score import score_model

    source = source_of(data, missing, column, pattern)
    raise typer.Exit(
        score_model(
            model,
            source,
            output=output,
            figure=figure,
            allow_pickle=allow_pickle,
            on_error=on_error,
            as_json=json,
            safe_csv=safe_csv,
        )
    )


@app.command(rich_help_panel="Use a model")
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
    safe_csv: SafeCsv = False,
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
            safe_csv=safe_csv,
        )
    )


@app.command(rich_help_panel="Use a model")
def info(
    model: Annotated[
        Path | None,
        typer.Argument(metavar="MODEL", help="A model file, as train writes it; none to tell of what is installed."),
    ] = None,
    json: Json = False,
) -> None:
    """Tell what a model file holds, without loading it; or which versions and kernel are at work."""
    if model is None:
        from skaudio.cli._environment import show_environment

        raise typer.Exit(show_environment(as_json=json))
    from skaudio.cli._model import show_model

    raise typer.Exit(show_model(model, as_json=json))


@app.command(rich_help_panel="Use a model")
def export(
    model: ModelFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The graph to write: .onnx, or .tflite.")],
    check: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Sounds on which the graph must agree with the model."),
    ] = None,
    atol: Annotated[float, typer.Option(help="How far probabilities may differ.", min=0)] = 1e-3,
    opset: Annotated[int, typer.Option(help="Version of ONNX's operators, 18 to 22.")] = 18,
    missing: Missing = "raise",
    column: Column = None,
    pattern: Pattern = None,
    allow_pickle: AllowPickle = False,
) -> None:
    """Write a saved model as one graph, from a waveform to probabilities, that needs no Python."""
    from skaudio.cli._export import export_model

    source = None if check is None else source_of(check, missing, column, pattern)
    export_model(model, output, source, atol=atol, opset=opset, allow_pickle=allow_pickle)


@app.command(rich_help_panel="Use a model")
def serve(
    model: ModelFile,
    host: Annotated[
        str, typer.Option(help="Address to listen on; whoever can reach another one than this can use the service.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8000,
    max_megabytes: Annotated[float, typer.Option(help="Largest upload.", min=0.001)] = 20.0,
    max_duration: Annotated[float, typer.Option(help="Longest clip, in seconds.", min=0.01)] = 60.0,
    threads: Annotated[int | None, typer.Option(help="Clips at a time; all cores unless told.", min=1)] = None,
    allow_pickle: AllowPickle = False,
) -> None:
    """Serve a saved model over HTTP, on this machine alone unless told otherwise: POST a sound file to /classify."""
    from skaudio.cli._model import load_model
    from skaudio.serving import serve as serve_model

    loaded = load_model(model, allow_pickle)
    limits = {"max_bytes": int(1e6 * max_megabytes), "max_duration": max_duration, "n_threads": threads}
    serve_model(loaded, host=host, port=port, **limits)
