"""What an operator sees of the nights: mails from a real server, the log, the status page."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from detente.base.errors import Busy, CheckFailed, SettingsError
from detente.cli import operating
from detente.database.builder import Warehouse
from detente.operations import logs, notices, status, unattended
from detente.operations.notices import NoticeError
from detente.refresh import pipeline, publish, runs, steps
from detente.refresh.job import Result
from detente.settings import Settings
from tests.support.command import detente
from tests.support.loopback import free_port
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

USER, PASSWORD = "watch", "planted-key-7f3a"
STUDY = study_table("2020-01-01", "JPN", "KOR") + NO_INFERENCE


@dataclass
class MailServer:
    """A mail server on loopback that demands TLS, a user and a password, and keeps what it gets."""

    port: int
    certificate: Path
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.recipients.append(envelope.rcpt_tos)
        self.was_encrypted.append(session.ssl is not None)
        return "250 kept"

    @property
    def section(self) -> str:
        return (
            f'[notices]\nhost = "127.0.0.1"\nport = {self.port}\nuser = "{USER}"\n'
            'from = "detente@example.org"\nto = ["desk@example.org", "night@example.org"]\n'
        )


@pytest.fixture
def mail_server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    import ssl

    kept = MailServer(free_port(), certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept.certificate)

    def let_in(_server: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    server = Controller(
        kept,
        hostname="127.0.0.1",
        port=kept.port,
        tls_context=context,
        require_starttls=True,
        authenticator=let_in,
        auth_required=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(kept.certificate))
    monkeypatch.setenv(notices.PASSWORD, PASSWORD)
    server.start()
    try:
        yield kept
    finally:
        server.stop()


def months(line: Line, n: int) -> list[str]:
    """A visit in every second month from January 2021 on, so that months differ."""
    return [line(f"m{n}", f"{2021 + n // 12}-{n % 12 + 1:02}-15") for n in range(0, n, 2)]


def refresh(study: Settings) -> Result:
    with unattended.watched(study) as tell:
        result = pipeline.refresh(study)
        tell(result)
    return result


def log_of(study: Settings) -> list[dict[str, Any]]:
    text = logs.path(study.processed).read_text(encoding="utf-8")
    return [json.loads(one) for one in text.splitlines()]


def test_a_failure_is_told_by_mail_with_the_rows_and_the_way_out(
    make_study: MakeStudy, line: Line, mail_server: MailServer
) -> None:
    study = make_study([line("a", "2023-03-16")], STUDY + mail_server.section)
    refresh(study)
    assert mail_server.mails == []
    make_study({"meetings": b"spoiled"}, STUDY + mail_server.section)
    with pytest.raises(CheckFailed):
        refresh(study)
    (mail,) = mail_server.mails
    assert mail_server.was_encrypted == [True]
    assert mail_server.recipients == [["desk@example.org", "night@example.org"]]
    assert mail["From"] == "detente@example.org"
    assert mail["Subject"].startswith("[detente] Test: refresh failed: Check failed: ")
    text = mail.get_content()
    assert "no raw file is refused as a whole" in text
    assert "records/meetings.csv" in text
    assert f"Readers have the last good database: {study.database}" in text
    assert "detente doctor" in text

    # A run that never lets go of the lock would else stop every night unnoticed.
    with publish.only_writer(study.processed), pytest.raises(Busy):
        refresh(study)
    assert "Another run is building" in mail_server.mails[1]["Subject"]
    mail_server.mails.pop()

    # The log and the page tell of it as well; the password stands nowhere.
    entries = log_of(study)
    steps = [one for one in entries if one.get("step") == "check"]
    assert [one["level"] for one in steps] == ["info", "error"]
    assert all(one["seconds"] >= 0 and one["run_id"] for one in steps)
    sent = [one["message"] for one in entries if one["message"].startswith("Notice sent")]
    assert sent[0].startswith("Notice sent: [detente] Test: refresh failed: Check failed")
    page = (study.reports / status.NAME).read_text(encoding="utf-8")
    assert "The last run failed" in page
    assert "no raw file is refused as a whole" in page
    for path in study.home.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.full
def test_a_large_move_is_told_by_mail_and_a_small_one_is_not(
    make_study: MakeStudy, line: Line, mail_server: MailServer
) -> None:
    toml = STUDY + mail_server.section
    records = months(line, 36)
    assert refresh(make_study(records, toml)).changes == ()
    # The visit of January 2021 was in February, and there was a half of one in 2024.
    records[0] = line("m0", "2021-02-15")
    records.append(line("small", "2024-01-20", code="042", reverse=""))
    changes = refresh(make_study(records, toml)).changes
    # 72 complete months, 18 of them with 4.7 points and the rest with none.
    net = [4.7] * 18 + [0.0] * 54
    found = {one.period_start: one for one in changes}
    assert {day: (one.net_before, one.net) for day, one in found.items()} == {
        datetime.date(2021, 1, 1): (4.7, 0.0),
        datetime.date(2021, 2, 1): (0.0, 4.7),
        datetime.date(2024, 1, 1): (0.0, 1.9),
    }
    assert found[datetime.date(2024, 1, 1)].change_in_sd == pytest.approx(1.9 / stdev(net))
    assert mail_server.mails[0]["Subject"] == (
        "[detente] Test: JPN-KOR 2021-01 moved by -4.7 and 1 more"
    )
    records.append(line("tiny", "2024-03-20", code="042", reverse=""))
    refresh(make_study(records, toml))
    assert len(mail_server.mails) == 1
    records += [line(f"s{n}", "2024-05-20", code="163", reverse="") for n in range(2)]
    refresh(make_study(records, toml))
    mail = mail_server.mails[1]
    assert mail["Subject"] == "[detente] Test: JPN-KOR 2024-05 moved by -16.0"
    for form in ("plain", "html"):
        content = mail.get_body((form,)).get_content()
        assert "JPN-KOR 2024-05 (records): net score 0.0 to -16.0 (-16.0" in content
        assert "0 to 2 acts" in content
        assert "Japan – South Korea" in content  # of the summary


def test_a_mail_server_that_is_down_or_refuses_changes_nothing_else(
    make_study: MakeStudy, line: Line, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study({"meetings": b"spoiled"}, STUDY + mail_server.section)
    monkeypatch.setenv(notices.PASSWORD, "wrong")
    with pytest.raises(CheckFailed):
        refresh(study)
    assert "it refused user and password (535)" in log_of(study)[-2]["message"]
    assert runs.history(study.processed)[-1].outcome == runs.FAILED
    test = notices.Notice("subject", "text")
    monkeypatch.delenv(notices.PASSWORD)
    with pytest.raises(NoticeError, match=notices.PASSWORD):
        notices.send(study.notices, test)
    nobody = make_study(
        toml=STUDY + mail_server.section.replace(str(mail_server.port), str(free_port()))
    )
    with pytest.raises(NoticeError, match="ConnectionRefusedError"):
        notices.send(nobody.notices, test)
    # A server whose certificate nobody vouches for gets neither the password nor the notice.
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(notices.PASSWORD, PASSWORD)
    with pytest.raises(NoticeError, match="CERTIFICATE_VERIFY_FAILED"):
        notices.send(study.notices, test)
    assert mail_server.mails == []


def test_a_block_of_prefect_is_left_to_the_flows_and_said_where_nobody_else_is_told(
    make_study: MakeStudy, line: Line, mail_server: MailServer
) -> None:
    block = 'prefect_block = "slack-webhook/analysts"\n'
    study = make_study({"meetings": b"spoiled"}, STUDY + mail_server.section + block)
    with pytest.raises(CheckFailed):
        refresh(study)
    assert len(mail_server.mails) == 1
    assert not [one for one in log_of(study) if "slack-webhook" in one["message"]]
    alone = make_study({"meetings": b"spoiled"}, STUDY + "[notices]\n" + block)
    with pytest.raises(CheckFailed):
        refresh(alone)
    errors = [one["message"] for one in log_of(study) if one["level"] == "error"]
    assert "The Prefect block slack-webhook/analysts is reached by flows alone" in errors[-1]


def test_one_way_that_is_closed_leaves_the_other_open(
    make_study: MakeStudy, mail_server: MailServer
) -> None:
    given: list[notices.Notice] = []
    toml = STUDY + mail_server.section + 'prefect_block = "pager/night"\n'
    study = make_study(toml=toml.replace(str(mail_server.port), str(free_port())))
    with pytest.raises(ZeroDivisionError), unattended.watched(study, "work", to_block(given)):
        1 / 0  # noqa: B018
    assert given[0].subject == "[detente] Test: work failed: division by zero"
    assert mail_server.mails == []


def to_block(given: list[notices.Notice]) -> unattended.Send:
    return lambda _study, notice: given.append(notice)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('prefect_block = "https://hooks.example.org/secret"', "notices.prefect_block"),
        ('prefect_block = "analysts"', "notices.prefect_block"),
        ('host = "mail.example.org"', "needs `from` and `to`"),
        ('host = "mail.example.org"\nfrom = "a@b.c"\nto = ["nobody"]', "notices.to"),
        (
            'host = "mail.example.org"\nfrom = "a@b.c"\nto = ["a@b.c"]\nuser = "u"\n'
            "starttls = false",
            "not sent in clear",
        ),
        ('password = "secret"', "unknown key `notices.password`. Allowed here: from, host"),
    ],
)
def test_notices_that_cannot_be_meant_are_refused(
    make_study: MakeStudy, section: str, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        make_study(toml=STUDY + f"[notices]\n{section}\n")


def test_the_command_line_logs_json_when_asked_and_sends_a_test(
    make_study: MakeStudy, line: Line, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study([line("a", "2023-03-16")], STUDY + mail_server.section)
    done = detente(study.home, "refresh", environment={"DETENTE_LOG": "json"})
    assert done.returncode == 0, done.stderr
    entries = [json.loads(one) for one in done.stderr.splitlines()]
    assert [one["step"] for one in entries if "step" in one] == [one.name for one in steps.STEPS]
    assert len({one["run_id"] for one in entries}) == 1
    operating.notice_command(study.home / "detente.toml")
    operating.status_command(study.home / "detente.toml")
    assert capsys.readouterr().out.splitlines() == [
        "sent to desk@example.org, night@example.org",
        str(study.reports / status.NAME),
    ]
    assert mail_server.mails[0]["Subject"] == "[detente] Test: test"


def test_runs_of_one_second_keep_their_order(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2023-03-16")], STUDY)
    begun = [runs.begin(study.home, runs.now().date(), "") for _ in range(20)]
    for one in reversed(begun):
        one.finish(runs.FAILED)
        runs.save(one, study.processed)
    assert [one.run_id for one in runs.history(study.processed)] == [one.run_id for one in begun]


def test_the_status_page_shows_the_last_thirty_runs_and_how_late_a_source_is(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study([line("a", "2023-03-16", title="<b>A visit</b>")], STUDY)
    assert status.look(study).sentence == "No run has been made yet."
    pipeline.refresh(study)
    first = runs.history(study.processed)[0]
    for number in range(35):
        first.run_id = f"20200101T0000{number:02}Z-000000"
        first.started_at = datetime.datetime(2020, 1, 1, 0, 0, number)
        first.finish(runs.FAILED, "DownloadError: <no answer>")
        runs.save(first, study.processed)
    seen = status.look(study)
    assert len(seen.runs) == status.RUNS_SHOWN
    assert seen.runs[0].outcome == runs.PUBLISHED
    (source,) = seen.sources
    assert source.newest_day == datetime.date(2023, 3, 16)
    assert source.lag_days == (runs.now().date() - source.newest_day).days
    assert not source.is_late
    page = status.write(study).read_text(encoding="utf-8")
    assert page.count("DownloadError: &lt;no answer&gt;") == status.RUNS_SHOWN - 1

    # Two files of a feed with three days between them, and one that could not be fetched.
    day = datetime.date(2023, 3, 1)
    with Warehouse(study.database) as published:
        columns = [row[0] for row in published.rows("describe meta.raw_file")]
        given = {"source": "gdelt1", "status": "loaded", "path": "", "loaded_at": runs.now()}
        for name, start in (("a", day), ("b", day + datetime.timedelta(days=4))):
            row = {**given, "raw_file_id": f"gdelt1/{name}", "covers_from": start}
            row |= {"covers_to": start} | {n: 0 for n in columns if n.startswith("n_")}
            published.insert("meta.raw_file", list(row), [list(row.values())])
        published.build("meta.coverage_gap")
        published.insert(
            "meta.state_gap",
            ["source", "iso3", "first_day", "last_day", "reason"],
            [("gdelt1", "KOR", day, day, "no <event> in the state")],
        )
        published.execute(
            "insert into meta.missing_file by name select 'gdelt1/c' as raw_file_id, 'gdelt1' as "
            "source, 'c' as name, 'bad_md5' as status, 'expected <x>' as reason, 3 as attempts, "
            "timestamp '2023-03-09 01:02:03' as last_tried_at, date '2023-03-08' as covers_from"
        )
    seen = status.look(study)
    assert [(one.first_day.day, one.last_day.day) for one in seen.gaps] == [(2, 4)]
    assert [(one.raw_file_id, one.attempts) for one in seen.failed] == [("gdelt1/c", 3)]
    page = status.write(study).read_text(encoding="utf-8")
    assert "gdelt1: 2023-03-02 to 2023-03-04" in page
    assert "expected &lt;x&gt;" in page
    assert (
        "gdelt1: 1 of 1 pairs; the longest span is 2023-03-01 of KOR "
        "(no &lt;event&gt; in the state)"
    ) in page
    study.database.write_bytes(b"damaged")
    assert "delete it" in (status.look(study).problem or "")
