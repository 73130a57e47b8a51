"""GDELT by BigQuery from a server on loopback that speaks its REST interface.

The server runs each query itself, translated to DuckDB, over a table with the published columns.
The real service was never asked.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
import sqlglot

from detente.refresh import ingest, plan, publish
from detente.refresh.summary import Summary
from detente.settings import Settings
from detente.sources import gdelt_bq
from detente.sources.gdelt_bq import COLUMNS, GdeltBq
from tests.support import loading, loopback
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table

pytest.importorskip("google.auth")

STUDY = (
    study_table("2023-01-01", "JPN", "KOR", "PRK")
    + NO_INFERENCE
    + """\
[sources.downloads]
wait_seconds = 0
attempts = 2
timeout_seconds = 5
[sources.gdelt_bq]
enabled = true
start = 2023-01-01
project = "my-project"
max_gigabytes = {ceiling}
base_url = "{url}"
"""
)
TOKEN = "planted-token-0123456789"
GIGABYTES = 3  # that each month reads, says the server
# Day of publication, number, day, actors, code; an actor without a country has its code alone.
EVENTS = [
    ("2023-01-05", 1, "20230104", "JPN", "KOR", "010"),
    ("2023-01-31", 2, "20230131", "KOR", "PRK", "190"),
    ("2023-02-01", 3, "20230131", "PRKGOV", "JPN", "042"),
    ("2023-02-02", 4, "20230202", "USA", "CHN", "042"),  # of no interest to the study
    ("2023-02-03", 5, "20230203", "JPN", "JPN", "042"),
    ("2023-03-31", 6, "20230330", "JPN", "PRK", "112"),
    ("2023-04-01", 7, "20230401", "JPN", "PRK", "112"),
]


@dataclass
class Service:
    """What the service knows, how it behaves, and what it was asked for."""

    url: str = ""
    dry_runs: list[str] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    grants: int = 0
    status: int = 0
    code_type: str = "STRING"
    loses_a_page: bool = False
    rows_a_page: int = 2
    lock: threading.Lock = field(default_factory=threading.Lock)

    def insert(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer `jobs.insert`, of which the program uses the dry run alone."""
        assert asked["configuration"]["dryRun"] is True
        assert asked["configuration"]["query"]["useLegacySql"] is False
        self.dry_runs.append(asked["configuration"]["query"]["query"])
        return {"statistics": {"totalBytesProcessed": str(GIGABYTES * 10**9)}}

    def run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer `jobs.query`; a first answer says that the query is not done."""
        with self.lock:
            self.queries.append(asked)
            number = len(self.queries) - 1
        return {
            "jobComplete": False,
            "jobReference": {"jobId": f"job_{number}", "location": "US"},
        }

    def page(self, number: int, token: str) -> dict[str, Any]:
        """Answer `jobs.getQueryResults`."""
        rows = _rows(self.queries[number]["query"])
        first = int(token or 0)
        last = first + self.rows_a_page
        kinds = {"EventCode": self.code_type}
        return {
            "jobComplete": True,
            "jobReference": {"jobId": f"job_{number}", "location": "US"},
            "schema": {"fields": [{"name": n, "type": kinds.get(n, "STRING")} for n in COLUMNS]},
            "totalRows": str(len(rows)),
            "rows": [{"f": [{"v": value} for value in row]} for row in rows[first:last]],
            **({"pageToken": str(last)} if last < len(rows) and not self.loses_a_page else {}),
        }


def _rows(asked: str) -> list[tuple[str | None, ...]]:
    (statement,) = sqlglot.transpile(asked, read="bigquery", write="duckdb")
    con = duckdb.connect()
    columns = ", ".join(f'"{name}" varchar' for name in COLUMNS)
    con.execute('attach \':memory:\' as "gdelt-bq"; create schema "gdelt-bq".gdeltv2')
    con.execute(
        f'create table "gdelt-bq".gdeltv2.events_partitioned ({columns}, _PARTITIONTIME timestamp)'
    )
    for published, number, day, one, other, code in EVENTS:
        known = {
            "GLOBALEVENTID": str(number), "SQLDATE": day, "EventCode": code,
            "Actor1Code": one, "Actor1CountryCode": one if len(one) == 3 else None,
            "Actor2Code": other, "Actor2CountryCode": other, "Actor1Name": "A\tNAME",
            "NumMentions": "4", "GoldsteinScale": "1.5", "IsRootEvent": "1",
            "DATEADDED": f"{published.replace('-', '')}120000",
            "SOURCEURL": f"https://example.org/{number}",
        }  # fmt: skip
        con.execute(
            'insert into "gdelt-bq".gdeltv2.events_partitioned by name select '
            + ", ".join(f'? as "{name}"' for name in known)
            + ", ?::timestamp as _PARTITIONTIME",
            [*known.values(), published],
        )
    return con.execute(statement).fetchall()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                form = parse_qs(content.decode())
                assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
                assert form["assertion"][0].count(".") == 2
                service.grants += 1
                self._say({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
            elif self._is_let_in():
                asked = json.loads(content)
                is_insert = self.path.endswith("/projects/my-project/jobs")
                self._say(service.insert(asked) if is_insert else service.run(asked))

        def do_GET(self) -> None:
            if self._is_let_in():
                address = urlsplit(self.path)
                number = int(address.path.rsplit("_", 1)[-1])
                asked = parse_qs(address.query)
                assert asked["location"] == ["US"]
                self._say(service.page(number, asked.get("pageToken", [""])[0]))

        def _is_let_in(self) -> bool:
            if service.status or self.headers["Authorization"] != f"Bearer {TOKEN}":
                told = {"error": {"message": "Access Denied: the account may not run queries."}}
                self._say(told, service.status or 401)
                return False
            return True

        def _say(self, content: dict[str, Any], status: int = 200) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = Service()
    with loopback.serving(_handler(made)) as made.url:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        path = tmp_path / "key.json"
        path.write_text(
            json.dumps(
                {
                    "type": "service_account", "project_id": "my-project", "private_key": text,
                    "private_key_id": "1", "client_email": "me@my-project.example",
                    "client_id": "1", "token_uri": f"{made.url}token",
                }
            ),
            encoding="utf-8",
        )  # fmt: skip
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        yield made


def study_of(make: MakeStudy, service: Service, ceiling: float = 100) -> Settings:
    return make(toml=STUDY.format(url=service.url, ceiling=ceiling))


def ask(study: Settings) -> Summary:
    days = {"start": date(2023, 1, 1), "end": date(2023, 3, 31)}
    with publish.only_writer(study.processed):
        (found,) = ingest.update(study, ("gdelt_bq",), **days)
    return found


def test_the_events_between_the_studys_actors_enter_like_those_of_a_feed(
    make_study: MakeStudy, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    study = study_of(make_study, service)
    with caplog.at_level(logging.INFO):
        done = ask(study)
    assert (done.problem, done.failures, done.n_loaded) == (None, {}, 4)
    found = loading.ask(
        study,
        "select event_id, actor1_iso3, actor2_iso3, cameo_code, event_date::varchar, n_mentions, "
        "title from core.event order by event_id",
    )
    assert found == [
        ("1", "JPN", "KOR", "010", "2023-01-04", 4, "A NAME"),
        ("2", "KOR", "PRK", "190", "2023-01-31", 4, "A NAME"),
        ("3", "PRK", "JPN", "042", "2023-01-31", 4, "A NAME"),
        ("6", "JPN", "PRK", "112", "2023-03-30", 4, "A NAME"),
    ]
    files = loading.ask(
        study,
        "select raw_file_id, n_rows, n_loaded, covers_from::varchar, covers_to::varchar, path "
        "from meta.raw_file where source = 'gdelt_bq' order by raw_file_id",
    )
    assert [one[1:5] for one in files] == [
        (2, 2, "2023-01-01", "2023-01-31"),
        (1, 1, "2023-02-01", "2023-02-28"),
        (1, 1, "2023-03-01", "2023-03-31"),
    ]
    first_line = (study.home / files[0][5]).read_text(encoding="utf-8").splitlines()[0]
    # Several months are asked for at once, in no order.
    (january,) = (one["query"] for one in service.queries if "'2023-01-01'" in one["query"])
    assert first_line == f"-- {january}"
    # Told before the first query, and held to by the provider itself.
    assert "3 months read 9.00 GB by dry run, of 100 GB allowed" in caplog.text
    assert len(service.dry_runs) == 3
    limits = [int(one["maximumBytesBilled"]) for one in service.queries]
    assert all(GIGABYTES * 10**9 <= one < GIGABYTES * 10**9 + (1 << 20) for one in limits)
    assert service.grants == 1
    assert TOKEN not in caplog.text
    # What was asked for is not asked for again.
    assert ask(study).n_files == 0
    assert len(service.queries) == 3


def test_a_plan_says_what_it_would_cost_and_spends_nothing(
    make_study: MakeStudy, service: Service
) -> None:
    study = study_of(make_study, service)
    days = {"start": date(2023, 1, 1), "end": date(2023, 2, 28)}
    found = [one for one in plan.plan(study, **days) if one.action == "download"]
    assert [one.reason for one in found] == [
        "new; 2 months read 6.00 GB by dry run, of 100 GB allowed a refresh"
    ]
    assert service.queries == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("ceiling", "3 months read 9.00 GB by dry run, of 8 GB allowed a refresh. Nothing was"),
        ("denied", "answered 403: Access Denied: the account may not run queries"),
        ("no key", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("no project", "expected the Google Cloud project that is billed"),
        ("codes are numbers", "with codes as text"),
        ("a page is lost", "expected 2 rows, got 1"),
    ],
)
def test_what_cannot_be_had_is_told_and_nothing_of_it_is_kept(
    make_study: MakeStudy,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    told: str,
) -> None:
    study = study_of(make_study, service, ceiling=8 if fault == "ceiling" else 100)
    service.status = 403 if fault == "denied" else 0
    service.code_type = "INTEGER" if fault == "codes are numbers" else "STRING"
    service.loses_a_page, service.rows_a_page = fault == "a page is lost", 1
    if fault == "no key":
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    if fault == "no project":
        text = (study.home / "detente.toml").read_text(encoding="utf-8")
        study = make_study(toml=text.replace('project = "my-project"\n', ""))
    done = ask(study)
    assert any(told in one for one in (done.problem or "", *done.news)), done
    held = {path.name for path in study.downloads.rglob("gdelt_bq_202301*")}
    assert held == set()
    if fault in ("ceiling", "denied", "no key", "no project"):
        assert service.queries == []


def test_months_that_were_asked_for_other_actors_cover_nothing() -> None:
    mine, other = GdeltBq(codes=("JPN", "KOR")), GdeltBq(codes=("JPN", "PRK"))
    name = mine._months(date(2023, 1, 1), date(2023, 1, 31))[0].name
    own, others = mine.recognise(name), other.recognise(name)
    assert own is not None
    assert others is not None
    assert (own.first_day, own.last_day) == (date(2023, 1, 1), date(2023, 1, 31))
    assert others.last_day < others.first_day
    assert mine.recognise("gdelt_bq_202313_0123456789.tsv") is None


def test_states_are_asked_for_by_every_code_that_gdelt_has_for_them(tmp_path: Path) -> None:
    found = gdelt_bq.codes_of(["ROU", "JPN"], tmp_path)
    assert {"JPN", "ROM", "ROU"} <= set(found)
