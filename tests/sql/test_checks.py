"""Every check notices its fault, and no other check cries: one row spoilt, then put back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from detente.database import checks
from detente.database.builder import Warehouse
from detente.refresh import pipeline
from tests.support.studies import NO_INFERENCE, record_line, study_table, write_study

pytestmark = pytest.mark.study

# No source is too thin to be judged here.
TOML = (
    study_table("2020-01-01", "JPN", "KOR", "PRK")
    + NO_INFERENCE
    + "[checks]\nvolume_min_events = 0.001\nvolume_days = 366\n"
)
SIDECAR = """\
title = "Meetings"
covers = "all"
leaves_out = "none"
producer = "the tests"
licence = "CC0"
checked = 2026-01-01
covers_from = 2020-01-01
covers_to = 2022-12-31
[categories]
summit = "a meeting"
"""
# Views become tables, so that one row of them can be spoilt.
SPOILT = ("core.event", "marts.dyad_period", "marts.dyad_month", "meta.coverage")
ONE_ACT = "event_id = (select min(event_id) from core.event where record_id = 'visit-0')"
QUIET = "freq = 'month' and counting = 'all' and period_start = date '2021-02-01'"
BUSY = "freq = 'month' and counting = 'all' and period_start = date '2021-01-01'"
PAIR = "least(actor1_iso3, actor2_iso3) = 'JPN' and greatest(actor1_iso3, actor2_iso3) = 'KOR'"
ONE_WAY = f"{PAIR} and (direction = 'undirected' or actor1_iso3 = 'KOR')"


@dataclass(frozen=True)
class Fault:
    """A fault, and the checks that must notice it; no other may."""

    noticed_by: str
    spoil: str
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.noticed_by}: {self.spoil[:60]}"


# A file of another source, all of whose rows are told as loaded, or as out of scope; none is held.
NOT_HELD = (
    "insert into meta.raw_file by name "
    "select * replace ('feed' as source, 'feed/a' as raw_file_id, "
    "17 as n_rows, {loaded} as n_loaded, {outside} as n_out_of_scope, 0 as n_rejected) "
    "from meta.raw_file"
)
FAULTS = (
    Fault("accounts_equal_the_tables", NOT_HELD.format(loaded=17, outside=0)),
    Fault("accounts_equal_the_tables", NOT_HELD.format(loaded=0, outside=17)),
    Fault(
        "actors_of_a_source_are_known",
        "update meta.raw_file set n_unknown = n_loaded + 1, n_rows = n_rows + n_loaded + 1",
    ),
    Fault("daily_sums_equal_the_events", f"delete from core.event where {ONE_ACT}"),
    Fault(
        "daily_sums_equal_the_events",
        "update marts.dyad_day set cooperation = cooperation + 0.001 where counting = 'all' "
        "and day = (select min(day) from marts.dyad_day)",
        also=("period_sums_equal_the_days",),
    ),
    Fault(
        "event_actors_are_known_and_differ",
        f"update core.event set actor2_iso3 = actor1_iso3 where {ONE_ACT}",
    ),
    Fault(
        "event_actors_are_known_and_differ",
        f"update core.event set actor1_iso3 = 'XXA' where {ONE_ACT}",
    ),
    Fault("event_codes_are_known", f"update core.event set cameo_root = '20' where {ONE_ACT}"),
    Fault("event_codes_are_known", f"update core.event set quad_class = 4 where {ONE_ACT}"),
    Fault("event_codes_are_known", f"update core.event set goldstein = null where {ONE_ACT}"),
    Fault(
        "event_codes_are_known",
        f"update core.event set cameo_code = '9' where {ONE_ACT}",
        also=("daily_sums_equal_the_events",),
    ),
    Fault(
        "event_ids_are_unique",
        "update core.event set event_id = (select min(event_id) from core.event) "
        "where event_id = (select max(event_id) from core.event)",
    ),
    Fault(
        "every_loaded_record_acts",
        "update core.event set record_id = 'visit-1' where record_id = 'visit-0'",
    ),
    Fault("every_raw_row_is_accounted_for", "update meta.raw_file set n_rows = n_rows + 1"),
    Fault("every_rejection_is_kept", "delete from core.event_rejected"),
    Fault(
        "goldstein_values_are_on_the_scale",
        "update core.cameo set goldstein = 10.1 where cameo_code = '2042'",
    ),
    Fault(
        "goldstein_values_are_on_the_scale",
        "update core.cameo set goldstein = -10.1 where cameo_code = '2042'",
    ),
    Fault(
        "history_does_not_shrink",
        "delete from marts.volume_day where day = (select min(day) from marts.volume_day)",
    ),
    Fault(
        "history_does_not_swell",
        "update marts.volume_day set n_events = 10 * n_events "
        "where day = (select min(day) from marts.volume_day)",
    ),
    Fault(
        "new_days_are_as_full_as_those_before",
        "update meta.coverage set complete_to = complete_to + 300",
    ),
    Fault("no_raw_file_is_refused_as_a_whole", "update meta.raw_file set status = 'refused'"),
    Fault(
        "one_row_a_dyad_and_period",
        f"insert into marts.dyad_period from marts.dyad_period where {QUIET} and {PAIR}",
        also=("periods_follow_without_a_gap",),
    ),
    Fault(
        "period_sums_equal_the_days",
        "update marts.dyad_period set n_events = n_events + 1, n_quad1 = n_quad1 + 1 "
        f"where {BUSY} and {ONE_WAY}",
    ),
    Fault(
        "periods_follow_without_a_gap",
        f"delete from marts.dyad_period where {QUIET} and {PAIR}",
    ),
    *(
        Fault(
            "ratios_are_in_range",
            f"update marts.dyad_period set {change} where {BUSY} and {PAIR} "
            "and direction = 'undirected'",
        )
        for change in (
            "relative_net = 1.5",
            "relative_net = -1.5",
            "mean_goldstein = 10.5",
            "score = 9.5",
            "net_percentile = 101",
            "stock = 'infinity'",
            "net_z = 'nan'",
            "net_lo = net + 1, net_hi = net + 2",
            "net_lo = net - 2, net_hi = net - 1",
            "mean_goldstein_lo = mean_goldstein + 0.1",
            "relative_net_hi = relative_net - 0.1",
            "n_quad1 = n_quad1 + 1",
            "n_unvalued = n_events + 1",
        )
    ),
    Fault(
        "sources_are_fresh_enough",
        "update meta.check_limit set max_lag_days = 30 where source = 'records'",
    ),
    Fault(
        "undirected_is_the_sum_of_both_directions",
        "update marts.dyad_period set net = net + 0.001 where direction = 'undirected' and net_lo "
        f"is null and {BUSY} and {PAIR}",
    ),
    Fault(
        "vintages_add_up_to_the_months",
        "update stats.vintage set net = net + 1 where net = (select max(net) from stats.vintage)",
    ),
    Fault(
        "vintages_add_up_to_the_months",
        "update stats.vintage set n_conflict = n_conflict + 1 "
        "where net = (select max(net) from stats.vintage)",
    ),
)


class _Undo(Exception):
    """Rolls a spoilt row back."""


def _lines() -> list[str]:
    days = [date(2020, 1, 7) + timedelta(days=61 * n) for n in range(17)]
    good = [record_line(f"visit-{n}", day) for n, day in enumerate(days)]
    return [*good, record_line("no-day", "2021-02-30")]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A database whose rows can be changed, beside the one that was published."""
    folder = tmp_path_factory.mktemp("checks")
    study = write_study(folder / "study", _lines(), TOML, SIDECAR)
    published: Path = pipeline.refresh(study).database
    copied = shutil.copy(published, folder / "spoilt.duckdb")
    with Warehouse(Path(copied)) as warehouse:
        for name in SPOILT:
            warehouse.execute(f"create temp table kept as from {name}")
            kind = warehouse.rows(
                "select table_type from information_schema.tables "
                "where table_schema || '.' || table_name = ?",
                [name],
            )[0][0]
            warehouse.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
            warehouse.execute(f"create table {name} as from kept")
            warehouse.execute("drop table kept")
        with checks.previous(warehouse, published) as missing:
            assert missing is None
            yield warehouse


def _noticed(warehouse: Warehouse) -> set[str]:
    found = checks.run(warehouse, has_previous=True)
    return {outcome.check.name for outcome in found if not outcome.passed}


def test_what_was_published_passes_every_check(spoilt: Warehouse) -> None:
    assert _noticed(spoilt) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_noticed_by_its_check_and_no_other(spoilt: Warehouse, fault: Fault) -> None:
    noticed: set[str] = set()
    with pytest.raises(_Undo), spoilt.transaction():
        spoilt.execute(fault.spoil)
        noticed = _noticed(spoilt)
        raise _Undo
    assert noticed == {fault.noticed_by, *fault.also}


def test_every_check_has_a_fault_that_it_notices() -> None:
    assert {fault.noticed_by for fault in FAULTS} == {check.name for check in checks.all_checks()}
