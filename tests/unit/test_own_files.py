"""Files of your own as spreadsheets write them: separators, code pages, names, lists."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.refresh.plan import plan
from detente.sources import lines
from detente.sources.encoding import Bad, Recoded, detected
from detente.store.events import Store
from tests.support.effort import examples
from tests.support.loading import ask, update
from tests.support.studies import NO_INFERENCE, ROOT, MakeStudy, study_table

pytestmark = pytest.mark.study

COLUMNS = 'event_date = "day"\nactor1 = "who"\nactor2 = "whom"\ncode = "what"\ntitle = "words"\n'


def toml(*options: str, columns: str = COLUMNS) -> str:
    return (
        study_table("1989-01-01", "JPN", "KOR", "TUR", "FRA")
        + NO_INFERENCE
        + '[sources.csv.mine]\npath = "mine.csv"\ncovers_from = 2020-01-01\n'
        + "\n".join(options)
        + f"\n[sources.csv.mine.columns]\n{columns}"
    )


def loaded(make_study: MakeStudy, content: bytes, *options: str) -> tuple[object, ...]:
    """Load one file; return the study and its account."""
    study = make_study(toml=toml(*options))
    (study.home / "mine.csv").write_bytes(content)
    (summary,) = update(study, offline=False)
    return study, summary


HEADER = "day,who,whom,what,words"
TEXT = f"{HEADER}\n2021-02-03,JPN,KOR,042,Visite à Séoul\n"


SEPARATORS, ENCODINGS = (",", ";", "\t", "|"), ("utf-8", "cp1252", "utf-16", "utf-8-sig")


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [
        # Each with one of the other; all with all in `make full`.
        pytest.param(one, other, marks=() if m == n else pytest.mark.full)
        for m, one in enumerate(SEPARATORS)
        for n, other in enumerate(ENCODINGS)
    ],
)
def test_separators_and_encodings_are_found(
    make_study: MakeStudy, separator: str, encoding: str
) -> None:
    study, summary = loaded(make_study, TEXT.replace(",", separator).encode(encoding))
    assert (summary.n_rows, summary.n_loaded) == (1, 1)
    ((title, code, note),) = ask(
        study, "select title, cameo_code, (select note from meta.raw_file) from core.event"
    )
    assert (title, code) == ("Visite à Séoul", "042")
    # Two letters with an accent, one byte each in the code page.
    assert (note or "").startswith("2 bytes are not UTF-8") == (encoding == "cp1252")


def test_tables_as_spreadsheets_leave_them(make_study: MakeStudy) -> None:
    """Lines above the header, no mark, quoted tabs, days as numbers: one day in each file."""
    semicolons = TEXT.replace(",", ";")
    quoted = TEXT.replace(",", '"\t"').replace("\n", '"\n"').removesuffix('"')
    contents = {
        "told": "\r\n".join(["sep=;", *semicolons.splitlines(), ""])
        .replace("2021-02-03", "44230")
        .encode(),
        "titled": f"Acts, by day, 2021\n\n;;;;\n{semicolons}Total;1;;;\n".encode(),
        "wide": f'"{quoted}'.encode("utf-16-le"),
    }
    options = {"told": 'date_format = "excel"', "wide": 'separator = "tab"'}
    study = make_study(
        toml=study_table("1989-01-01", "JPN", "KOR")
        + NO_INFERENCE
        + "".join(
            f'[sources.csv.{name}]\npath = "{name}.csv"\ncovers_from = 2020-01-01\n'
            f"{options.get(name, '')}\n[sources.csv.{name}.columns]\n{COLUMNS}"
            for name in contents
        )
    )
    for name, content in contents.items():
        (study.home / f"{name}.csv").write_bytes(content)
    update(study, offline=False)
    found = ask(study, "select source, event_date, actor1_iso3, actor2_iso3 from core.event")
    assert sorted(found) == [(one, date(2021, 2, 3), "JPN", "KOR") for one in sorted(contents)]
    # The line of totals stands with its own number.
    assert ask(study, "select raw_row, value from core.event_rejected") == [(6, "Total")]


def test_a_code_page_that_the_settings_name(make_study: MakeStudy) -> None:
    text = TEXT.replace("Visite à Séoul", "訪問")
    study, _ = loaded(make_study, text.encode("shift_jis"), 'encoding = "shift_jis"')
    assert ask(study, "select title from core.event") == [("訪問",)]


@pytest.mark.parametrize(
    ("naming", "sides"),
    [
        ("iso3", ("TUR", "FRA")),
        ("iso2", ("TR", "FR")),
        ("cow", ("640", "220")),
        ("gwcode", ("640", "220")),
        ("fips", ("TU", "FR")),
        ("cameo", ("TUR", "FRA")),
        ("iso3", ("tur", "Fra")),
        ("iso2", ("tr", "fR")),
        ("fips", ("tu", "fr")),
        ("cameo", ("tur", "fra")),
        ("name", ("Türkiye", "france")),
        ("name", ("the Turkey", "FRANCE")),
    ],
)
def test_states_by_every_naming(make_study: MakeStudy, naming: str, sides: tuple[str, str]) -> None:
    text = "day,who,whom,what,words\n2021-02-03,{},{},042,x\n".format(*sides)
    study, _ = loaded(make_study, text.encode(), f'naming = "{naming}"')
    assert ask(study, "select actor1_iso3, actor2_iso3 from core.event") == [("TUR", "FRA")]


@pytest.mark.parametrize("column", ["iso3", "iso2", "fips", "cameo"])
def test_no_two_codes_of_states_differ_by_case_alone(column: str) -> None:
    """Codes of a file of one's own are read in any case."""
    with (ROOT / "data" / "raw" / "reference" / "actors.csv").open(encoding="utf-8") as lines:
        codes = [row[column] for row in csv.DictReader(lines) if row[column]]
    assert len(codes) > 150 and [one.upper() for one in codes] == codes


def test_an_unknown_name_is_refused_with_line_and_value(make_study: MakeStudy) -> None:
    rows = "2021-02-03,JPN,Mars,042,x\n2021-02-04,JPN,KOR,042,y\n2021-02-05,JPN;Venus,KOR,042,z\n"
    study, summary = loaded(make_study, b"day,who,whom,what,words\n" + rows.encode())
    assert (summary.n_rows, summary.n_loaded, summary.n_rejected) == (3, 1, 2)
    with_value = ask(
        study, "select raw_row, column_name, value, reason from core.event_rejected order by 1"
    )
    assert [one[:3] for one in with_value] == [(2, "whom", "Mars"), (4, "who", "JPN;Venus")]
    assert with_value[0][3].startswith("expected a state by its ISO 3166-1 alpha-3 code")


def test_several_actors_are_several_acts(make_study: MakeStudy) -> None:
    text = b"day,who,whom,what,words\n2021-02-03,JPN; TUR,KOR;JPN,042,x\n"
    study, summary = loaded(make_study, text, 'separator = "comma"')
    assert (summary.n_rows, summary.n_loaded) == (1, 1)
    assert ask(study, "select actor1_iso3, actor2_iso3 from core.event order by 1, 2") == [
        ("JPN", "KOR"),
        ("TUR", "JPN"),
        ("TUR", "KOR"),
    ]


def test_codes_without_their_zero_are_refused_as_a_column(make_study: MakeStudy) -> None:
    text = b"day,who,whom,what,words\n2021-02-03,JPN,KOR,42,x\n2021-02-04,JPN,KOR,20,y\n"
    study, summary = loaded(make_study, text)
    assert summary.failures == {"refused_layout": 1}
    ((status, note),) = ask(study, "select status, reason from meta.missing_file")
    assert status == "refused_layout"
    assert "'what'" in note
    assert "'42' is not a CAMEO code" in note
    assert Store(study.events).exists()


@settings(max_examples=examples(80))
@given(st.sets(st.sampled_from(["042", "010", "190", "20", "1831", "0311", "17"]), min_size=1))
def test_whole_codes_never_look_as_if_they_had_lost_a_zero(codes: set[str]) -> None:
    assert lines.lost_zeros(codes) == ()


@settings(max_examples=examples(80))
@given(
    st.sets(st.sampled_from(["042", "043", "036", "051", "061"]), min_size=1),
    st.sets(st.sampled_from(["190", "20", "1831", "112"])),
)
def test_cut_codes_are_seen(cut: set[str], others: set[str]) -> None:
    assert lines.lost_zeros({one[1:] for one in cut} | others)


@settings(max_examples=examples(80))
@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.integers(1, 9))
def test_what_was_written_in_an_encoding_is_read(text: str, encoding: str, size: int) -> None:
    import io

    text = text.removeprefix("\ufeff")
    raw = text.encode(encoding)
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    found, n_bad = detected(iter([raw, *pieces[:0]]))
    assert n_bad == 0
    stream = Recoded(io.BytesIO(raw), found, Bad())
    assert stream.read().decode() == text


@settings(max_examples=examples(80))
@given(
    st.lists(st.text(st.characters(categories=["L"]), max_size=9), max_size=20),
    st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def test_wide_text_without_a_mark_is_seen_in_any_script(words: list[str], encoding: str) -> None:
    lines_ = [HEADER, *(f"2021-02-03,JPN,KOR,042,{word}" for word in words)]
    assert detected(["\r\n".join(lines_).encode(encoding)]) == (encoding, 0)


@settings(max_examples=examples(80))
@given(st.binary(max_size=80))
def test_every_byte_that_is_no_utf8_is_counted(raw: bytes) -> None:
    import io

    bad = Bad()
    text = Recoded(io.BytesIO(raw), "utf-8", bad).read().decode()
    n_kept = len(text.encode()) - 3 * text.count("\ufffd")
    n_own = raw.decode("utf-8", "ignore").count("\ufffd")
    n_mark = 3 if raw.decode("utf-8", "replace").startswith("\ufeff") else 0
    assert n_kept + 3 * n_own + bad.n_bytes + n_mark == len(raw)


def test_bytes_that_are_no_utf8_are_counted_in_a_providers_quoted_text(
    make_study: MakeStudy, shared_data: Path
) -> None:
    from tests.support.loading import put

    study = make_study(
        toml=study_table("1989-01-01", "JPN", "KOR", "RUS", "UKR")
        + NO_INFERENCE
        + "[sources.acled]\nenabled = true\nstart = 2020-01-01\n"
    )
    text = (shared_data / "faults" / "acled_2024_export_dates.csv").read_bytes()
    put(study, "acled", "acled_2024.csv", text.replace(b"Other,x,0", b"Other,\xe9\xff,0"), 2024)
    (summary,) = update(study, "acled")
    assert summary.n_loaded == 1
    ((note,),) = ask(study, "select note from meta.raw_file")
    assert note.startswith("2 bytes are not UTF-8")


NUMBERS = "day;who;whom;what;words;points;lat;added\n"


@pytest.mark.parametrize(
    ("points", "lat", "added", "wrong"),
    [
        ("-7,5", "37,9", "2021-02-04 10:00:00", None),
        (" -7.5 ", "37.9", "2021-02-04", None),
        ("NA", "", "n/a", None),
        ("much", "37.9", "", "points"),
        ("inf", "37.9", "", "points"),
        ("1", "379", "", "lat"),
        ("1", "37.9", "soon", "added"),
    ],
)
def test_a_number_with_a_comma_is_one_and_what_is_none_is_refused(
    make_study: MakeStudy, points: str, lat: str, added: str, wrong: str | None
) -> None:
    more = 'goldstein = "points"\nlatitude = "lat"\nadded_at = "added"\n'
    study = make_study(toml=toml(columns=COLUMNS + more))
    row = f"2021-02-03;JPN;KOR;042;Visit;{points};{lat};{added}\n"
    (study.home / "mine.csv").write_text(NUMBERS + row, encoding="utf-8")
    (summary,) = update(study, offline=False)
    assert (summary.n_loaded, summary.n_rejected) == ((0, 1) if wrong else (1, 0))
    told = ask(study, "select column_name, value from core.event_rejected")
    if wrong:
        assert told == [(wrong, {"points": points, "lat": lat, "added": added}[wrong])]
    else:
        number = None if points == "NA" else -7.5
        asked = "select goldstein_reported, latitude from core.event"
        assert ask(study, asked) == [(number, 37.9 if number else None)]


def test_a_file_of_your_own_needs_no_network(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    (study.home / "mine.csv").write_bytes(TEXT.encode())
    assert "download" in [one.action for one in plan(study, offline=True)]
    assert update(study, offline=True)[0].n_loaded == 1
    for offline in (True, False):
        assert all(one.action != "download" for one in plan(study, offline=offline))
    (study.home / "mine.csv").write_bytes(TEXT.encode() + b"2021-03-04,KOR,JPN,042,More\n")
    assert update(study, offline=True)[0].n_loaded == 2
    # What is gone from its place is what it was.
    (study.home / "mine.csv").unlink()
    update(study, offline=True)
    assert ask(study, "select count(*) from core.event") == [(2,)]


COMPLETE = "select source, first_day, last_day, complete_to from meta.coverage"


@pytest.mark.parametrize("offline", [True, False])
def test_a_file_of_your_own_may_be_renamed(make_study: MakeStudy, offline: bool) -> None:
    study = make_study(toml=toml())
    (study.home / "mine.csv").write_bytes(TEXT.encode())
    update(study, offline=offline)
    ids = "select list(event_id order by event_id) from core.event"
    before, known = ask(study, ids), ask(study, COMPLETE)
    assert before
    assert known
    renamed = make_study(toml=toml().replace('"mine.csv"', '"newer.csv"'))
    # What is not there yet takes nothing away, and is told where it was asked for.
    (summary,) = update(renamed, offline=offline)
    assert ask(renamed, ids) == before
    assert ask(renamed, COMPLETE) == known
    assert summary.failures == ({} if offline else {"missing": 1})
    assert len(ask(renamed, "from meta.missing_file")) == (0 if offline else 1)
    # The first name was right.
    update(study, offline=offline)
    assert ask(study, COMPLETE) == known
    assert ask(study, "from meta.missing_file") == []
    update(renamed, offline=offline)
    # The same rows under another name are the same events.
    (study.home / "newer.csv").write_bytes(TEXT.encode())
    update(renamed, offline=offline)
    assert ask(renamed, ids) == before
    # Another file stands in for it, and the first name for that one.
    other = f"{HEADER}\n2021-03-04,KOR,JPN,042,Another visit\n2021-03-05,KOR,JPN,042,A third\n"
    (study.home / "newer.csv").write_bytes(other.encode())
    update(renamed, offline=offline)
    assert ask(renamed, "select list(title order by title) from core.event") == [
        (["A third", "Another visit"],)
    ]
    update(study, offline=offline)
    assert ask(study, ids) == before
    assert ask(study, "select source, n_loaded from meta.raw_file where status = 'loaded'") == [
        ("mine", 1)
    ]
    assert ask(study, "from meta.missing_file") == []
