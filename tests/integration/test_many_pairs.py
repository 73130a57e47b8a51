"""Every state at once: pairs with enough events are kept, the ones with most are asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import SettingsError
from detente.database.published import Published
from detente.indices import reported
from detente.refresh import pipeline
from detente.refresh.job import Request
from detente.settings import Settings
from tests.support.studies import HEADER, record_line, sidecar_text

_STUDY = """\
[study]
name = "World"
start = 2020-01-01
actors = "all"
focal_dyad = ["GRC", "TUR"]
least_events = 5
most_reported = 2
[inference]
enabled = false
[sources.csv.mine]
path = "mine.csv"
covers_from = 2020-01-01
covers_to = 2020-12-31
[sources.csv.mine.columns]
event_date = "day"
actor1 = "who"
actor2 = "whom"
code = "what"
"""


def _write(folder: Path, counts: dict[tuple[str, str], int]) -> None:
    lines = [
        f"2020-{1 + place % 12:02d}-{1 + place // 12:02d},{first},{second},042"
        for (first, second), n in counts.items()
        for place in range(n)
    ]
    (folder / "mine.csv").write_text("\n".join(["day,who,whom,what", *lines]), encoding="utf-8")


def _pairs(study: Settings) -> list[tuple[str, str]]:
    with Published(study.database) as database:
        return database.rows(
            "select actor1_iso3, actor2_iso3 from meta.study_dyad order by position"
        )


def test_pairs_with_enough_events_are_kept(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(_STUDY, encoding="utf-8")
    counts = {("FRA", "DEU"): 9, ("IND", "PAK"): 5, ("PAK", "IND"): 2, ("CHL", "PER"): 4}
    _write(tmp_path, counts)
    study = settings.load(tmp_path / "detente.toml")
    assert study.study.has_many_pairs
    assert len(study.study.actors) > 190
    pipeline.refresh(study)
    # The pair in focus comes first, whatever it has; the others by their events, both ways added.
    assert _pairs(study) == [("GRC", "TUR"), ("DEU", "FRA"), ("IND", "PAK")]
    with Published(study.database) as database:
        asked = reported.applied(database, study)
        assert database.rows(
            "select count(distinct (actor1_iso3, actor2_iso3)) from marts.dyad_month "
            "where direction = 'undirected'"
        ) == [(3,)]
    assert asked.study.dyad_pairs == (("GRC", "TUR"), ("DEU", "FRA"))

    # A pair that the study begins to keep records of comes with its whole past.
    records = tmp_path / "data" / "raw" / "records"
    records.mkdir(parents=True)
    lines = [record_line("a", "2020-03-04", actor1="CHL", actor2="PER")]
    lines += [
        record_line(f"b{day}", f"2020-04-{day:02d}", actor1="ITA", actor2="ESP")
        for day in range(1, 9)
    ]
    (records / "acts.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    sidecar = sidecar_text("2020-01-01", "2020-12-31")
    (records / "acts.toml").write_text(sidecar, encoding="utf-8")
    result = pipeline.refresh(study, request=Request(offline=True))
    assert result.run.build_reason == "the study has other pairs than before"
    # A record counts like an event of a feed: 9, 8 and 7 of them, and 1 beside 4.
    assert _pairs(study) == [
        ("GRC", "TUR"), ("DEU", "FRA"), ("ESP", "ITA"), ("IND", "PAK"), ("CHL", "PER"),
    ]  # fmt: skip
    with Published(study.database) as database:
        assert database.rows(
            "select sum(n_events)::bigint from marts.dyad_year "
            "where actor1_iso3 = 'CHL' and direction = 'undirected' and counting = 'all' "
            "and source = 'mine'"
        ) == [(4,)]


@pytest.mark.parametrize("actors", ['"some"', '["GRC", "all"]'])
def test_all_is_said_alone(tmp_path: Path, actors: str) -> None:
    text = _STUDY.replace('"all"', actors)
    (tmp_path / "detente.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"detente\.toml:4.*actors"):
        settings.load(tmp_path / "detente.toml")
