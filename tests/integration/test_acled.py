"""ACLED from a real server on loopback that issues tokens, ends them, and pages."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from detente.base.errors import DownloadError
from detente.operations import doctor
from detente.refresh import pipeline, plan
from detente.refresh.job import Request
from detente.settings import Settings
from detente.sources import acled_interface
from detente.sources.fetch import Fetcher, Limits
from tests.support import loopback
from tests.support.loading import ask, opened, update
from tests.support.studies import NO_INFERENCE, MakeStudy, query, study_table

USERNAME, PASSWORD = "planted.user@example.org", "planted-Passw0rd&=+ \u00e9"
STUDY = (
    study_table("1998-01-01", "JPN", "KOR", "PRK")
    + NO_INFERENCE
    + """\
[sources.downloads]
wait_seconds = 0
attempts = 3
timeout_seconds = 5
"""
)


def event(number: int, day: str, kind: str, actor1: str, actor2: str | None) -> dict[str, Any]:
    """Return a row as the interface gives it: some values numbers, some missing."""
    row: dict[str, Any] = dict.fromkeys(acled_interface.COLUMNS, "x")
    row |= {
        "event_id_cnty": f"KOR{number}", "event_date": day, "year": int(day[:4]),
        "event_type": "y", "sub_event_type": kind, "actor1": actor1, "actor2": actor2,
        "latitude": "37.5", "longitude": "127.0", "source": "Yonhap; Kyodo",
        "notes": 'One said: "no",\nthen left.', "fatalities": 0, "timestamp": 1700000000,
    }  # fmt: skip
    return row


SOUTH, NORTH = (
    "Military Forces of South Korea (2022-2025)",
    "Military Forces of North Korea (2011-)",
)
EVENTS = [
    event(1, "2023-01-05", "Shelling/artillery/missile attack", NORTH, SOUTH),
    event(2, "2023-02-05", "Armed clash", f"{NORTH} Navy", SOUTH),
    event(3, "2023-03-05", "Peaceful protest", "Protesters (South Korea)", None),
    event(4, "2023-04-05", "Agreement", "Government of Japan (2012-)", SOUTH),
    event(5, "2023-05-05", "Other", "Government of Japan (2012-)", SOUTH),
    event(6, "2023-06-05", "Attack", "ABC: A Brigade of Cutters", "Civilians (Japan)"),
    event(7, "2023-07-05", "No such type", NORTH, SOUTH),
    event(8, "2024-01-05", "Armed clash", NORTH, SOUTH),
]


class Server:
    """What the interface knows and how it behaves."""

    def __init__(self) -> None:
        self.events = list(EVENTS)
        self.tokens: set[str] = set()
        self.refresh: set[str] = set()
        self.grants: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.reads_a_token = 10**6
        self.expires_in = 86400
        self.takes_refresh = True
        self.status = 0
        self.shifts = False
        self.rows_a_page = 3
        self.sees_to = ""
        self.repeats = False
        self.lock = threading.Lock()
        self.url = ""

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kind = form.get("grant_type", "")
        self.grants.append(kind)
        if form.get("client_id") != "acled":
            return 400, {"error": "invalid_client"}
        if kind == "password":
            is_good = (form["username"], form["password"]) == (USERNAME, PASSWORD)
        else:
            is_good = self.takes_refresh and form.get("refresh_token") in self.refresh
        if not is_good:
            # A server that tells back what it was given must not make it show.
            return 400, {"error": "invalid_grant", "given": form}
        number = len(self.grants)
        self.tokens = {f"planted-access-{number}"}
        self.refresh = {f"planted-refresh-{number}"}
        self.left = self.reads_a_token
        return 200, {
            "access_token": f"planted-access-{number}",
            "refresh_token": f"planted-refresh-{number}",
            "expires_in": self.expires_in,
            "token_type": "Bearer",
        }

    def read(self, token: str, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.status:
            return self.status, {"message": "no"}
        if token not in self.tokens:
            return 401, {"message": "The token ended"}
        self.left -= 1
        if self.left <= 0:
            self.tokens = set()
        self.asked.append(asked)
        assert asked["event_date_where"] == "BETWEEN"
        first, last = asked["event_date"].split("|")
        last = min(last, self.sees_to or last)
        rows = [row for row in self.events if first <= row["event_date"] <= last]
        rows.sort(key=lambda row: row["event_date"], reverse=True)
        size, page = min(int(asked["limit"]), self.rows_a_page), int(asked["page"])
        page = 1 if self.repeats else page
        total = len(rows)
        if self.shifts and page > 1:
            rows = rows[:1] + rows
        chosen = rows[(page - 1) * size : page * size]
        return 200, {
            "status": 200, "success": True, "count": len(chosen), "total_count": total,
            "data": chosen,
            "data_query_restrictions": (
                {"date_recency": {"quantity": 12, "unit": "Months", "date": self.sees_to}}
                if self.sees_to
                else {}
            ),
        }  # fmt: skip


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            assert urlsplit(self.path).path == "/oauth/token"
            with server.lock:
                self._send(*server.grant(form))

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            assert address.path == "/api/acled/read"
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            with server.lock:
                self._send(*server.read(token, asked))

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(acled_interface.USERNAME, USERNAME)
    monkeypatch.setenv(acled_interface.PASSWORD, PASSWORD)
    one = Server()
    with loopback.serving(handler(one)) as one.url:
        yield one


def toml(url: str, start: str = "2023-01-01") -> str:
    return STUDY + f'[sources.acled]\nenabled = true\nstart = {start}\nbase_url = "{url}"\n'


UP_TO = Request(end=date(2024, 12, 31))


def load(study: Settings) -> None:
    """Bring the event store up to date, and nothing else."""
    update(study, offline=False, end=UP_TO.end)


def account(study: Settings) -> dict[str, dict[str, Any]]:
    with opened(study) as warehouse:
        rows = warehouse.dicts("from meta.raw_file where source = 'acled'")
    return {
        row["raw_file_id"].split("/")[1].split("@")[0] + ":" + row["status"]: row for row in rows
    }


def failures(study: Settings) -> dict[str, str]:
    """Return what is noted about each file that could not be fetched."""
    rows = ask(
        study,
        "select split_part(raw_file_id, '/', 2), note from meta.raw_file where "
        "raw_file_id like 'acled/%' and status not in ('loaded', 'no_rows', 'superseded')",
    )
    return {str(name): str(note) for name, note in rows}


def fetcher() -> Fetcher:
    return Fetcher(Limits(attempts=3, wait_seconds=0, timeout_seconds=5))


def test_years_come_page_by_page_and_a_token_that_ends_is_renewed(
    make_study: MakeStudy, server: Server
) -> None:
    server.reads_a_token = 2
    study = make_study(toml=toml(server.url))
    pipeline.refresh(study, request=UP_TO)
    rows = account(study)
    names = ("n_rows", "n_loaded", "n_out_of_scope", "n_rejected")
    assert [rows["acled_2023:loaded"][name] for name in names] == [7, 3, 3, 1]
    assert [rows["acled_2024:loaded"][name] for name in names] == [1, 1, 0, 0]
    # 2023 has three pages of at most three rows and an empty one, 2024 one and an empty one.
    pages = sorted((one["event_date"][:4], one["page"]) for one in server.asked)
    assert pages == [("2023", page) for page in "1234"] + [("2024", page) for page in "12"]
    assert server.grants == ["password", "refresh_token", "refresh_token"]
    assert query(
        study,
        "select event_id, event_date::varchar, actor1_iso3, actor2_iso3, actor1_sector, "
        "actor2_sector, cameo_code, is_official, added_at::varchar from core.event order by 1",
    ) == [
        (f"KOR{number}", day, one, "KOR", sector, "MIL", code, True, "2023-11-14 22:13:20")
        for number, day, one, sector, code in [
            (1, "2023-01-05", "PRK", "MIL", "194"),
            (2, "2023-02-05", "PRK", "MIL", "193"),
            (4, "2023-04-05", "JPN", "GOV", "057"),
            (8, "2024-01-05", "PRK", "MIL", "193"),
        ]
    ]
    assert query(
        study,
        "select reason, sum(n_events) from marts.volume_reason_day where reason <> 'loaded' "
        "group by 1 order by 1",
    ) == [("an actor is missing", 2), ("no act towards another", 1)]
    (refused,) = query(study, "select column_name, value from core.event_rejected")
    assert refused == ("sub_event_type", "No such type")
    assert not pipeline.refresh(study, request=UP_TO).is_new


def test_a_token_is_renewed_before_it_ends_and_by_password_where_it_cannot(server: Server) -> None:
    server.expires_in = 1
    session = acled_interface.Session(server.url)
    asked = {"event_date": "2023-01-01|2023-12-31", "event_date_where": "BETWEEN"}
    asked |= {"limit": "5000", "page": "1"}
    with fetcher() as fetch:
        session.read(fetch, "api/acled/read", asked)
        session.read(fetch, "api/acled/read", asked)
        assert server.grants == ["password", "refresh_token"]
        server.takes_refresh = False
        session.read(fetch, "api/acled/read", asked)
    assert server.grants == ["password", "refresh_token", "refresh_token", "password"]
    assert "planted" not in repr(session)


def test_a_deleted_event_is_gone_on_the_next_run_and_an_altered_one_altered(
    make_study: MakeStudy, server: Server
) -> None:
    study = make_study(toml=toml(server.url))
    load(study)
    altered = {**EVENTS[3], "sub_event_type": "Armed clash"}
    server.events = [EVENTS[0], altered, *EVENTS[4:]]
    load(study)
    assert ask(study, "select event_id, cameo_code from core.event order by 1") == [
        ("KOR1", "194"),
        ("KOR4", "193"),
        ("KOR8", "193"),
    ]
    assert set(account(study)) == {
        "acled_2023:superseded",
        "acled_2023:loaded",
        "acled_2024:loaded",
    }


def test_a_later_start_and_another_reading_lose_no_year(
    make_study: MakeStudy, server: Server
) -> None:
    load(make_study(toml=toml(server.url)))
    later = make_study(toml=toml(server.url, "2024-01-01") + '[scope]\nactors = "listed"\n')
    load(later)
    assert ask(later, "select count(*) from core.event") == [(4,)]


def everything(study: Settings) -> str:
    """Return all that a run left behind, as text."""
    texts = [
        path.read_bytes().decode("utf-8", "replace")
        for path in study.home.rglob("*")
        if path.is_file()
    ]
    with duckdb.connect() as reader:
        for path in study.home.rglob("*.parquet"):
            texts += map(str, reader.sql(f"from read_parquet('{path}')").fetchall())
    with duckdb.connect(str(study.database), read_only=True) as database:
        tables = database.sql(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        for (table,) in tables:
            texts += map(str, database.sql(f"from {table}").fetchall())
    return "\n".join(texts)


def test_no_secret_is_left_anywhere(
    make_study: MakeStudy,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    server.reads_a_token = 2
    study = make_study(toml=toml(server.url))
    pipeline.refresh(study, request=UP_TO)
    # Then a run that is refused, by a server that tells back what it was given.
    monkeypatch.setenv(acled_interface.PASSWORD, "planted-wrong")
    server.tokens, server.refresh = set(), set()
    pipeline.refresh(study, request=UP_TO)
    lines += [f"{one.subject} {one.reason}" for one in plan.plan(study)]
    lines += [one.message for one in doctor.examine(study)]
    with fetcher() as fetch, pytest.raises(DownloadError) as error:
        acled_interface.Session(server.url).read(fetch, "api/acled/read", {})
    lines += [str(error.value), repr(error.value), str(error.value.__context__)]
    text = "\n".join([everything(study), caplog.text, *capfd.readouterr(), *lines])
    assert "KOR1" in text
    assert "acled/read" in caplog.text, "the log was on"
    assert "planted" not in text
    assert PASSWORD not in text


def test_a_refused_account_is_asked_once_and_told_what_to_do(
    make_study: MakeStudy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(acled_interface.PASSWORD, "wrong")
    study = make_study(toml=toml(server.url))
    load(study)
    assert server.grants == ["password"], "a wrong password is not tried again"
    notes = failures(study)
    assert set(notes) == {"acled_2023.csv", "acled_2024.csv"}
    assert all("the server answered 400" in one for one in notes.values())
    assert all("Check user name and password" in one for one in notes.values())
    monkeypatch.setenv(acled_interface.PASSWORD, PASSWORD)
    server.status = 403
    load(study)
    assert all("answered 403" in one for one in failures(study).values())
    server.status = 0
    load(study)
    assert ask(study, "select count(*) from core.event") == [(4,)]
    assert not failures(study), "what came at last is no failure any more"
    # To the last event of the last year; the name of a file and the clock prove nothing.
    assert ask(study, "select complete_to::varchar from meta.coverage") == [("2024-01-05",)]


def test_without_an_account_yesterdays_events_stay(
    make_study: MakeStudy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(toml=toml(server.url))
    load(study)
    monkeypatch.delenv(acled_interface.PASSWORD)
    (action, *_) = plan.plan(study)
    assert (action.action, action.subject) == ("ask again", "acled")
    assert "environment variables ACLED_USERNAME and ACLED_PASSWORD" in action.reason
    assert "`detente refresh --offline`" in action.reason
    load(study)
    assert ask(study, "select count(*) from core.event") == [(4,)]


def test_a_restriction_of_the_account_ends_the_coverage_and_is_told(
    make_study: MakeStudy, server: Server
) -> None:
    server.sees_to = "2023-06-30"
    study = make_study(toml=toml(server.url))
    said: list[str] = []
    pipeline.refresh(study, request=UP_TO, announce=said.append)
    assert any("may see events up to 2023-06-30 alone" in one for one in said)
    # To the last event; the half year behind it and the next year are unknown, and no zeros.
    assert query(study, "select last_day::varchar from meta.coverage") == [("2023-06-05",)]
    assert query(study, "select max(period_start)::varchar from marts.dyad_month") == [
        ("2023-06-01",)
    ]


def test_an_account_that_sees_less_than_before_is_refused_at_the_door(
    make_study: MakeStudy, server: Server
) -> None:
    study = make_study(toml=toml(server.url))
    load(study)
    server.sees_to = "2023-12-31"
    load(study)
    notes = failures(study)
    assert set(notes) == {"acled_2024.csv"}
    assert (
        "The account may see events up to 2023-12-31 alone; nothing was replaced"
        in (notes["acled_2024.csv"])
    )
    assert ask(study, "select count(*) from core.event") == [(4,)]


def test_pages_that_repeat_are_no_endless_list(make_study: MakeStudy, server: Server) -> None:
    server.repeats = True
    study = make_study(toml=toml(server.url, "2024-01-01"))
    load(study)
    assert "got those of an earlier page" in failures(study)["acled_2024.csv"]


def test_a_password_is_not_sent_in_the_clear(server: Server) -> None:
    session = acled_interface.Session("http://acled.invalid/")
    with fetcher() as fetch, pytest.raises(DownloadError, match="not sent in the clear"):
        session.read(fetch, "api/acled/read", {})
    assert not server.grants


def test_a_year_that_changes_while_it_is_read_is_not_taken(
    make_study: MakeStudy, server: Server
) -> None:
    server.shifts = True
    study = make_study(toml=toml(server.url))
    load(study)
    assert "changed while it was read" in failures(study)["acled_2023.csv"]
    assert set(account(study)) == {"acled_2023.csv:unreachable", "acled_2024:loaded"}
    assert not list(study.downloads.rglob("*2023*")), "half a year has no name"


def test_a_mirror_folder_needs_no_account(
    make_study: MakeStudy, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    with fetcher() as fetch:
        acled_interface.write_year(
            acled_interface.Session(server.url), 2024, fetch, mirror / "acled_2024.csv"
        )
    monkeypatch.delenv(acled_interface.PASSWORD)
    study = make_study(toml=toml(mirror.as_uri() + "/", "2024-01-01"))
    load(study)
    assert ask(study, "select count(*) from core.event") == [(1,)]


def test_a_mirror_folder_may_hold_exports_beside_years(
    make_study: MakeStudy, server: Server, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "exports").mkdir(parents=True)
    with fetcher() as fetch:
        session = acled_interface.Session(server.url)
        acled_interface.write_year(session, 2024, fetch, mirror / "acled_2024.csv")
        acled_interface.write_year(
            session, 2023, fetch, mirror / "exports" / "2023-01-01-2023-12-31.csv"
        )
    study = make_study(toml=toml(mirror.as_uri() + "/", "2023-01-01"))
    load(study)
    assert set(account(study)) == {"2023-01-01-2023-12-31.csv:loaded", "acled_2024:loaded"}
