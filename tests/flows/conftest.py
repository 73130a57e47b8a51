"""A Prefect server of the tests' own, and a service that takes notices."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import loopback


@pytest.fixture(scope="package")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server with a database of its own: to start and stop it takes half a minute."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    import flows  # noqa: F401  # sets Prefect's defaults before its first import

    from prefect.testing.utilities import prefect_test_harness  # isort: skip

    with prefect_test_harness(server_startup_timeout=120):
        yield


@dataclass
class Service:
    """What a service on loopback was sent, by path; it answers with `status`."""

    url: str = ""
    status: int = 200
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def port(self) -> int | None:
        return urlsplit(self.url).port


@pytest.fixture
def service() -> Iterator[Service]:
    kept = Service()

    class Taking(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.got.append((self.path, json.loads(body)))
            # A refusal says back all that it was told.
            answer = (self.path + body).encode()
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with loopback.serving(Taking) as url:
        kept.url = url.rstrip("/")
        yield kept
