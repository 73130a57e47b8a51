"""The guard before Datasette: whom it lets through, and what it answers to others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from detente.operations import explore_server


def _asked(scope: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Ask a guarded application; return what reached it, and what was answered."""
    reached: list[str] = []
    answered: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert await receive() == {"type": "given"}
        reached.append(scope["type"])
        await send({"type": "of the application"})

    async def receive() -> dict[str, Any]:
        return {"type": "given"}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    asyncio.run(explore_server.guarded(app)(scope, receive, send))
    return reached, answered


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "lifespan"},
        {"type": "http", "headers": [(b"accept", b"*/*"), (b"host", b"127.0.0.1:8001")]},
        {"type": "http", "headers": [(b"Host", b"localhost")]},
    ],
)
def test_the_application_is_asked_by_this_machine_s_own_names(scope: dict[str, Any]) -> None:
    assert _asked(scope) == ([scope["type"]], [{"type": "of the application"}])


@pytest.mark.parametrize("hosts", [[b"evil.example"], [], [b"127.0.0.1", b"evil.example"]])
def test_others_are_told_why_and_nothing_reaches_the_application(hosts: list[bytes]) -> None:
    reached, (start, body) = _asked({"type": "http", "headers": [(b"host", one) for one in hosts]})
    assert reached == []
    assert start == {
        "type": "http.response.start",
        "status": 421,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    }
    assert body == {
        "type": "http.response.body",
        "body": b"This server answers on this machine only, by one of the names 127.0.0.1, [::1], "
        b"localhost.\n",
    }
