"""The commands on a library of sounds and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from skaudio.cli._options import Json, Pattern, Pretrained, Set, Threads, setup_of

app = typer.Typer(
    help="A library of your sounds: find by content and by words, tag, label, look at and take out.",
    no_args_is_help=True,
)

_DEFAULT = Path("sounds.library")
_HELP = "The library's file; SKAUDIO_LIBRARY may name it."

Library = Annotated[Path, typer.Option("--library", "-l", envvar="SKAUDIO_LIBRARY", help=_HELP)]
Named = Annotated[
    Path | None,
    typer.Argument(metavar="[LIBRARY]", help="The library's file, in place of --library.", show_default=False),
]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only sounds with this tag; several: with all of them.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Only sounds of which this is so: label=dog, category=DOG*, seconds=0:5, path=*/birds/*.",
    ),
]
PerRecording = Annotated[int | None, typer.Option(help="Of each recording so many at most.", min=1)]
_Sounds = Annotated[list[str], typer.Argument(metavar="SOUND...", help="Files of the library, or ids.")]


@app.command()
def add(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with sounds, at any depth.")],
    library: Library = _DEFAULT,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What sounds are compared by: strong, speech, tutorial or embedding."),
    ] = None,
    model_file: Pretrained = None,
    set_: Set = None,
    window: Annotated[
        float | None, typer.Option(help="Longer files are divided into parts of so many seconds; 30 unless told.")
    ] = None,
    pattern: Pattern = None,
    again: Annotated[bool, typer.Option("--again", help="Hear files again that have not changed, too.")] = False,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Add folders to a library, which is made where there is none: what is new or has changed is heard.

    Status 3 where files cannot be read; they are listed.
    """
    from skaudio.cli._library import update_library

    setup = (
        None if preset is None and model_file is None else setup_of(preset or "embedding", set_, None, 0, model_file)
    )
    if setup is None and set_:
        setup = setup_of("strong", set_)
    raise typer.Exit(
        update_library(
            library, folders, setup, window=window, pattern=pattern, again=again, threads=threads, as_json=json
        )
    )


@app.command()
def update(
    named: Named = None,
    library: Library = _DEFAULT,
    again: Annotated[bool, typer.Option("--again", help="Hear files again that have not changed, too.")] = False,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """Look at all folders of a library again: hear what is new or has changed, forget what is gone."""
    from skaudio.cli._library import update_library

    raise typer.Exit(update_library(named or library, [], None, again=again, threads=threads, as_json=json))


@app.command()
def forget(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of the library.")],
    library: Library = _DEFAULT,
    json: Json = False,
) -> None:
    """Let go of a folder: it is not looked at any more, and its sounds are not found."""
    from skaudio.cli._library import forget_folder

    forget_folder(library, folder, as_json=json)


@app.command()
def search(
    items: Annotated[
        list[str], typer.Argument(metavar="FILE|WORD...", help="Sound files to find alike ones of, and words.")
    ],
    library: Library = _DEFAULT,
    k: Annotated[int, typer.Option("-k", help="How many to find.", min=1)] = 10,
    unlike: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="What they are to be less like.")] = None,
    offset: Annotated[float, typer.Option(help="Where in the file to begin, in seconds.", min=0)] = 0.0,
    duration: Annotated[float | None, typer.Option(help="How much of the file to take, in seconds.")] = None,
    tag: Tags = None,
    where: Where = None,
    weight: Annotated[
        list[str] | None, typer.Option(metavar="PART=NUMBER", help="What a part of the features counts, as chroma=0.")
    ] = None,
    per_recording: PerRecording = None,
    json: Json = False,
) -> None:
    """Find sounds that are like files, by words, or both."""
    from skaudio.cli._library import search_library

    options: dict[str, Any] = {"offset": offset, "duration": duration, "tags": tag, "where": where, "weights": weight}
    search_library(library, items, k, unlike or [], **options, per_recording=per_recording, as_json=json)


@app.command()
def tag(
    name: Annotated[str, typer.Argument(metavar="TAG", help="The tag.")],
    sounds: _Sounds,
    library: Library = _DEFAULT,
    remove: Annotated[bool, typer.Option("--remove", help="Take the tag away.")] = False,
    json: Json = False,
) -> None:
    """Give sounds a tag."""
    from skaudio.cli._library import tag_sounds

    tag_sounds(library, name, sounds, remove=remove, as_json=json)


@app.command()
def duplicates(
    named: Named = None,
    library: Library = _DEFAULT,
    by: Annotated[
        Literal["vectors", "content", "fingerprint"],
        typer.Option(help="What is the same: the features, the bytes, or the sound, which reads all files."),
    ] = "vectors",
    threshold: Annotated[float | None, typer.Option(help="Least similarity.", min=0, max=1)] = None,
    threads: Threads = -1,
    json: Json = False,
) -> None:
    """List sounds that are there more than once."""
    from skaudio.cli._library import list_duplicates

    list_duplicates(named or library, by, threshold, threads=threads, as_json=json)


@app.command("map")
def map_(
    named: Named = None,
    library: Library = _DEFAULT,
    method: Annotated[
        Literal["auto", "pca", "umap"], typer.Option(help="How: UMAP where it is installed, or principal axes.")
    ] = "auto",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The map to write: .png a figure, .csv a table.")
    ] = Path("map.png"),
    json: Json = False,
) -> None:
    """Place all sounds on a plane, alike ones near each other."""
    from skaudio.cli._library import draw_map

    draw_map(named or library, method, output, as_json=json)


@app.command("export")
def export_(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A .csv table, an .m3u playlist, or a folder to copy files to.")
    ],
    sounds: Annotated[
        list[str] | None, typer.Argument(metavar="SOUND...", help="Files of the library, or ids; all without.")
    ] = None,
    library: Library = _DEFAULT,
    tag: Tags = None,
    where: Where = None,
    json: Json = False,
) -> None:
    """Write sounds to a table or a playlist, or copy their files."""
    from skaudio.cli._library import export_library

    export_library(library, output, sounds or [], tags=tag, where=where, as_json=json)


@app.command()
def serve(
    named: Named = None,
    library: Library = _DEFAULT,
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.", min=0, max=65535)] = 8321,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Show a library's page in a browser of this machine: listen, search, tag, label."""
    from skaudio.cli._library import serve_page

    serve_page(named or library, port, browser=browser)


@app.command()
def info(named: Named = None, library: Library = _DEFAULT, json: Json = False) -> None:
    """Tell what a library holds."""
    from skaudio.cli._library import show_library

    show_library(named or library, as_json=json)
