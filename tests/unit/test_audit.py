"""`make audit`: what it says of reports, and pip-audit itself against a database on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests import audit
from tests.support import loopback

SKIPPED = {"name": "b", "skip_reason": "Dependency not found"}
GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {
    "name": "c",
    "version": "2",
    "vulns": [{"id": "X-1", "fix_versions": ["3"], "aliases": ["Y-1"]}],
}
UNMENDED = {"name": "d", "version": "2", "vulns": [{"id": "X-2", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("packages", "lived_with", "code", "words"),
    [
        ([GOOD, SKIPPED], {}, 0, "1 of 2 locked packages audited: 0 advisories"),
        ([GOOD, BAD], {}, 1, "c 2: X-1, repaired in 3"),
        ([GOOD, BAD], {"Y-1": "not called here"}, 0, "repaired in 3; accepted: not called here"),
        ([UNMENDED], {}, 0, "d 2: X-2, no release mends it yet"),
    ],
)
def test_a_flaw_counts_if_a_release_mends_it_and_it_is_not_accepted(
    packages: list[dict[str, Any]], lived_with: dict[str, str], code: int, words: str
) -> None:
    found, text = audit.verdict({"dependencies": packages}, lived_with)
    assert (found, words in text) == (code, True)


def test_a_report_without_any_known_package_is_no_audit() -> None:
    with pytest.raises(audit.NotAudited, match="knew none of 1 packages"):
        audit.verdict({"dependencies": [SKIPPED]}, {})


# -- the tool itself -----------------------------------------------------------------------------


@pytest.fixture
def program(root: Path) -> Path:
    found = root / ".venv" / "audit" / "bin" / "pip-audit"
    if not found.is_file():
        pytest.skip("needs pip-audit, which `make audit` installs")
    return found


def advisory(name: str, fixed: str | None) -> dict[str, Any]:
    """An advisory as the database tells it (the OSV schema)."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": f"T-{name}", "summary": "a flaw", "affected": [affected]}


@pytest.fixture
def advisories(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, Any]]]:
    """A database of advisories on loopback, by package; what is put in is what it knows."""
    known: dict[str, dict[str, Any]] = {}

    class Database(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = known.get(asked["package"]["name"])
            answer = json.dumps({"vulns": [found]} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with loopback.serving(Database) as url:
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", f"{url}query")
        yield known


def test_pip_audit_finds_what_the_database_knows_and_silence_is_no_audit(
    program: Path,
    advisories: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(
        "".join(f"{one}==1.0 --hash=sha256:{64 * '0'}\n" for one in ("sound", "flawed"))
    )

    def verdict() -> tuple[int, str]:
        found: tuple[int, str] = audit.audit(program, lock, {}, ["osv"])
        return found

    with pytest.raises(audit.NotAudited, match="osv knows no advisory of a package that has some"):
        verdict()
    advisories["jinja2"] = advisory("jinja2", "2.4.2")
    assert verdict() == (
        0,
        "2 of 2 locked packages audited: 0 advisories, 0 of them with a release to go to.",
    )
    advisories["flawed"] = advisory("flawed", "1.1")
    code, text = verdict()
    assert code == 1
    assert text.startswith("flawed 1.0: T-flawed, repaired in 1.1\n")
    advisories["flawed"] = advisory("flawed", None)
    assert verdict()[0] == 0
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", "http://127.0.0.1:9/")
    with pytest.raises(audit.NotAudited, match=r"osv: .*Connection"):
        verdict()
