"""The shell finds names, gives hints and cuts long tables; `--with` reads one CSV file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from detente.base.errors import QueryError, UsageError
from detente.cli import shell
from detente.cli.asking import _named_files
from detente.database import worker
from detente.database.answer import Answer
from detente.database.published import Published
from detente.database.sandbox import Sandbox
from detente.settings import Settings
from tests.support.command import detente_here


class Session:
    """A shell that is typed at by a list of lines, with all that it says and shows."""

    def __init__(self, study: Settings) -> None:
        self.said: list[str] = []
        self.shown: list[Answer] = []
        self.most: list[int | None] = []
        self.prompts: list[str] = []
        self.study = study

    def type(self, *lines: str) -> str:
        """Type lines and leave; return what was said."""
        waiting = iter(lines)

        def read_line(prompt: str) -> str:
            self.prompts.append(prompt)
            try:
                return next(waiting)
            except StopIteration:
                raise EOFError from None

        def show(answer: Answer, form: str, most: int | None) -> None:
            self.shown.append(answer)
            self.most.append(most)

        shell.Shell(
            open=lambda: Published(self.study.database),
            read_line=read_line,
            show=show,
            say=self.said.append,
        ).run()
        return "\n".join(self.said[1:])

    def names(self) -> list[str]:
        return [str(row[0]) for row in self.shown[-1].rows()]


@pytest.fixture
def session(one_visit: Settings) -> Iterator[Session]:
    yield Session(one_visit)


def test_tables_lists_the_curated_layer_first_and_no_machinery(session: Session) -> None:
    session.type(".tables")
    names = session.names()
    assert names.index("relation_month") < names.index("core.event")
    assert "marts.month_draw" not in names
    assert any(name.startswith("dyad_index(state_a, state_b") for name in names)


@pytest.mark.parametrize("pattern", ["relation", "RELATION", "relation_*", "%ation_m%"])
def test_tables_takes_a_pattern(session: Session, pattern: str) -> None:
    session.type(f".tables {pattern}")
    assert "relation_month" in session.names()
    assert "core.event" not in session.names()


def test_a_pattern_that_finds_nothing_suggests(session: Session) -> None:
    assert "Did you mean relation_month" in session.type(".tables relatoin_month")


def test_schema_takes_bare_names_and_macros(session: Session) -> None:
    said = session.type(
        ".schema event", ".schema granger", ".schema dyad_index", ".schema CORE.EVENT"
    )
    assert "occurrence_id" in [row[0] for row in session.shown[0].rows()]
    assert "n_obs" in [row[0] for row in session.shown[1].rows()]
    assert "main.dyad_index(state_a, state_b, of_freq" in said
    assert "goldstein" in [row[0] for row in session.shown[2].rows()]


def test_a_name_in_two_schemas_is_told(session: Session) -> None:
    assert "'scale' may be core.scale or meta.scale" in session.type(".schema scale")
    assert "Did you mean stats.granger?" in session.type(".schema grangr")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [(r"\d", ".schema NAME or .tables"), (r"\dt", ".tables"), (r"\q;", ".quit"), ("exit", ".quit"),
     (r"\zz", ".help")],
)  # fmt: skip
def test_commands_of_other_shells_are_hinted_at(session: Session, typed: str, hint: str) -> None:
    assert f"try `{hint}`" in session.type(typed)


def test_a_command_between_the_lines_of_a_statement(session: Session) -> None:
    session.type("select", ".tables launch", "7 as seven", ".5 as half", ";")
    assert session.shown[0].columns == ("name", "comment")
    session = Session(session.study)
    session.type("select 7 as seven,", ".tables launch", "  8 as eight;")
    assert session.shown[-1].columns == ("seven", "eight")
    assert shell.CONTINUED in session.prompts


def test_a_long_table_is_cut_and_says_so(session: Session) -> None:
    said = session.type("from range(500);", ".rows all", "from range(500);", ".rows 3", ".rows x")
    assert session.most == [200, None]
    assert said.count("`.rows all` shows every row") == 1
    assert "Expected a number of rows or `all`, got 'x'" in said
    assert session.shown[0].first(200).n_rows == 200
    assert list(session.shown[0].first(2).rows()) == [(0,), (1,)]


def test_names_of_macros_are_completed_and_suggested(session: Session) -> None:
    with Published(session.study.database) as database:
        complete = shell.Completer(shell.words(database))
    assert complete("dyad_i", 0) == "dyad_index"
    assert complete("relation_y", 0) == "relation_year"
    assert "Did you mean dyad_index?" in session.type("from dyad_indx('JPN', 'KOR');")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from relation_year where dyad = 'KOR-JPN';", "No row has 'KOR-JPN': .*'JPN-KOR'"),
        ("from relation_year where dyad = 'jpn-kor';", "No row has 'jpn-kor': .*'JPN-KOR'"),
        ("select count(*) from event where dyads like '%PRK-KOR%';", "'KOR-PRK'"),
        ("from meeting where parties = 'JPN;CHN;KOR';", "'CHN;JPN;KOR'"),
    ],
)
def test_states_in_an_order_that_no_row_has_are_told(
    session: Session, query: str, told: str
) -> None:
    assert re.search(told, session.type(query))


def test_what_only_looks_like_states_is_not_told(session: Session) -> None:
    said = session.type(
        "select 'top-men', 'JPN-KOR', 'one;two', 'JPN-XQX', 'CHN;JPN;KOR', 'KOR-JPN-CHN';"
    )
    assert "No row has" not in said


# -- a file beside the database ------------------------------------------------------------------


def test_a_file_of_ones_own_is_a_table_and_nothing_else_is_read(
    one_visit: Settings, tmp_path: Path
) -> None:
    own, other = tmp_path / "it's own.csv", tmp_path / "other.csv"
    own.write_text("iso3,code,gdp\nJPN,010,4.2\nKOR,020,1.7\n", encoding="utf-8")
    other.write_text("secret\n1\n", encoding="utf-8")
    with Sandbox(one_visit.database, beside={"gdp": own}) as door:
        answer = door.ask(
            "select iso3, code, gdp, n_acts from gdp join direction_year on actor = iso3 "
            "where year = 2020 and target in ('JPN', 'KOR') order by iso3"
        )
        assert list(answer.rows()) == [("JPN", "010", 4.2, 1), ("KOR", "020", 1.7, 1)]
        for path in (own, other):
            with pytest.raises(QueryError):
                door.ask("from '" + str(path).replace("'", "''") + "'")
        with pytest.raises(QueryError):
            door.ask("insert into gdp values ('PRK', '030', 1)")


def test_a_file_that_cannot_stand_beside_is_refused(one_visit: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("a,b\n1,2\n", encoding="utf-8")
    with (
        Sandbox(one_visit.database, beside={"event": own}) as door,
        pytest.raises(UsageError, match="has a view of that name"),
    ):
        door.ask("select 1")
    with (
        Sandbox(one_visit.database, beside={"one": one_visit.database}) as door,
        pytest.raises(UsageError, match="cannot be read as CSV"),
    ):
        door.ask("select 1")


def test_a_file_is_read_by_its_name_alone(tmp_path: Path) -> None:
    """A name that is a pattern means that file, and no other that the pattern fits."""
    (tmp_path / "other.csv").write_text("a\nsecret\n", encoding="utf-8")
    for name in ("*.csv", "[ab].csv", "?ther.csv"):
        (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
        with duckdb.connect() as con:
            worker.read_beside(con, "own", str(tmp_path / name))
            assert con.execute("from own").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n1,2,3\n4\n", "as many values in every line"),
        ("a;b\n1;2\n1;2;3;4\n", "as many values in every line"),
    ],
)
def test_what_is_no_table_is_not_made_one(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")
    with duckdb.connect() as con, pytest.raises(UsageError, match=words):
        worker.read_beside(con, "own", str(path))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["gdp"], "Expected --with NAME=FILE"),
        (["1x=a.csv"], "Expected --with NAME=FILE"),
        (["gdp=/no/such.csv"], "there is no file"),
    ],
)
def test_a_wrong_option_is_refused(given: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        _named_files(given)


def test_two_files_need_two_names(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.touch()
    assert _named_files([f"A={own}"]) == {"a": own.resolve()}
    with pytest.raises(UsageError, match="is given twice"):
        _named_files([f"a={own}", f"A={own}"])


def test_a_named_query_without_an_answer_says_what_it_asks(one_visit: Settings) -> None:
    said = Session(one_visit).type(".run largest_revisions", ".run scales")
    assert "largest_revisions found nothing. It asks: Which months moved most" in said
    assert "records, covers" in said
    assert "scales found nothing" not in said
    done = detente_here(one_visit.home, "sql", "largest_revisions", "--csv")
    assert done.returncode == 0
    assert "found nothing. It asks: Which months moved most" in done.stderr
    assert "found nothing" not in detente_here(one_visit.home, "sql", "select 1 where false").stderr
