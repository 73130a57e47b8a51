"""Case studies: rules decide as they say, files are refused with the place of the mistake."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.refresh import pipeline
from detente.report import claims, language
from detente.report.model import pairs
from detente.report.pages import case, documents, html_pages
from detente.report.pages.blocks import Document
from detente.report.render.html import Frame
from detente.report.rules import Condition, RuleError, Table, decide
from detente.report.run import render_all
from detente.report.spec import Spec, SpecError, load
from detente.settings import Settings
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

# Two states, so that the few pages are soon drawn.
STUDY = study_table("1998-01-01", "JPN", "KOR") + NO_INFERENCE
HEAD = 'title = "A story"\nintroduction = "What was told."\n'
CHART = """
[chart]
dyad = ["KOR", "JPN"]
first = {first}
last = {last}
marks = [{{ day = 2023-03-16, label = "The <b>visit</b>" }}]
"""
CLAIM = """
[[claims]]
id = "{id}"
claim = "{claim}"
source = "A paper"
reading = "As it stands."
sql = "{sql}"
supported = [{rule}]
"""


def _claim(
    sql: str, rule: str, name: str = "one", claim: str = "It was so.", more: str = ""
) -> str:
    return CLAIM.format(id=name, claim=claim, sql=sql, rule=rule) + more


def _table(*values: object) -> Table:
    return Table(("n",), tuple((value,) for value in values))


def test_the_first_list_of_conditions_that_holds_gives_the_verdict() -> None:
    supported = [Condition(column="n", op=">=", value=12)]
    partly = [Condition(column="n", op=">=", value=11)]
    assert decide(_table(12.0), supported, partly) == "supported"
    assert decide(_table(11.2), supported, partly) == "partly supported"
    assert decide(_table(10), supported, partly) == "not supported"
    unknown = [Condition(column="n", op="==", value=12)]
    assert decide(_table(12), supported, partly, unknown) == "cannot be checked"


def test_all_conditions_of_a_list_must_hold() -> None:
    both = [Condition(column="n", op=">", value=1), Condition(column="n", op="<", value=3)]
    assert decide(_table(2), both) == "supported"
    assert decide(_table(4), both) == "not supported"


def test_rows_are_counted_compared_by_column_and_by_every_or_any() -> None:
    assert decide(_table(1, 1), [Condition(rows=2)]) == "supported"
    assert decide(Table(("n",), ()), [Condition(rows=0)]) == "supported"
    assert decide(_table(1), [Condition(rows=2, op=">=")]) == "not supported"
    pair = Table(("before", "after"), ((1, 2), (3, 2)))
    rising = {"column": "after", "op": ">", "than": "before"}
    assert decide(pair, [Condition(**rising, of="every")]) == "not supported"
    assert decide(pair, [Condition(**rising, of="any")]) == "supported"


def test_what_the_result_does_not_tell_cannot_be_checked() -> None:
    rule = [Condition(column="n", value=1)]
    assert decide(_table(None), rule) == "cannot be checked"
    assert decide(Table(("n",), ()), rule) == "cannot be checked"
    assert decide(Table(("n",), ()), rule, when_empty="not supported") == "not supported"
    # A null on either side, in any row, whatever is asked of the rows.
    for of in ("one", "every", "any"):
        then = [Condition(column="n", op=">", than="m", of=of)]
        for row in ((1, None), (None, 1), (None, None)):
            assert decide(Table(("n", "m"), (row,)), then) == "cannot be checked"
    for of in ("every", "any"):
        then = [Condition(column="n", op=">", than="m", of=of)]
        assert decide(Table(("n", "m"), ((2, 1), (2, None))), then) == "cannot be checked"


@pytest.mark.parametrize(
    ("op", "verdicts"),
    [("<", (1, 0, 0)), ("<=", (1, 1, 0)), ("==", (0, 1, 0)), ("!=", (1, 0, 1)),
     (">=", (0, 1, 1)), (">", (0, 0, 1))],
)  # fmt: skip
def test_each_operator_below_at_and_above_the_bound(op: str, verdicts: tuple[int, ...]) -> None:
    for number, holds in zip((11, 12, 13), verdicts, strict=True):
        rule = [Condition(column="n", op=op, value=12)]
        assert decide(_table(number), rule) == ("supported" if holds else "not supported")
        of_rows = [Condition(rows=12, op=op)]
        assert decide(_table(*[0] * number), of_rows) == decide(_table(number), rule)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (Table(("m",), ((1,),)), "reads the column `n`; the query returns m"),
        (_table(1, 2), "Expected one row"),
        (_table("1"), "holds text"),
        (_table(date(2023, 3, 16)), "holds a day"),
        (_table(True), "holds a truth value"),
    ],
)
def test_a_rule_that_does_not_fit_the_result_is_an_error(table: Table, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        decide(table, [Condition(column="n", value=1)])


@given(st.lists(st.integers(-3, 3), min_size=1), st.integers(-3, 3))
def test_every_row_implies_any_row(values: list[int], bound: int) -> None:
    table = _table(*values)
    every = decide(table, [Condition(column="n", op=">", value=bound, of="every")])
    some = decide(table, [Condition(column="n", op=">", value=bound, of="any")])
    assert every == ("supported" if min(values) > bound else "not supported")
    assert some == ("supported" if max(values) > bound else "not supported")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "not valid TOML"),
        (HEAD, "`claims` is required"),
        (HEAD + "verdict = 1\n" + _claim("select 1", "{rows = 1}"), "unknown key `verdict`"),
        (HEAD + _claim("select 1", "{rows = 1}", more="rule = 1\n"), r"claim 1 \(one\): unknown"),
        (
            HEAD + _claim("select 1", "{rows = 1, op = '='}"),
            r"claim 1 \(one\): `claims.supported.op`",
        ),
        (HEAD + _claim("select 1", "{column = 'n'}"), "either a `value` or"),
        (HEAD + _claim("select 1", "{rows = 1, column = 'n', value = 1}"), "either a `column`"),
        (HEAD + _claim("select 1", ""), "say in `supported` when"),
        (HEAD + _claim("select 1", "{rows = 1}", more="query = 'scales'\n"), "give one of"),
        (HEAD + 2 * _claim("select 1", "{rows = 1}"), "the claim `one` is there twice"),
        (HEAD + CHART.format(first="2023-01-01", last="2022-01-01"), "`first` must be before"),
        (HEAD + "slug = 'x'\n" + _claim("select 1", "{rows = 1}"), "named after the file"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    records = [line("visit", "2023-03-16"), line("measure", "2019-07-01", code="163", reverse="")]
    made = write_study(tmp_path_factory.mktemp("case"), records, STUDY)
    pipeline.refresh(made)
    return made


def _check(study: Settings, tmp_path: Path, text: str) -> case.CaseStudy:
    path = tmp_path / "told_story.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with Published(study.database) as database:
        return case.check(database, study, load(path), pairs.read(database, study))


def _document(study: Settings, found: case.CaseStudy) -> Document:
    with Published(study.database) as database:
        return case.document(found, pairs.read(database, study), language.load())


def _html(view: Document) -> str:
    return html_pages.document_page(view, language.load(), Frame("Test", (), ()))


def test_a_claim_carries_its_result_and_verdict(study: Settings, tmp_path: Path) -> None:
    sql = "select event_date, title from core.record where event_date > date '2023-01-01'"
    found = _check(study, tmp_path, _claim(sql, "{rows = 1}"))
    (claim,) = found.claims
    assert found.slug == "told-story"
    assert claim.verdict == "supported"
    assert [cell.text for cell in claim.shown[0]] == ["2023-03-16", "A visit"]
    assert [cell.kind for cell in claim.columns] == ["day", "text"]
    assert claim.rule == "Supported where the number of rows is 1; otherwise not supported."
    assert found.summary == ("Of 1 claim, 1 is supported.",)


def test_days_that_no_file_covers_cannot_be_checked(study: Settings, tmp_path: Path) -> None:
    needs = "needs = {{ first = 1998-01-01, last = {} }}\n"
    sql = "select 1 as n"
    inside = _claim(sql, "{rows = 1}", more=needs.format("2025-12-31"))
    beyond = _claim(sql, "{rows = 1}", "two", more=needs.format("2026-01-01"))
    found = _check(study, tmp_path, inside + beyond)
    assert [claim.verdict for claim in found.claims] == ["supported", "cannot be checked"]
    assert "fully covers only 1998-01-01 to 2025-12-31" in found.claims[1].reason


def test_days_unknown_of_a_state_leave_only_the_claims_of_its_pairs_open(
    tmp_path: Path,
) -> None:
    """A source from 1940: South Korea is independent from 15 August 1948 on."""
    needs = "needs = {{ first = {}, last = 2023-12-31{} }}\n"
    sql, rule = "select 1 as n", "{rows = 1}"
    asked = [
        ("early", "1948-08-14", ""),
        ("late", "1948-08-15", ""),
        ("others", "1948-01-01", ", dyad = ['JPN', 'CHN']"),
        ("own", "1948-01-01", ", dyad = ['KOR', 'CHN']"),
        ("last", "1948-01-01", ", dyad = ['JPN', 'USA']"),
    ]
    text = "".join(_claim(sql, rule, name, more=needs.format(*more)) for name, *more in asked)
    path = tmp_path / "old_story.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with Warehouse() as built:
        built.execute("create schema meta")
        built.execute(
            "create table meta.coverage as select 'records' as source, date '1940-01-01' as "
            "first_day, date '2023-12-31' as last_day, date '2023-12-31' as complete_to"
        )
        built.execute(
            "create table meta.state_gap as select 'records' as source, 'KOR' as iso3, "
            "date '1940-01-01' as first_day, date '1948-08-14' as last_day, "
            "'the state did not exist' as reason union all "
            "select 'records', 'USA', date '2023-12-31', date '2024-01-31', 'no file of the state'"
        )
        built.execute("create table meta.coverage_gap as from meta.state_gap limit 0")
        built.execute(
            "create table meta.study_dyad as select 'JPN' as actor1_iso3, 'KOR' as actor2_iso3"
        )
        needed = [one.needs for one in load(path).claims]
        told = [claims.uncovered(built, one, language.load()) for one in needed if one]
    assert told[1:3] == ["", ""]
    assert told[0] == (
        "The claim needs the days from 1948-08-14 to 2023-12-31; the source records has no "
        "information on KOR from 1940-01-01 to 1948-08-14 (the state did not exist)."
    )
    assert told[3].startswith("The claim needs the days from 1948-01-01")
    assert told[4].endswith("USA from 2023-12-31 to 2024-01-31 (no file of the state).")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select nothing from core.nowhere", "claim `one`: .*nowhere"),
        ("drop table core.record", "read-only"),
        ("copy (select 1) to 'x.csv'", "read-only"),
        ("select 1; select 2", "Expected one SQL statement"),
        ("select * from read_csv('/etc/passwd')", "claim `one`"),
        ("select * from range(20000)", "at most 10000 rows"),
    ],
)
def test_a_query_that_fails_or_does_more_than_read_is_an_error(
    study: Settings, tmp_path: Path, sql: str, words: str
) -> None:
    with pytest.raises(SpecError, match=words):
        _check(study, tmp_path, _claim(sql, "{rows = 1}"))


HOSTILE = "<script>alert(1)</script> #strong[bold] {{ 7 * 7 }} </script>"


def test_text_of_claims_stays_text(study: Settings, tmp_path: Path) -> None:
    sql = f"select '{HOSTILE}' as told, '\u202ereversed' as other"
    found = _check(study, tmp_path, _claim(sql, "{rows = 1}", claim=HOSTILE))
    view = _document(study, found)
    text = _html(view)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7 * 7 }}" in text
    made = documents.document_pdf(view, "Test", language.load(), "a4")
    reader = pypdf.PdfReader(io.BytesIO(made))
    flat = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in reader.pages))
    assert "#strong[bold]" in flat
    assert "<script>alert(1)</" in flat
    assert made == documents.document_pdf(view, "Test", language.load(), "a4")


def test_claims_come_first_and_queries_are_folded(study: Settings, tmp_path: Path) -> None:
    found = _check(study, tmp_path, _claim("select 1 as n", "{rows = 1}", claim="It rained."))
    text = _html(_document(study, found))
    assert text.index('id="claim-one"') < text.index('id="one"')
    assert 'supported</span><a href="#one">It rained.</a>' in text
    assert re.search(r"<details><summary>[^<]*SQL[^<]*</summary><pre[^>]*>select 1 as n", text)


def test_a_changed_specification_makes_the_reports_stale(study: Settings) -> None:
    study.specs.mkdir(parents=True)
    path = study.specs / "told_story.toml"
    path.write_text(HEAD + _claim("select 1", "{rows = 1}"), encoding="utf-8")
    names = [one.name for one in render_all(study)]
    assert {"told-story.html", "told-story.pdf", "told-story-data.zip"} <= set(names)
    overview = (study.reports / "index.html").read_text(encoding="utf-8")
    assert 'href="told-story.html"' in overview
    assert "Of 1 claim, 1 is supported." in overview
    path.write_text(HEAD + _claim("select 1", "{rows = 2}"), encoding="utf-8")
    render_all(study)
    text = (study.reports / "told-story.html").read_text(encoding="utf-8")
    assert "Of 1 claim, 1 is not supported." in text


def test_the_chart_shows_the_months_of_the_span_and_the_marked_days(
    study: Settings, tmp_path: Path
) -> None:
    chart = CHART.format(first="2023-01-01", last="2023-06-30")
    found = _check(study, tmp_path, chart + _claim("select 1", "{rows = 1}"))
    assert found.months is not None
    assert [row[0].isoformat() for row in found.months.rows] == [
        f"2023-0{month}-01" for month in range(1, 7)
    ]
    # 042 and 043 of the visit: 1.9 and 2.8 (Goldstein 1992).
    assert [row[1] for row in found.months.rows] == pytest.approx([0, 0, 4.7, 4.7, 4.7, 4.7])
    assert "The &lt;b&gt;visit&lt;/b&gt;" in found.months.wide.body
    assert "<b>visit" not in _html(_document(study, found))


def test_a_chart_outside_the_records_is_left_out(study: Settings, tmp_path: Path) -> None:
    chart = CHART.format(first="1950-01-01", last="1951-01-01")
    found = _check(study, tmp_path, chart + _claim("select 1", "{rows = 1}"))
    assert found.months is None


def test_a_specification_has_at_least_one_claim() -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        Spec(title="A", introduction="B", claims=())
