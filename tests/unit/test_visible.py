"""Control characters and formulas: shown, refused with their place, or taken as text."""

from __future__ import annotations

import csv
import io
import logging
from functools import partial
from pathlib import Path

import pytest
from rich.markup import escape

from detente.base.visible import control_character, drawable, no_formula, plain_text
from detente.cli import terminal
from detente.cli.choices import Format
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
