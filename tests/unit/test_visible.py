"""Control characters and formulas: shown, refused with their place, or taken as text."""

from __future__ import annotations

import csv
import io
import json
import logging
from functools import partial
from pathlib import Path

import pytest
from rich.markup import escape

from detente.base.control_characters import control_character, drawable, no_formula, plain_text
from detente.cli import terminal
from detente.cli.bars import Bars
from detente.cli.choices import Format
from detente.cli.main import main
from detente.cli.output import print_answer
from detente.cli.terminal import PlainConsole
from detente.database.answer import Answer
from detente.database.export import _plain
from detente.operations import logs
from detente.report import run
from detente.report.pages.bundle import Column, table


def test_a_terminal_gets_no_control_character() -> None:
    text = plain_text("a\x1b[31mred\x07\x9b\u202e\nb\x7f")
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "red" in text
    assert plain_text("Café 京都") == "Café 京都"


HOSTILE = "a\x1b]0;owned\x07\x1b[31m\x9b2J\x7fz"


def test_whatever_a_command_prints_holds_no_control_character() -> None:
    stream = io.StringIO()
    console = PlainConsole(file=stream, width=200)
    console.print(HOSTILE, markup=False)
    console.print(f"[bold]{escape(HOSTILE)}[/bold]")
    terminal.show(Answer.of_rows([HOSTILE], [[HOSTILE]]), console)
    assert stream.getvalue().count("owned") == 4
    assert all(one.isprintable() or one == "\n" for one in stream.getvalue())


@pytest.mark.parametrize("form", [Format.csv, Format.json])
def test_a_terminal_is_shown_csv_and_json_without_control_characters(
    form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer.of_rows(["title"], [[HOSTILE]])
    for is_terminal in (True, False):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda told=is_terminal: told)
        monkeypatch.setattr("sys.stdout", stream)
        print_answer(answer, form)
        assert "owned" in stream.getvalue()
        assert ("\x7f" in stream.getvalue()) is not is_terminal


def test_a_warning_on_standard_error_holds_no_control_character() -> None:
    record = logging.makeLogRecord({"msg": "the provider says %s", "args": (HOSTILE,)})
    text = logs._Text("%(message)s").format(record)
    assert "owned" in text
    assert text.isprintable()


def test_a_log_for_a_collector_holds_no_control_character_and_loses_none() -> None:
    # Not of the factory, which flows replace once they are imported.
    record = logging.LogRecord("x", logging.INFO, "", 1, HOSTILE.replace("\x7f", ""), None, None)
    line = logs.JsonLines().format(record)
    assert line.isprintable()
    assert json.loads(line)["message"] == HOSTILE.replace("\x7f", "")


def test_every_record_of_a_flow_is_plain_whoever_formats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_API_KEY", "planted-secret")
    stream = io.StringIO()
    before = logging.getLogRecordFactory()
    logger = logging.getLogger("someone.else")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        logs.made_plain()
        logger.error("the provider says %s", HOSTILE + "planted-secret")
        try:
            raise ValueError(HOSTILE + "planted-secret")
        except ValueError:
            logger.exception("it failed")
    finally:
        logging.setLogRecordFactory(before)
        logger.removeHandler(handler)
    text = stream.getvalue()
    assert text.count("owned") == 2
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "planted-secret" not in text


def test_a_bar_draws_its_title_as_it_is() -> None:
    stream = io.StringIO()
    console = PlainConsole(file=stream, force_terminal=True, width=200, color_system=None)
    bars = Bars(console)
    assert list(bars.track([1], f"[red]{HOSTILE}\u202e", 1)) == [1]
    with bars.meters() as meters:
        meters.meter(f"[red]{HOSTILE}\u202e", 1, None).advance(1)
    text = stream.getvalue()
    assert text.count("[red]a\u241b") >= 2
    assert not set("\x07\x9b\x7f\u202e") & set(text)
    assert "\x1b]0;" not in text


def test_what_was_typed_wrongly_is_said_without_turning_the_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["detente", "sql", "select 1", "--csv", HOSTILE + "\u202e"])
    with pytest.raises(SystemExit):
        main()
    text = capsys.readouterr().err
    assert "owned" in text
    assert all(one.isprintable() or one == "\n" for one in text)


def test_the_place_of_a_control_character_is_told() -> None:
    assert control_character("a visit\x1b") == 8
    assert control_character("a visit in 京都, twice") is None


def test_a_drawing_holds_no_character_that_xml_lacks() -> None:
    assert drawable("a\x1bb\tc\n") == "a\ufffdb\tc\n"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_a_formula_in_a_bundle_is_text(value: str) -> None:
    made = table("x.csv", "x", [Column("title", "string"), Column("n", "number")], [[value, -1.5]])
    (_, row) = csv.reader(io.StringIO(made.content.decode()))
    assert row == [f"'{value}", "-1.5"]
    assert no_formula("a = b") == "a = b"
    assert _plain([value, -1.5, None, True]) == [f"'{value}", -1.5, None, "true"]


def _draws(folder: Path, name: str) -> list[Path]:
    if name == "bad":
        raise ValueError("a title of it cannot be drawn\nmore")
    path = folder / f"{name}.html"
    path.write_text(name)
    return [path]


def test_a_page_that_cannot_be_drawn_keeps_no_other_back(tmp_path: Path) -> None:
    drawn = [run._do(partial(_draws, name=name), tmp_path) for name in ("one", "bad", "other")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "other.html"]
    assert [one.problem for one in drawn if one.problem] == [
        "bad: ValueError: a title of it cannot be drawn"
    ]
    with pytest.raises(Exception, match="1 pages could not be drawn"):
        run._demand_all([drawn[1].problem], tmp_path)


def test_an_answer_keeps_what_a_person_wrote() -> None:
    answer = Answer.of_rows(("a",), [("=1+1",)])
    assert list(answer.rows()) == [("=1+1",)]
