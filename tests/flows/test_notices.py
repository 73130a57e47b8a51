"""Notices through blocks that a real Prefect server holds, to a real service on loopback."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from detente.base.errors import CheckFailed
from detente.operations import notices as library
from detente.operations.notices import NoticeError
from detente.settings import Settings
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

pytestmark = [
    pytest.mark.flow,
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
    pytest.mark.usefixtures("prefect_server"),
]

TOKEN = "plantedtoken4d2e9c0b7a1f"
STUDY = study_table("2020-01-01", "JPN", "KOR") + NO_INFERENCE + "[notices]\n"


def save_webhook(url: str, name: str = "analysts") -> str:
    """Save a block whose secret stands in the address and in what it sends; return its name."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    CustomWebhookNotificationBlock(
        name="detente",
        url=f"{url}/hook/{{{{token}}}}",
        json_data={"title": "{{subject}}", "text": "{{body}}", "token": "{{token}}"},
        secrets={"token": TOKEN},
    ).save(name, overwrite=True)
    return f"custom-webhook/{name}"


def log_of(study: Settings) -> list[str]:
    paths = sorted((study.processed / "logs").glob("*.jsonl"))
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["message"] for line in lines]


@pytest.mark.full
def test_a_failing_night_and_a_large_move_reach_the_service_of_the_block(
    make_study: MakeStudy, line: Line, service: Any
) -> None:
    from flows.nightly import nightly_refresh

    toml = STUDY + f'prefect_block = "{save_webhook(service.url)}"\n'
    months = [line(f"m{n}", f"{2021 + n // 12}-{n % 12 + 1:02}-15") for n in range(0, 36, 2)]
    config = make_study(months, toml).home / "detente.toml"
    nightly_refresh(config)
    assert service.got == []

    study = make_study([line("m0", "2021-02-15"), *months[1:]], toml)
    nightly_refresh(config)
    ((path, moved),) = service.got
    assert path == f"/hook/{TOKEN}"
    assert moved["title"] == "[detente] Test: JPN-KOR 2021-01 moved by -4.7 and 1 more"
    assert "JPN-KOR 2021-01 (records): net score 4.7 to 0.0" in moved["text"]
    assert moved["token"] == TOKEN

    make_study({"meetings": b"spoiled"}, toml)
    with pytest.raises(CheckFailed, match="refused as a whole"):
        nightly_refresh(config)
    _, failed = service.got[1]
    assert failed["title"].startswith("[detente] Test: nightly run failed: Check failed: ")
    assert "records/meetings.csv" in failed["text"]
    assert f"Readers have the last good database: {study.database}" in failed["text"]
    assert len(service.got) == 2
    assert sum(one.startswith("Notice sent: ") for one in log_of(study)) == 2


def test_a_notice_that_is_not_delivered_hides_neither_the_failure_nor_shows_a_secret(
    make_study: MakeStudy,
    service: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    from flows.nightly import nightly_refresh

    caplog.set_level(logging.DEBUG)
    service.status = 500
    block = save_webhook(service.url, "refusing")
    study = make_study({"meetings": b"spoiled"}, STUDY + f'prefect_block = "{block}"\n')
    with pytest.raises(CheckFailed, match="refused as a whole"):
        nightly_refresh(study.home / "detente.toml")
    assert service.got, "the service was told"
    (error,) = [one for one in log_of(study) if "did not deliver" in one]
    assert "The Prefect block custom-webhook/refusing" in error
    assert "its service answered 500" in error
    # Prefect's own database holds the secret in cipher, and the run's logs and artifacts.
    database = Path(PREFECT_SERVER_DATABASE_CONNECTION_URL.value().split("///")[1])
    folders = (study.home, database.parent)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    kept = "".join(path.read_bytes().decode("latin-1") for path in files)
    assert "nightly refresh" in kept
    assert TOKEN not in caplog.text + "".join(capfd.readouterr()) + kept


def test_a_block_of_apprise_delivers_and_says_when_it_does_not(
    make_study: MakeStudy, service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from prefect.blocks.notifications import MattermostWebhook

    from flows import notices

    caplog.set_level(logging.DEBUG)
    MattermostWebhook(hostname="127.0.0.1", port=service.port, token=TOKEN).save("desk")
    study = make_study(toml=STUDY + 'prefect_block = "mattermost-webhook/desk"\n')
    notices.send(study.notices, library.of_test(study.study.name))
    ((path, got),) = service.got
    assert path == f"/hooks/{TOKEN}"
    assert "[detente] Test: test" in got["text"]
    assert "This is a test." in got["text"]
    service.status = 403
    with pytest.raises(NoticeError, match="mattermost-webhook/desk did not deliver") as error:
        notices.send(study.notices, library.of_test(study.study.name))
    assert TOKEN not in str(error.value) + caplog.text


def test_a_block_of_one_s_own_may_be_asynchronous(make_study: MakeStudy) -> None:
    from prefect.blocks.abstract import NotificationBlock

    from flows import notices

    told: list[str | None] = []

    class Pager(NotificationBlock):
        async def notify(self, body: str, subject: str | None = None) -> None:
            told.append(subject)

    Pager().save("night")
    study = make_study(toml=STUDY + 'prefect_block = "pager/night"\n')
    notices.send(study.notices, library.of_test(study.study.name))
    assert told == ["[detente] Test: test"]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("custom-webhook/nobody", "expected a block of the Prefect server, there is none"),
        ("no-such-kind/nobody", "expected a block of the Prefect server, there is none"),
        ("secret/word", "expected a block that sends notifications, got a Secret"),
    ],
)
def test_a_block_that_cannot_notify_is_named(make_study: MakeStudy, block: str, words: str) -> None:
    from prefect.blocks.system import Secret

    from flows import notices

    Secret(value=TOKEN).save("word", overwrite=True)
    study = make_study(toml=STUDY + f'prefect_block = "{block}"\n')
    with pytest.raises(NoticeError, match=words) as error:
        notices.send(study.notices, library.of_test(study.study.name))
    assert block in str(error.value)
    assert TOKEN not in str(error.value)


def test_the_command_sends_a_test_to_the_block(
    make_study: MakeStudy,
    service: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flows import notices

    study = make_study(toml=STUDY + f'prefect_block = "{save_webhook(service.url)}"\n')
    monkeypatch.chdir(study.home)
    assert notices.main() == 0
    assert capsys.readouterr().out == "sent to custom-webhook/analysts\n"
    assert service.got[0][1]["title"] == "[detente] Test: test"
    make_study(toml=STUDY, folder=Path(study.home))
    assert notices.main() == 1
    assert "Expected [notices] prefect_block" in capsys.readouterr().err
