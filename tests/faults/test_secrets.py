"""No secret is left anywhere: some are planted, runs fail, and all that remains is searched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.support import loopback
from tests.support.command import detente

pytestmark = pytest.mark.full

PLANTED = {
    "ACLED_USERNAME": "somebody@example.org",
    "ACLED_PASSWORD": "planted-acled-4f1c",
    "DETENTE_SMTP_PASSWORD": "planted-smtp-9b7e",
}
MORE = """
[sources.acled]
enabled = true
start = 2023-01-01
base_url = "{url}"
[notices]
host = "127.0.0.1"
port = {port}
starttls = false
user = "somebody"
from = "detente@example.org"
to = ["desk@example.org"]
"""

OF_THE_BLOCK = "plantedblock7a3d"
# A night as a flow, whose block holds its token in the address, in a header and in what it sends.
NIGHT = """
import sys
from flows import nightly
from prefect.blocks.notifications import CustomWebhookNotificationBlock

CustomWebhookNotificationBlock(
    name="detente",
    url="{url}hook/{{{{token}}}}",
    headers={{"Authorization": "Bearer {{{{token}}}}"}},
    form_data={{"text": "{{{{subject}}}}", "token": "{{{{token}}}}"}},
    secrets={{"token": sys.stdin.read()}},
).save("analysts")
sys.exit(nightly.main())
"""


class Blabbing(BaseHTTPRequestHandler):
    """A provider that refuses and says back all that it was told, password and all."""

    asked: ClassVar[list[str]] = []

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(body)
        answer = json.dumps({"error": body, "headers": str(self.headers)}).encode()
        self.send_response(400, body.replace("\n", " ")[:200])
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Given", body)
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_error(404)


@pytest.fixture
def provider_url() -> Iterator[str]:
    with loopback.serving(Blabbing) as url:
        yield url


@pytest.fixture
def mail() -> Iterator[tuple[int, list[str]]]:
    """A mail server that refuses the account; its port, and the passwords that it was told."""
    told: list[str] = []

    def refuse(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        told.append(data.password.decode())
        return AuthResult(success=False, handled=False, message=f"535 not {data.password!r}")

    port = loopback.free_port()
    controller = Controller(
        object(), hostname="127.0.0.1", port=port, authenticator=refuse, auth_require_tls=False
    )
    controller.start()
    yield port, told
    controller.stop()


def _everything(home: Path) -> str:
    """Return all that lies in the study's folder: as bytes, and as what tables say."""
    texts = []
    for path in home.rglob("*"):
        if path.is_file():
            texts += [path.name, path.read_bytes().decode("utf-8", "replace")]
    with duckdb.connect() as reader:
        for path in home.rglob("*.parquet"):
            texts.append(str(reader.sql(f"from read_parquet('{path}')").fetchall()))
    for path in home.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as database:
            tables = database.sql(
                "select schema_name || '.' || table_name from duckdb_tables()"
            ).fetchall()
            texts += [str(database.sql(f"from {table}").fetchall()) for (table,) in tables]
    return "\n".join(texts)


def test_planted_secrets_are_found_nowhere_after_runs_that_fail(
    world: Any, tmp_path: Path, provider_url: str, mail: tuple[int, list[str]]
) -> None:
    port, told = mail
    files = dict(world.export(index) for index in range(2))
    study = world.write_study(tmp_path / "study", world.write_mirror(tmp_path / "mirror", files))
    toml = study.home / "detente.toml"
    good = toml.read_text()
    toml.write_text(good + MORE.format(url=provider_url, port=port))
    said = ""

    def run(*arguments: str) -> int:
        nonlocal said
        environment = {**PLANTED, "DETENTE_LOG": "json"}
        done = detente(study.home, *arguments, environment=environment)
        said += done.stdout + done.stderr
        return done.returncode

    # Published, and the source that does not let the account in is named.
    assert run("refresh") == 1, said
    assert study.database.is_file(), said
    assert "acled" in said
    assert any("planted-acled" in one for one in Blabbing.asked), "the provider was told it"
    if "DETENTE_FAULTS" in os.environ:  # `make faults`; reports take a while
        assert run("report", "JPN-KOR") == 0, said
        run("doctor", "--json")
    # A run that fails, and a notice of it that the mail server refuses.
    (study.raw / "records" / "meetings.toml").write_text("title = 1")
    assert run("refresh") == 1
    assert run("notice") == 1
    assert told and set(told) == {PLANTED["DETENTE_SMTP_PASSWORD"]}, "the mail server was told it"
    text = said + _everything(study.home)
    assert "acled" in text, "the failure itself is on record"
    for name in ("ACLED_PASSWORD", "DETENTE_SMTP_PASSWORD"):
        assert PLANTED[name] not in text


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.skipif(
    "DETENTE_FAULTS" not in os.environ,
    reason="half a minute; tests/flows looks at a flow in this process (make faults)",
)
def test_the_secret_of_a_block_is_found_nowhere_after_a_night_that_fails(
    world: Any, tmp_path: Path, root: Path, provider_url: str
) -> None:
    Blabbing.asked.clear()
    study = world.write_study(tmp_path / "study", world.write_mirror(tmp_path / "mirror", {}))
    toml = study.home / "detente.toml"
    toml.write_text(toml.read_text() + '[notices]\nprefect_block = "custom-webhook/analysts"\n')
    (study.raw / "records" / "meetings.toml").write_text("title = 1")
    done = subprocess.run(
        [sys.executable, "-c", NIGHT.format(url=provider_url)],
        cwd=study.home,
        env={
            **os.environ,
            "PYTHONPATH": str(root),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
        },
        input=OF_THE_BLOCK,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Error: meetings.toml" in done.stderr, "the failure itself is told"
    assert any(OF_THE_BLOCK in one for one in Blabbing.asked), "the service was told it"
    text = done.stdout + done.stderr + _everything(tmp_path)
    assert "did not deliver the notice" in text
    assert OF_THE_BLOCK not in text, [
        line[:300] for line in text.splitlines() if OF_THE_BLOCK in line
    ]
