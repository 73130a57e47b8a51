"""Methods and data: what the page says is what made the database; citations are fit to be used."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import detente
from detente.database.published import Published
from detente.refresh import pipeline
from detente.report import language
from detente.report.model import choices, citation, coverage, origin, standing
from detente.report.model import methods as model
from detente.report.model.pairs import Study, read
from detente.report.pages import html_pages, methods, summary
from detente.report.render.html import Frame
from detente.settings import Settings
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

# Parentheses, markup of all three formats, and what LaTeX would run.
HOSTILE = "<b>&</b> #strong[x] {{ 7 }} 100% \\input{x} $y_z$"


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("methods")
    (folder / "own.csv").write_text(
        "day,who,whom,code,points\n"
        "2023-03-16,KOR,JPN,042,1.9\n"
        "2023-03-18,KOR,JPN,163,-5\n"
        "2023-04-02,JPN,KOR,042,\n",
        encoding="utf-8",
    )
    base = (
        study_table("1998-01-01", "JPN", "KOR") + NO_INFERENCE + f"[report]\ntitle = '{HOSTILE}'\n"
        '[sources.csv.mine]\npath = "own.csv"\ncovers_from = 2023-03-01\ncovers_to = 2023-04-30\n'
        '[sources.csv.mine.columns]\nevent_date = "day"\nactor1 = "who"\nactor2 = "whom"\n'
        'code = "code"\ngoldstein = "points"\n'
    )
    records = [line("visit", "2023-03-16"), line("bad", "2023-13-40")]
    made = write_study(folder, records, base)
    pipeline.refresh(made)
    return made


def _read(study: Settings) -> tuple[model.Methods, Study, standing.Standing]:
    with Published(study.database) as database:
        pairs = read(database, study)
        current = standing.now(pairs, *summary.published(database))
        return (
            model.methods(
                database,
                study,
                pairs,
                origin.provenance(database, pairs.series, pairs.span),
                current,
                standing.before(study.processed, current),
            ),
            pairs,
            current,
        )


def _methods(study: Settings) -> model.Methods:
    return _read(study)[0]


def _page(study: Settings) -> str:
    made, pairs, _ = _read(study)
    say = language.load()
    return html_pages.document_page(methods.document(made, pairs, say), say, Frame(HOSTILE, (), ()))


@pytest.fixture(scope="module")
def found(study: Settings) -> model.Methods:
    return _methods(study)


def test_every_setting_that_bears_on_a_number_is_listed(
    study: Settings, found: model.Methods
) -> None:
    listed = {one.key: one.value for one in found.settings}
    assert listed["study.actors"] == "JPN, KOR"
    assert listed["study.start"] == "1998-01-01"
    assert listed["index.half_life_days"] == "180"
    assert listed["sources.mine.path"] == "own.csv"
    assert not any(key.startswith(("paths.", "query.", "sources.gdelt2")) for key in listed)
    assert found.settings_note == ""


def test_a_changed_file_of_settings_is_told(study: Settings) -> None:
    changed = study.model_copy(update={"sha256": "another"})
    assert "has changed since" in _methods(changed).settings_note


def test_rows_rejections_and_differing_values_are_counted(found: model.Methods) -> None:
    accounts = {(one.source, one.status): one for one in found.accounts}
    assert accounts["records", "loaded"].n_rows == 2
    assert accounts["records", "loaded"].n_rejected == 1
    assert accounts["mine", "loaded"].n_loaded == 3
    assert [(one.key, one.value) for one in found.rejections] == [
        ("records/meetings.csv, event_date", "1")
    ]
    # Two of three rows have a value; -5 is not the table's -8 of code 163.
    (difference,) = found.differences
    assert (difference.n_compared, difference.n_different, difference.codes) == (2, 1, "163")
    assert "5 rows were read" in found.summary[0]
    assert "(1 rejected); no file failed" in found.summary[0]


def test_the_files_of_a_feed_stand_in_one_line(study: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copy(study.database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "insert into meta.raw_file by name select raw.* replace ("
            "'gdelt1/' || n as raw_file_id, 'gdelt1' as source, "
            "'GDELT 1.0 events' as title, 'GDELT 1.0 events' as label, 10 as n_rows) "
            "from meta.raw_file as raw, range(5000) as days (n) where source = 'mine'"
        )
    with Published(copy) as database:
        pairs = read(database, study)
        found = origin.provenance(database, pairs.series, pairs.span).files
    by_source = [(one.source, one.raw_file_id, one.n_rows) for one in found]
    assert ("gdelt1", "gdelt1: 5000 files", 50_000) in by_source
    assert [name for source, name, _ in by_source if source == "records"] == [
        "records/meetings.csv"
    ]


def test_acts_of_others_are_counted_apart_from_those_of_the_studys_pairs(
    study: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copy(study.database, copy)
    with Published(copy) as database:
        pairs = read(database, study)
        before = origin.provenance(database, pairs.series, pairs.span)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update meta.study_dyad set actor1_iso3 = 'IND'")
    with Published(copy) as database:
        found = origin.provenance(database, pairs.series, pairs.span)
    assert before.n_between == before.n_events == found.n_events > 0
    assert found.n_between == 0


def test_gaps_of_a_machine_coded_source_are_named(found: model.Methods) -> None:
    mine = next(one for one in found.coverages if one.source == "mine")
    # Days between and around the three events of 16 and 18 March and 2 April.
    assert mine.gaps == (
        (date(2023, 4, 3), date(2023, 4, 30)),
        (date(2023, 3, 1), date(2023, 3, 15)),
        (date(2023, 3, 19), date(2023, 4, 1)),
        (date(2023, 3, 17), date(2023, 3, 17)),
    )
    records = next(one for one in found.coverages if one.source == "records")
    assert records.gaps == ()
    assert sum(year.n_events for year in records.years) == 2


def test_no_text_acts_as_markup_and_the_same_input_gives_the_same_bytes(study: Settings) -> None:
    text = _page(study)
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;&lt;/b&gt; #strong[x] {{ 7 }}" in text
    assert r"\textbackslash{}input\{x\}" in text
    assert text == _page(study)
    # The definitions stand on the page, with an address for each.
    assert 'id="definitions"' in text
    # In the place of a picture stands where it is.
    assert "<em>Figure in docs/methods.md: Probability integral transform" in text
    assert re.search(r'<h[23] id="def-', text)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=("Cc",))))
def test_bibtex_stays_balanced_whatever_the_text(text: str) -> None:
    escaped = citation.escape(text)
    unescaped = re.sub(r"\\[&%$#_{}]", "", escaped)
    assert not re.search(r"[&%$#_~^]", unescaped)
    assert unescaped.count("{") == unescaped.count("}") == unescaped.count("\\text")


@given(
    st.dictionaries(st.tuples(st.integers(2019, 2023), st.integers(1, 12)), st.integers(0, 99)),
    st.dates(date(2019, 1, 1), date(2020, 12, 31)),
    st.dates(date(2021, 1, 1), date(2023, 12, 31)),
)
def test_the_grid_holds_every_month_of_the_coverage_once(
    counts: dict[tuple[int, int], int], first: date, last: date
) -> None:
    years = coverage.grid(counts, first, last, last)
    assert [year.year for year in years] == list(range(first.year, last.year + 1))
    for year in years:
        for number, month in enumerate(year.months, start=1):
            inside = (first.year, first.month) <= (year.year, number) <= (last.year, last.month)
            assert (month.n_events is not None) == inside
            if inside:
                assert month.n_events == counts.get((year.year, number), 0)
                assert (month.level > 0) == bool(month.n_events)
                assert month.level <= coverage.LEVELS


def test_settings_are_split_into_shared_and_varying_ones() -> None:
    same, varying = choices.shared([{"a": 1, "b": 2}, {"a": 1, "b": 3, "c": [1, 2]}])
    assert [(one.key, one.value) for one in same] == [("a", "1"), ("c", "1, 2")]
    assert varying == ("b",)


def test_names_and_passwords_in_addresses_are_left_out() -> None:
    assert choices.plain("https://me:secret@host.example/x/") == "https://host.example/x/"


def test_revisions_since_the_last_report_are_shown(study: Settings, found: model.Methods) -> None:
    assert found.since_report_told == "There is no earlier report to compare with."
    _, _, current = _read(study)
    then = standing.Standing(
        "another", "2024-01-02", "2024-01-01", {}, {"JPN-KOR": {"2023-03-01": (1.0, 1)}}
    )
    standing.keep(study.processed, then, None)
    now = _methods(study)
    assert len(now.since_report) == 1
    assert now.since_report_told.endswith("the largest change first; 1 in all.")
    assert now.since_report[0].net_before == 1.0
    assert now.since_report[0].net == current.months["JPN-KOR"]["2023-03-01"][0]
    text = _page(study)
    assert "published on 2024-01-02" in text
    assert "March 2023" in text


def test_the_citation_file_has_the_version_of_the_package(root: Path) -> None:
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(rf"^version: {re.escape(detente.__version__)}$", text, flags=re.M)
    assert re.search(r'^title: "detente: .*"$', text, flags=re.M)
