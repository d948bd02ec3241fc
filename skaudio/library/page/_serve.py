"""`serve_library`: the page, for as long as the process lives."""

from __future__ import annotations

import socket
from collections.abc import Callable

from skaudio.library._library import SoundLibrary
from skaudio.library.page._app import library_page


def serve_library(
    library: SoundLibrary, *, port: int = 8321, token: str | None = None, ready: Callable[[str], object] | None = None
) -> None:
    """Serve a library's page on this machine until the process is interrupted.

    Parameters
    ----------
    library : SoundLibrary
        The library.
    port : int, default=8321
        The port on loopback; 0 takes a free one. Where it is taken, the next free one is.
    token : str or None, default=None
        What the page's address holds; None draws one.
    ready : callable or None, default=None
        Called with the page's address, once its port listens.

    Raises
    ------
    ImportError
        If the extra ``app`` is not installed.
    OSError
        If no port is free.
    """
    application = library_page(library, token=token)
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise ImportError(f'the page needs {error.name}, which is not installed: pip install "skaudio[app]"') from error
    listening = _listening(port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/?token={application.token}"
    if ready is not None:
        ready(address)
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listening])


def _listening(port: int) -> socket.socket:
    for each in [port] if port == 0 else range(port, port + 20):
        try:
            return socket.create_server(("127.0.0.1", each))
        except OSError as error:
            last = error
    raise OSError(last.errno, f"cannot listen on 127.0.0.1:{port} nor on the 19 ports after it: {last.strerror}")
