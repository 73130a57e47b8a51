"""Datasette that answers only who asks for this machine by its own name.

A page of the web can make its name point to 127.0.0.1 (DNS rebinding): the browser then lets the
page read what a server on this machine answers. Such a request names the page's host: refused.
Run as `python -m detente.operations.explore_server`, with Datasette's own arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from detente.database import confinement

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[dict[str, Any], Callable[[], Awaitable[dict[str, Any]]], Send], Awaitable[None]]


def is_own_name(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Say whether a request names one host, and that is this machine."""
    hosts = [value.decode("latin-1").lower() for name, value in headers if name.lower() == b"host"]
    if len(hosts) != 1:
        return False
    name, _, port = hosts[0].rpartition(":")
    return (name if name and port.isdecimal() else hosts[0]) in OWN_NAMES


def guarded(app: App) -> App:
    """Return an ASGI application that refuses every other name before the given one is asked."""

    async def answer(
        scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
    ) -> None:
        if scope["type"] == "lifespan" or is_own_name(scope["headers"]):
            await app(scope, receive, send)
            return
        kind = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 421, "headers": kind})
        names = ", ".join(sorted(OWN_NAMES))
        text = f"This server answers on this machine only, by one of the names {names}.\n"
        await send({"type": "http.response.body", "body": text.encode()})

    return answer


def main() -> None:
    """Run Datasette's command line with the guard around its application."""
    from datasette import hookimpl
    from datasette.cli import cli
    from datasette.plugins import pm

    confinement.ending_with_parent()

    class Guard:
        __name__ = "detente_own_names"  # a plugin is a module as a rule, and asked for its name

        def asgi_wrapper(self) -> Callable[[App], App]:
            return guarded

    hookimpl(Guard.asgi_wrapper, trylast=True)  # the outermost of all wrappers
    pm.register(Guard())
    cli()


if __name__ == "__main__":
    main()
