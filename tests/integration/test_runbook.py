"""docs/runbook.md: the commands that it names exist, and a broken morning goes as it says."""

from __future__ import annotations

import configparser
import re
import shlex
import sys
import tomllib

import pytest
import typer

from detente import settings
from detente.cli import commands as command_line
from detente.cli import main
from detente.settings import Settings
from tests.support.studies import ROOT, Line, MakeStudy

PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]


def problem(command: str) -> str | None:
    """Say what the command line does not know of a command; None if it knows all of it."""
    words = shlex.split(command)
    found = typer.main.get_command(command_line.app)
    while known := getattr(found, "commands", None):  # a group, as `detente source`
        if not words:
            return None
        if words[0] not in known:
            return f"no command {words[0]}"
        found = known[words.pop(0)]
    options = {name for one in found.params for name in one.opts + one.secondary_opts}
    unknown = [word for word in words if word.startswith("--") and word not in options]
    return f"no option {unknown[0]}" if unknown else None


def commands(text: str) -> list[str]:
    """Find the commands in code: between backticks, or lines of blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    pieces = [line for block in blocks for line in block.splitlines()]
    pieces += re.findall(r"`([^`\n]+)`", rest)
    found = []
    for piece in pieces:
        for part in re.split(r"&&|;|\||<", re.sub(r"\s+#.*", "", piece)):
            match = re.search(r"(?:^|[\s=/])detente ([a-z].*)", part.strip())
            if match and part.count('"') % 2 == 0 and part.count("'") % 2 == 0:
                found.append(match[1].strip())
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_documents_exists(page: str) -> None:
    found = commands((ROOT / page).read_text(encoding="utf-8"))
    wrong = {one: why for one in found if (why := problem(one))}
    assert wrong == {}
    if page == "docs/runbook.md":
        assert len(set(found)) >= 12


def test_what_starts_the_nights_calls_commands_that_exist() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "packaging" / "systemd" / "detente.service")
    text = (ROOT / "packaging" / "systemd" / "detente.service").read_text(encoding="utf-8")
    starts = re.findall(r"^ExecStart=\S+/bin/detente (.+)$", text, flags=re.M)
    assert starts == ["refresh --wait 3600", "report"]
    cron = (ROOT / "packaging" / "detente.cron").read_text(encoding="utf-8")
    assert [problem(one) for one in (*starts, *re.findall(r"bin/detente ([^&\n]+)", cron))] == (
        [None] * 4
    )
    assert unit["Service"]["ReadWritePaths"] == unit["Service"]["WorkingDirectory"]


def test_the_limits_that_the_runbook_names_are_settings() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    table = text[text.index("## Checks that compare") : text.index("## Where to look")]
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", table))
    checks = {path.stem for path in (ROOT / "sql" / "checks").glob("*.sql")}
    assert named - checks <= set(settings.Checks.model_fields)
    assert tomllib.loads((ROOT / "detente.toml").read_text(encoding="utf-8"))["checks"]


@pytest.mark.full
def test_a_broken_morning_step_by_step(
    visited: Settings,
    make_study: MakeStudy,
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(visited.home)

    def detente(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["detente", *arguments])
        with pytest.raises(SystemExit) as end:
            main.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out + said.err

    # In the night somebody spoils the file of records, and a line of another one.
    make_study({"meetings": b"spoiled", "other": [line("b", "2023-13-01")]})
    code, said = detente("refresh")
    assert (code, "no raw file is refused as a whole" in said) == (1, True)

    code, said = detente("doctor")
    assert code == 1
    assert "last run" in said
    assert "remedy:" in said
    assert detente("check")[0] == 0
    code, said = detente("sql", "select count(*) as n from core.record", "--csv")
    assert (code, said.split()[-1]) == (0, "1")
    code, said = detente("plan", "--offline")
    assert "records/meetings.csv" in said

    make_study({"meetings": [line("a", "2020-01-31")], "other": [line("b", "2023-13-01")]})
    assert detente("refresh")[0] == 0
    code, said = detente("doctor")
    assert (code, "other.csv:2" in said) == (1, True)
    make_study({"other": [line("b", "2023-12-01")]})
    assert detente("refresh")[0] == 0
    assert detente("doctor")[0] == 0
