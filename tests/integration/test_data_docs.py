"""docs/data.md, docs/data and docs/methods.md say what the database and the code do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detente.base.errors import QueryError
from detente.database import curated, dictionary
from detente.database.published import Published
from detente.database.sql_files import declared_keys, sql_files
from detente.indices import intervals, reading
from detente.records import sidecar, views
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.some import some
from tests.support.studies import Line, MakeStudy, sidecar_text


def test_the_data_dictionary_is_that_of_the_database(root: Path, one_visit: Settings) -> None:
    folder = root / "docs" / "data"
    with Published(one_visit.database) as database:
        pages = dictionary.render(database)
    assert {path.name for path in folder.iterdir()} == set(pages)
    for name, text in pages.items():
        assert (folder / name).read_text(encoding="utf-8") == text, (
            f"docs/data/{name} is not that of this code: run "
            "`python -m detente.database.dictionary docs/data`"
        )


def test_the_first_page_names_every_view_and_macro(root: Path, one_visit: Settings) -> None:
    page = (root / "docs" / "data.md").read_text(encoding="utf-8")
    names = [view.name for view in curated.views()]
    names += [file.name for file in sql_files() if file.is_macro and file.layer == "main"]
    assert [name for name in names if f"`{name}`" not in page and f"{name}(" not in page] == []
    for link in re.findall(r"\]\(([\w./]+\.md)\)", page):
        assert (root / "docs" / link).is_file()
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    statements = [one for query in queries for one in query.split(";") if one.strip()]
    assert len(statements) >= 5
    with Published(one_visit.database) as database:
        for statement in statements:
            assert len(database.query(statement).columns) >= 1


def test_every_example_of_the_dictionary_runs(root: Path, one_visit: Settings) -> None:
    pages = [path.read_text(encoding="utf-8") for path in (root / "docs" / "data").glob("*.md")]
    examples = [one for page in pages for one in re.findall(r"```sql\n(.*?)```", page, re.DOTALL)]
    with Published(one_visit.database) as database:
        for example in some(examples):
            assert len(database.query(example).columns) >= 1, example


def test_declared_keys_tell_rows_apart(one_visit: Settings) -> None:
    with Published(one_visit.database) as database:
        for table, key in some(declared_keys().items()):
            names = ", ".join(key)
            double = database.rows(f"select {names} from {table} group by all having count(*) > 1")
            assert double == [], table


def test_sidecar_tables_of_the_first_page_are_read(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "data.md").read_text(encoding="utf-8")
    tables = "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))
    columns = ["number", "place", "result", "format", "setting", "who", "around", "name", "stage"]
    rest = '[categories]\ntest_flight = "a"\nother = "b"\n' + "".join(
        f'[columns.{name}]\ntype = "text"\ndescription = "d"\n'
        for name in ("class", "goods", "flew_over_japan", *columns)
    )
    path = tmp_path / "flights.toml"
    path.write_text(sidecar_text("1998-01-01", "2025-12-31", rest + tables), encoding="utf-8")
    found = sidecar.read(path)
    assert set(found.views.named()) == set(views.COLUMNS)
    assert found.rule is not None
    assert found.rule.states({"class": "short_range", "flew_over_japan": "true"}) == ("JPN", "KOR")


def test_every_table_column_and_macro_has_a_comment(one_visit: Settings) -> None:
    with Published(one_visit.database) as database:
        bare = database.rows(
            "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() "
            "where not internal and comment is null union all "
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where not internal and comment is null union all "
            "select schema_name || '.' || view_name from duckdb_views() "
            "where not internal and comment is null union all "
            "select schema_name || '.' || function_name from duckdb_functions() "
            "where not internal and function_type in ('macro', 'table_macro') and comment is null"
        )
    assert bare == []


def test_the_macros_are_at_hand_in_the_published_file(one_visit: Settings) -> None:
    with Published(one_visit.database) as database:
        months = database.query("from dyad_index('JPN', 'KOR', 'month')")
        stored = reading.series(database, "JPN", "KOR")
        days = database.query("from events_between('kor', 'jpn', date '2020-01-31')")
        none = database.query("from events_between('KOR', 'JPN', date '2020-02-01')")
        by_name = database.query("from dyad_index('south korea', 'Japan')")
        every = database.query("select net_so_far from all_dyads('month') where dyad = 'JPN-KOR'")
        other = database.query(
            "select sum(net) as net from dyad_index('JPN', 'KOR', 'year', of_scale := 'quad_class')"
        )
        codes = database.rows("select iso3('turkiye'), iso3('Türkiye'), iso3('COTE D''IVOIRE')")
    assert codes == [("TUR", "TUR", "CIV")]
    assert list(months["net_so_far"]) == list(stored["net"])
    assert list(months["stock"]) == list(stored["stock"].round(4))
    assert list(by_name["net_so_far"]) == list(stored["net"]) == list(every["net_so_far"])
    for frame in (months, by_name):
        assert list(frame["net"].isna()) == list(~stored["is_complete"])
    assert len(days) == 1, "a visit is two acts and one event"
    assert len(none) == 0
    assert other["net"].iloc[0] == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("dyad_index('JPN', 'KOR', 'decade')", "expected day, week, month, quarter or year"),
        ("dyad_index('JPN', 'JAP', 'year')", r"code or name, got JAP; nearest: Japan \(JPN\)"),
        (
            "dyad_index('JPN', 'Korea Sud')",
            r"a state of core\.actor by code or name, got Korea Sud",
        ),
        ("dyad_index('JPN', 'japan')", "expected two states, got JPN twice"),
        ("all_dyads('decade')", "expected day, week, month, quarter or year, got decade"),
        ("all_dyads('year', 'nope')", r"expected a scale of core\.scale, got nope"),
        ("all_dyads('year', of_source := 'nope')", r"a source of meta\.coverage, got nope"),
        ("dyad_index('JPN', 'KOR', 'year', of_direction := 'both')", "undirected or directed"),
        ("dyad_index('JPN', 'KOR', 'year', of_counting := 'once')", "all or one_a_day"),
        ("dyad_index('JPN', 'KOR', 'year', of_officials := 'none')", "all or official"),
        ("dyad_index('JPN', 'KOR', 'year', of_weighting := 'log')", "none or log_mentions"),
        ("dyad_index('JPN', 'KOR', 'year', of_scale := 'nope')", r"a scale of core\.scale"),
        ("dyad_index('JPN', 'KOR', 'year', of_source := 'nope')", r"a source of meta\.coverage"),
        ("events_between('JPN', 'JAP')", "code or name, got JAP; nearest: Japan"),
    ],
)
def test_a_macro_refuses_a_word_that_it_does_not_know(
    one_visit: Settings, query: str, words: str
) -> None:
    with Published(one_visit.database) as database, pytest.raises(QueryError, match=words):
        database.query(f"from {query}")


def test_every_mart_and_table_of_stats_is_in_the_methods(root: Path) -> None:
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    columns = re.findall(r"`(\w+)`", page)
    with_formula = {
        "n_events", "n_cooperation", "n_conflict", "n_unvalued", "weight", "cooperation",
        "conflict", "net", "mean_goldstein", "relative_net", "net_per_1k", "stock", "score",
        "net_z", "net_percentile", "as_bad_before", "as_good_before", "is_zero_filled",
        "interval_rule",
    }  # fmt: skip
    assert with_formula <= set(columns)
    for file in sql_files():
        if file.table in ("stats.revision", "stats.consensus_index", "stats.source_agreement"):
            assert f"`{file.table}`" in page
    assert f"fewer than {intervals.FEWEST}" in page
    assert f"{intervals.FEWEST} to {intervals.ENOUGH - 1}" in page
    assert f"{intervals.REPLICATES} replicates" in page


def _tables(page: str, title: str) -> list[list[list[str]]]:
    section = page.split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]
    blocks = re.findall(r"((?:^\|.*\n)+)", section, flags=re.M)
    return [
        [[cell.strip() for cell in row.strip("|").split("|")] for row in block.splitlines()[2:]]
        for block in blocks
    ]


def test_the_worked_example_is_what_the_database_computes(
    root: Path, make_study: MakeStudy, line: Line
) -> None:
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    acts, wanted = _tables(page, "Worked example")
    assert len(acts) == 4
    assert len(wanted) == 12
    study = make_study(
        [
            line(f"act-{number}", day, actor1, actor2, code, "", title=f"Act {number}")
            for number, (day, actor1, actor2, code, _) in enumerate(acts)
        ],
        sidecar=(
            'title = "Acts"\ncovers = "the example"\nleaves_out = "nothing"\nproducer = "docs"\n'
            'licence = "CC0"\nchecked = 2026-01-01\ncovers_from = 2020-01-01\n'
            'covers_to = 2020-03-31\n[categories]\nsummit = "an act"\n'
        ),
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        values = dict(database.rows("select cameo_code, goldstein from core.cameo"))
        assert [float(act[4]) for act in acts] == [values[act[3]] for act in acts]
        for period, counting, column, value in wanted:
            freq, start = period.split()
            frame = reading.series(database, "JPN", "KOR", freq, counting=counting)  # type: ignore[arg-type]
            row = frame[frame["period_start"] == start].iloc[0]
            assert row[column] == pytest.approx(float(value), abs=5e-7), (period, column)
