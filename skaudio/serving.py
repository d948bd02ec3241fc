"""A fitted pipeline behind HTTP: a clip is uploaded, its classes come back as JSON."""

from __future__ import annotations

import copy
import io
import socket
from collections.abc import AsyncGenerator
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import cpu_count
from sklearn.utils.validation import check_is_fitted

from skaudio._estimators import estimators_in
from skaudio._version import __version__
from skaudio.exceptions import AudioReadError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

__all__ = ["serve", "service"]

# Parameters of the transformers that are served: they raise errors, use one thread and store nothing.
_SERVED = {"on_error": "raise", "cache": None, "n_jobs": None, "verbose": 0}
_HOW = "POST a sound file to /classify, as curl --data-binary @bark.wav or curl --form clip=@bark.wav sends it"


def service(
    model: Any,
    *,
    max_bytes: int = 20_000_000,
    max_duration: float = 60.0,
    timeout: float = 30.0,
    n_threads: int | None = None,
) -> Starlette:
    """Return a web application that classifies uploaded clips.

    Parameters
    ----------
    model : estimator
        Fitted, of clips to classes, as `skaudio.load` returns it. A copy is served: one that reads no clip beyond
        `max_duration`, uses no store, and raises what is wrong with a clip whatever ``on_error`` is.
    max_bytes : int, default=20_000_000
        Largest upload.
    max_duration : float, default=60.0
        Longest clip in seconds, unless the pipeline has a smaller ``max_duration`` of its own.
    timeout : float, default=30.0
        Seconds within which an upload must have arrived.
    n_threads : int or None, default=None
        Clips that are classified at a time; None takes the number of cores.

    Returns
    -------
    application : starlette.applications.Starlette
        ``POST /classify`` takes a sound file, as the body or as the one file of a form, and returns ``{"class": name,
        "probabilities": {name: probability}}``. ``GET /health`` tells the classes, limits and versions. Whatever is
        wrong with a request is ``{"error": message}``: status 422 for a sound that cannot be read or is too long, with
        the message of `AudioReadError`; 413 for an upload that is too large, 408 for one that is too slow, 400 for a
        form that is none, 503 where 64 uploads are in work.

    Raises
    ------
    ImportError
        If Starlette or python-multipart is not installed, the extra ``serve``.
    TypeError
        If `model` takes no clips, or gives no probabilities of classes that JSON has.
    ValueError
        If a limit is not above 0.
    sklearn.exceptions.NotFittedError
        If `model` is not fitted.

    See Also
    --------
    serve : Run it.

    Examples
    --------
    >>> from skaudio import load
    >>> from skaudio.serving import service
    >>> application = service(load("model.skaudio"))  # doctest: +SKIP
    """
    for name, limit in {"max_bytes": max_bytes, "max_duration": max_duration, "timeout": timeout}.items():
        if not isinstance(limit, Real) or not limit > 0:
            raise ValueError(f"{name}={limit!r} must be a number above 0")
    n_threads = cpu_count() if n_threads is None else n_threads
    if not isinstance(n_threads, Integral) or n_threads < 1:
        raise ValueError(f"n_threads={n_threads!r} must be a whole number, 1 at least")
    model = _copy_to_serve(model, max_duration)
    try:
        import python_multipart  # noqa: F401  Starlette reads forms by it, and tells of its absence only then
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route
    except ModuleNotFoundError as error:
        raise _absent(error) from error
    classify = _ClassifyEndpoint(model, max_bytes, timeout, int(n_threads))
    limits = {"max_bytes": max_bytes, "max_duration": max_duration}
    about = {"status": "ok", "classes": [_plain(name) for name in model.classes_], **limits, "skaudio": __version__}

    async def health(request: Request) -> Any:
        return _answer(about)

    async def refuse(request: Request, error: Any) -> Any:
        message = f"{error.detail}: {_HOW}" if error.status_code in (404, 405) else error.detail
        return _answer({"error": message}, error.status_code, error.headers)

    async def fail(request: Request, error: Exception) -> Any:
        return _answer({"error": "the service failed, which its log tells more of"}, 500)

    return Starlette(
        routes=[Route("/health", health), Route("/classify", classify.answer, methods=["POST"])],
        exception_handlers={HTTPException: refuse, Exception: fail},
    )


def serve(model: Any, *, host: str = "127.0.0.1", port: int = 8000, **limits: Any) -> None:
    """Serve a model until the process is interrupted.

    Parameters
    ----------
    model : estimator
        As for `service`.
    host : str, default="127.0.0.1"
        The address to listen on: the default is heard by this machine alone. Whoever can reach another one can use the
        service; what belongs in front of it there is a proxy that knows users and encrypts.
    port : int, default=8000
        The port; 0 takes a free one. It is logged.
    **limits
        As for `service`.

    Raises
    ------
    ImportError
        If the extra ``serve`` is not installed.
    OSError
        If the address cannot be listened on, as where another program does.

    Examples
    --------
    >>> from skaudio import load
    >>> from skaudio.serving import serve
    >>> serve(load("model.skaudio"), port=8000)  # doctest: +SKIP
    """
    application = service(model, **limits)
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise _absent(error) from error
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise OSError(
            error.errno, f"cannot listen on {host}:{port}: {error.strerror}; another port may be free"
        ) from None
    uvicorn.run(application, host=host, port=port, timeout_graceful_shutdown=5)


_MAX_UPLOADS = 64  # at once, which bounds their memory
_MAX_DENSITY = 4_000_000  # samples a second, of all channels: twenty of 192 kHz


class _ClassifyEndpoint:
    """What a request to classify goes through, within its limits."""

    def __init__(self, model: Any, max_bytes: int, timeout: float, n_threads: int) -> None:
        self._model, self._max_bytes, self._timeout, self._n_threads = model, max_bytes, timeout, n_threads
        self._limiter: Any = None  # made where the event loop runs
        self._n_uploads = 0

    async def answer(self, request: Request) -> Any:
        from starlette.exceptions import HTTPException

        if self._n_uploads >= _MAX_UPLOADS:
            raise HTTPException(503, f"{_MAX_UPLOADS} uploads are in work, the most at a time; try again soon")
        self._n_uploads += 1
        try:
            return await self._classify_upload(request)
        finally:
            self._n_uploads -= 1

    async def _classify_upload(self, request: Request) -> Any:
        import anyio
        from anyio.to_thread import run_sync
        from starlette.exceptions import HTTPException

        try:
            with anyio.fail_after(self._timeout):
                content = await self._content(request)
        except TimeoutError:
            raise HTTPException(408, f"the upload did not arrive within {self._timeout:g} s") from None
        if self._limiter is None:
            self._limiter = anyio.Semaphore(self._n_threads)
        async with self._limiter:
            if await request.is_disconnected():  # nobody waits for it, and others may
                raise HTTPException(400, "the client has gone")
            try:
                shares = await run_sync(self._shares_of, content)
            except AudioReadError as error:
                raise HTTPException(422, str(error)) from error
        names, shares = self._model.classes_, np.asarray(shares)[0]
        probabilities = {str(name): float(share) for name, share in zip(names, shares, strict=True)}
        return _answer({"class": _plain(names[shares.argmax()]), "probabilities": probabilities})

    def _shares_of(self, content: bytes) -> Any:
        _check_density(content)
        return self._model.predict_proba([content])

    async def _content(self, request: Request) -> bytes:
        """Return the bytes of the clip, in memory; no upload is written anywhere."""
        from starlette.exceptions import HTTPException
        from starlette.formparsers import MultiPartException, MultiPartParser
        from starlette.requests import ClientDisconnect

        content = bytearray()
        declared = request.headers.get("content-length", "0")
        too_large = HTTPException(413, f"the upload has more than {self._max_bytes} bytes, the most that are taken")
        if not declared.isdecimal() or int(declared) > self._max_bytes:
            raise too_large
        try:
            async for piece in request.stream():
                content += piece
                if len(content) > self._max_bytes:
                    raise too_large
        except ClientDisconnect:
            raise HTTPException(400, "the upload was cut") from None
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            return bytes(content)

        async def whole() -> AsyncGenerator[bytes]:
            yield bytes(content)

        parser = MultiPartParser(request.headers, whole(), max_files=1, max_part_size=self._max_bytes)
        parser.spool_max_size = self._max_bytes + 1  # beyond it, files go to a disk
        try:
            form = await parser.parse()
        except (MultiPartException, KeyError, ValueError) as error:  # of no boundary, or one that is no text
            raise HTTPException(400, f"the form cannot be read: {error}") from None
        files = [value for value in form.values() if not isinstance(value, str)]
        if not files:
            raise HTTPException(400, "the form has no file; curl --form clip=@bark.wav sends one")
        try:
            return bytes(await files[0].read())
        finally:
            await form.close()


def _copy_to_serve(model: Any, max_duration: float) -> Any:
    """Return a copy of a model that is safe to hand strangers' clips to."""
    if not hasattr(model, "predict_proba"):
        raise TypeError(f"{type(model).__name__} gives no probabilities of classes, which are what is served")
    check_is_fitted(model)
    classes = getattr(model, "classes_", None)
    if not isinstance(classes, np.ndarray) or not all(isinstance(_plain(name), (str, int, float)) for name in classes):
        raise TypeError(f"{type(model).__name__} has classes of another kind than text and numbers: {classes!r}")
    model = copy.deepcopy(model)
    transformers = [each for each in estimators_in(model) if hasattr(each, "transform_with_failures")]
    if not transformers:
        raise TypeError(f"{type(model).__name__} takes no clips: no transformer of skaudio is in it")
    for each in transformers:
        for name, value in _SERVED.items():
            if name in vars(each):
                setattr(each, name, value)
        if "max_duration" in vars(each):
            each.max_duration = min(max_duration, each.max_duration or max_duration)
    return model


def _check_density(content: bytes) -> None:
    """Raise AudioReadError for more samples a second than any recording has: a small file could cause long work."""
    import soundfile

    try:
        found = soundfile.info(io.BytesIO(content))
    except (soundfile.LibsndfileError, ValueError, OSError):
        return  # another decoder may read it; what is wrong with it, the model will say
    if found.samplerate * found.channels > _MAX_DENSITY:
        reason = (
            f"it has {found.channels} channels of {found.samplerate} samples a second, and a second of "
            f"{_MAX_DENSITY} samples is the most that is taken"
        )
        raise AudioReadError(reason, None, 0)


def _plain(name: Any) -> Any:
    return name.item() if isinstance(name, np.generic) else name


def _answer(content: dict[str, Any], status: int = 200, headers: Any = None) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse(content, status, headers=headers)


def _absent(error: ModuleNotFoundError) -> ImportError:
    return ImportError(f'serving a model needs {error.name}, which is not installed: pip install "skaudio[serve]"')
