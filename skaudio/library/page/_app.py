"""The page's application: it sends the files of the page and sounds, and answers what the page asks of the library."""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from skaudio.exceptions import AudioReadError
from skaudio.library._features import blocks_of
from skaudio.library._library import SoundLibrary
from skaudio.library.page._audio import Converted, as_wav, is_inside, played_as
from skaudio.library.page._guard import Guard
from skaudio.library.page._session import Session

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}  # of the files of the page
_MOST_JSON = 2_000_000  # bytes of a question


def library_page(library: SoundLibrary, *, token: str | None = None, max_bytes: int = 50_000_000) -> Any:
    """Return the page of a library as an ASGI application.

    Parameters
    ----------
    library : SoundLibrary
        The library.
    token : str or None, default=None
        What the page's address must hold; None draws one, which is ``application.token``.
    max_bytes : int, default=50_000_000
        Largest sound that may be brought to search by.

    Returns
    -------
    application : ASGI application
        It answers this machine alone, and whoever knows the token: see `Guard`. No file outside of the library's
        folders is ever read for it.

    Raises
    ------
    ImportError
        If Starlette is not installed, the extra ``app``.
    """
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ModuleNotFoundError as error:
        raise ImportError(f'the page needs {error.name}, which is not installed: pip install "skaudio[app]"') from error
    page = _Page(library, max_bytes)
    application = Starlette(routes=[Route(path, handler, methods=[method]) for method, path, handler in page.routes()])
    token = secrets.token_urlsafe(32) if token is None else token
    guarded = Guard(application, token)
    guarded.token = token  # type: ignore[attr-defined]
    return guarded


class _Page:
    """The handlers of one page."""

    def __init__(self, library: SoundLibrary, max_bytes: int) -> None:
        self._library = library
        self._session = Session(library)
        self._converted = Converted()
        self._max_bytes = max_bytes
        self._static = {file.name: file.read_bytes() for file in (files(__package__) / "static").iterdir()}

    def routes(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]:
        """Return method, path and handler of all that can be asked."""
        asked: dict[str, Callable[[dict[str, Any]], Any]] = {
            "about": lambda _: self._about(),
            "find": self._session.find,
            "classes": lambda _: self._session.classes(),
            "rows": lambda question: {"rows": self._session.rows(_ids(question))},
            "tag": lambda question: {
                "n": self._session.tag(_ids(question), str(question["tag"]), remove=bool(question.get("remove")))
            },
            "label": lambda question: {
                "n": self._session.label(_ids(question), str(question["label"]), str(question["verdict"]))
            },
            "undo": lambda _: self._session.undo(),
            "suggest": lambda question: self._session.suggested(int(question["n"]), str(question["strategy"])),
            "learn": lambda _: self._session.learn(),
            "map": lambda _: self._map(),
        }
        return [
            ("GET", "/", self._file),
            ("GET", "/static/{name}", self._file),
            *(("POST", f"/api/{name}", self._json_handler(answer)) for name, answer in asked.items()),
            ("POST", "/api/query", self._query),
            ("POST", "/api/export", self._export),
            ("GET", "/api/peaks/{sound:int}", self._peaks),
            ("GET", "/audio/{sound:int}", self._audio),
            ("GET", "/query/{name}", self._brought),
        ]

    async def _file(self, request: Request) -> Any:
        from starlette.responses import Response

        name = request.path_params.get("name", "index.html")
        if name not in self._static:
            return _error(404, f"there is no {name!r}")
        content, form = self._static[name], _TYPES[os.path.splitext(name)[1]]
        return Response(content, media_type=form, headers={"cache-control": "no-cache"})

    def _json_handler(self, answer: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Awaitable[Any]]:
        async def handler(request: Request) -> Any:
            from starlette.concurrency import run_in_threadpool
            from starlette.responses import JSONResponse

            try:
                question = await _question(request)
                return JSONResponse(await run_in_threadpool(answer, question))
            except (ValueError, LookupError, TypeError, AttributeError, ImportError, OSError) as error:
                return _error(422 if isinstance(error, AudioReadError) else 400, _said(error))

        return handler

    def _about(self) -> dict[str, Any]:
        info = self._library.info()
        return {
            "name": os.path.basename(info["path"]),
            **{name: info[name] for name in ("sounds", "files", "seconds", "unreadable", "gone")},
            "parts": list(blocks_of(self._library.features)),
            **self._session.counts(),
        }

    def _map(self) -> dict[str, Any]:
        places = self._library.positions
        return {
            "ids": places["id"].tolist(),
            "x": np.round(places["x"].astype(float), 4).tolist(),
            "y": np.round(places["y"].astype(float), 4).tolist(),
        }

    async def _query(self, request: Request) -> Any:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        try:
            content = await _body(request, self._max_bytes)
            return JSONResponse(await run_in_threadpool(self._session.bring, content))
        except _TooLargeError as error:
            return _error(413, str(error))
        except AudioReadError as error:
            return _error(422, error.reason)

    async def _brought(self, request: Request) -> Any:
        from starlette.responses import Response

        try:
            samples, rate = self._session.brought(request.path_params["name"])
        except ValueError as error:
            return _error(404, str(error))
        return _wav_response(request, as_wav(samples, rate), Response)

    async def _export(self, request: Request) -> Any:
        import tempfile

        from starlette.concurrency import run_in_threadpool
        from starlette.responses import Response

        def written(ids: list[int], kind: str) -> bytes:
            with tempfile.TemporaryDirectory(prefix="skaudio-") as folder:
                path = os.path.join(folder, f"selection.{kind}")
                self._library.export(path, ids)
                with open(path, "rb") as file:
                    return file.read()

        try:
            question = await _question(request)
            kind = question.get("kind")
            if kind not in ("csv", "m3u"):
                raise ValueError(f"kind={kind!r} must be 'csv' or 'm3u'")
            content = await run_in_threadpool(written, _ids(question), kind)
        except (ValueError, LookupError, TypeError, OSError) as error:
            return _error(400, _said(error))
        disposition = {"content-disposition": f'attachment; filename="selection.{kind}"'}
        return Response(content, media_type="text/csv" if kind == "csv" else "audio/x-mpegurl", headers=disposition)

    async def _peaks(self, request: Request) -> Any:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import Response

        def found() -> bytes:
            self._place(request.path_params["sound"])
            return self._library.peaks(request.path_params["sound"]).tobytes()

        try:
            content = await run_in_threadpool(found)
        except PermissionError as error:
            return _error(403, str(error))
        except ValueError as error:
            return _error(404, _said(error))
        return Response(content, media_type="application/octet-stream")

    async def _audio(self, request: Request) -> Any:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import FileResponse, Response

        def found() -> tuple[str | None, str, bytes]:
            path, start, duration = self._place(request.path_params["sound"])
            kind = played_as(path) if duration is None else None
            return kind, path, b"" if kind else self._converted.wav(path, start, duration)

        try:
            kind, path, content = await run_in_threadpool(found)
        except PermissionError as error:
            return _error(403, str(error))
        except ValueError as error:
            return _error(404, _said(error))
        if kind:
            return FileResponse(path, media_type=kind)
        return _wav_response(request, content, Response)

    def _place(self, sound: int) -> tuple[str, float, float | None]:
        """Return file, start and duration of a sound; a duration of None is that of the whole file.

        Raises
        ------
        PermissionError
            If the file lies outside of the library's folders, as a link may lead there.
        LibraryError
            If there is no such sound.
        """
        row = self._library.select(sounds=sound).iloc[0]
        path = str(row["path"])
        if not is_inside(path, self._library.info()["folders"]):
            raise PermissionError("the file leads out of the library's folders")
        return path, float(row["start"]), float(row["seconds"]) if row["is_part"] else None


class _TooLargeError(ValueError):
    """More than may be sent."""


async def _body(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    content = bytearray()
    too_large = _TooLargeError(f"more than {most} bytes were sent, the most that are taken")
    if not declared.isdecimal() or int(declared) > most:
        raise too_large
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise too_large
    return bytes(content)


async def _question(request: Request) -> dict[str, Any]:
    import json

    content = await _body(request, _MOST_JSON)
    question = json.loads(content or b"{}")
    if not isinstance(question, dict):
        raise ValueError("a question is a JSON object")
    return question


def _ids(question: dict[str, Any]) -> list[int]:
    ids = question["ids"]
    if not isinstance(ids, list) or not all(isinstance(each, int) and not isinstance(each, bool) for each in ids):
        raise ValueError("ids must be a list of whole numbers")
    return ids


def _wav_response(request: Request, content: bytes, response: Any) -> Any:
    """Return a WAV file, or the part of it that is asked for."""
    asked = request.headers.get("range", "")
    headers = {"accept-ranges": "bytes", "cache-control": "no-store"}
    if asked.startswith("bytes=") and "," not in asked:
        first, _, last = asked[6:].partition("-")
        if first.isdecimal() and (not last or last.isdecimal()):
            start, stop = int(first), min(int(last) + 1 if last else len(content), len(content))
            if start >= stop:
                return response(status_code=416, headers={"content-range": f"bytes */{len(content)}"})
            headers["content-range"] = f"bytes {start}-{stop - 1}/{len(content)}"
            return response(content[start:stop], 206, headers, "audio/wav")
    return response(content, 200, headers, "audio/wav")


def _said(error: BaseException) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)


def _error(status: int, message: str) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": message.encode("utf-8", "backslashreplace").decode()}, status)
