"""Who may ask: a browser of this machine that was given the page's address, and no page of another origin."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_HEADERS = [
    # Nothing is asked of another host, and no other page may hold this one in a frame.
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        b"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Guard:
    """Lets requests through that name this machine as their host, come from this page, and know the token.

    Parameters
    ----------
    application : ASGI application
        What is guarded.
    token : str
        Whoever opens ``/?token=...`` gets a cookie with it; a program sends it as the header ``x-skaudio-token``.
    """

    def __init__(self, application: ASGIApp, token: str) -> None:
        self._application = application
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        from starlette.requests import Request

        if scope["type"] != "http":
            return
        request = Request(scope)
        reason = _foreign(request)
        if reason is not None:
            await _refused(403, reason)(scope, receive, send)
            return
        cookie = _cookie(request)
        given = request.query_params.get("token", "")
        if request.url.path == "/" and request.method == "GET" and self._is_token(given):
            from starlette.responses import RedirectResponse

            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(cookie, self._token, httponly=True, samesite="strict", path="/")
            await answer(scope, receive, send)
            return
        told = request.headers.get("x-skaudio-token") or request.cookies.get(cookie, "")
        if not self._is_token(told):
            reason = "the page's whole address is needed, with its token, as skaudio library serve prints it"
            await _refused(401, reason)(scope, receive, send)
            return

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self._application(scope, receive, send_guarded)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _cookie(request: Any) -> str:
    # Browsers keep cookies by host and not by port, and several libraries may be served.
    return f"skaudio-{request.url.port or 80}"


def _foreign(request: Any) -> str | None:
    """Return the reason why a request does not come from this page; None if it does."""
    host = request.headers.get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    if name not in _HOSTS:
        return f"the host {host!r} is not this machine"
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"the origin {origin!r} is another page"
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return "another page has asked for it"
    if request.method not in ("GET", "HEAD") and request.headers.get("x-skaudio") is None and origin is None:
        return "a request that changes something names its origin"
    return None


def _refused(status: int, reason: str) -> Any:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": reason}, status, headers={name.decode(): value.decode() for name, value in _HEADERS})
