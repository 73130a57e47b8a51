"""Fill the input tables of a database under construction: study, files, reference tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from detente import sources
from detente.base.errors import SettingsError
from detente.database import curated
from detente.database.builder import LAYOUT_VERSION, Warehouse
from detente.records import reference, scales
from detente.refresh import disk
from detente.refresh.disk import Look
from detente.refresh.record_tables import RAW_FILE
from detente.settings import FILE_NAME, RECORDS, Settings
from detente.sources import traits_of
from detente.store import part_macros, vintages
from detente.store.events import (
    AGAIN,
    KINDS,
    LOADED,
    OUTCOME_OF,
    PRESENT,
    SUPERSEDED,
    Store,
)


def bulk_files(warehouse: Warehouse, settings: Settings) -> None:
    """Tell the database of the event store: its raw files, what was refused, its parts."""
    warehouse.insert(
        "meta.files_a_day",
        ["source", "n_files"],
        [
            (name, offer.traits.files_a_day)
            for name, offer in sources.offers().items()
            if offer.traits.files_a_day
        ],
    )
    events = Store(settings)
    if not events.exists():
        return
    events.place.show_to(warehouse)
    warehouse.execute(
        f"create temp table bulk_file as select * from {events.relation('file')} {PRESENT}"  # noqa: S608
    )
    ((as_of,),) = warehouse.rows("select as_of from meta.study")
    _leave_out_later(warehouse, settings, as_of)
    _accounts(warehouse, events)
    _missing_files(warehouse, events)
    _part_days(warehouse)
    folder, name = events.place.around
    warehouse.insert(
        "meta.event_part",
        ["path", "folder", "source", "kind", "n_events", "bytes"],
        [
            (f"{name}/{part.path}", folder, part.source, part.kind, part.n_rows, part.bytes)
            for part in events.manifest().parts
            if part.kind in (*KINDS, AGAIN)
        ],
    )


def _accounts(warehouse: Warehouse, events: Store) -> None:
    """Fill `meta.raw_file` and `core.event_rejected`."""
    columns = ", ".join(RAW_FILE)
    given = {
        "label": "title",
        "checked": "null::date",
        "n_unknown": "coalesce(n_unknown, 0)",
        "named_to": "coalesce(named_to, covers_to)",
    }
    values = ", ".join(given.get(name, name) for name in RAW_FILE)
    warehouse.execute(
        f"insert into meta.raw_file ({columns}) select {values} from bulk_file "  # noqa: S608
        "order by raw_file_id"
    )
    warehouse.execute(
        "insert into core.event_rejected "  # noqa: S608
        "select raw_file_id, raw_row, column_name, value, reason, raw_text "
        f"from {events.relation('rejected')} as rejected "
        "where (raw_file_id, load_id) in (select (raw_file_id, load_id) from bulk_file) "
        "order by raw_file_id, raw_row"
    )


def _missing_files(warehouse: Warehouse, events: Store) -> None:
    warehouse.execute(
        f"""
        insert into meta.missing_file
        select
            file.source, array_to_string(string_split(file.raw_file_id, '/')[2:], '/') as name,
            file.url, file.status,
            file.note as reason, tried.attempts,
            coalesce(tried.last_tried_at, file.loaded_at) as last_tried_at, file.covers_from,
            file.covers_to, file.raw_file_id
        from bulk_file as file
        left join (
            select raw_file_id, sum(attempts) as attempts, max(tried_at) as last_tried_at
            from {events.relation("tried")}
            group by raw_file_id
        ) as tried using (raw_file_id)
        where file.status not in {(*LOADED, SUPERSEDED, vintages.NOT_YET)}
        order by file.source, file.covers_from, name
        """  # noqa: S608
    )


def _part_days(warehouse: Warehouse) -> None:
    """Fill `meta.part_day`. A file that an earlier version loaded counts as one with a list."""
    warehouse.execute(
        r"""
        insert into meta.part_day
        with
        file as (
            select
                source,
                covers_from as day,
                1440 // files_a_day.n_files as minutes,
                time_bucket(
                    to_minutes(minutes),
                    try_strptime(regexp_extract(raw_file_id, '/(\d{14})\.', 1), '%Y%m%d%H%M%S')
                )
                    as part,
                coalesce(is_listed, true) as is_listed
            from bulk_file
            inner join meta.files_a_day as files_a_day using (source)
            where status not in ('superseded', 'not_yet_public', 'not_recognised')
        ),

        span as (
            select source, min(part) as first_part, max(part) as last_part
            from file
            group by source
        )

        select
            source,
            day,
            count(distinct part) as n_files,
            datediff(
                'minute',
                greatest(any_value(first_part), day::timestamp),
                least(any_value(last_part), day + interval 1 day - to_minutes(any_value(minutes)))
            )
            // any_value(minutes) + 1 - n_files
                as n_unknown
        from file
        inner join span using (source)
        group by source, day
        having not bool_or(is_listed) and n_unknown > 0
        """
    )


def disk_differences(warehouse: Warehouse, settings: Settings, looked: Sequence[Look]) -> None:
    """Fill `meta.disk_difference`.

    Parameters
    ----------
    looked
        What the loading of events saw; sources that it did not look at are looked at now.
    """
    seen = [one.source for one in looked]
    looks = [*looked, *disk.looks(settings, seen, reading=False)]
    warehouse.insert(
        "meta.disk_difference",
        ["source", "difference", "n_files", "examples"],
        [
            (one.source, kind, len(one.of(kind)), one.shown(kind))
            for one in sorted(looks, key=lambda one: one.source)
            for kind in one.standing
        ],
    )


def _leave_out_later(warehouse: Warehouse, settings: Settings, as_of: date) -> None:
    """Make the accounts in `bulk_file` those of the releases that were public on a day."""
    known = sources.known(settings).values()
    later = vintages.find_tellings(warehouse, Store(settings), known, as_of)
    for outcome in ("event", "other", "unknown"):
        column = OUTCOME_OF[outcome]
        warehouse.execute(
            f"update bulk_file set {column} = coalesce({column}, 0) + counted.n, "  # noqa: S608
            "n_duplicate = n_duplicate - counted.n from (select raw_file_id, "
            "count(distinct raw_row) filter (counted) "
            "- count(distinct raw_row) filter (not counted) as n "
            "from told_then where outcome = ? "
            "group by raw_file_id) as counted where bulk_file.raw_file_id = counted.raw_file_id",
            [outcome],
        )
    for raw_file_id, day in later.items():
        warehouse.execute(
            "update bulk_file set status = ?, note = ?, n_out_of_scope = n_rows - n_rejected, "
            "n_loaded = 0, n_unknown = 0, n_duplicate = 0 where raw_file_id = ?",
            [vintages.NOT_YET, f"counts as public from {day} on", raw_file_id],
        )


def relate(warehouse: Warehouse, settings: Settings) -> None:
    """Tell the SQL files which parts of the event store to read."""
    events = Store(settings)
    events.place.show_to(warehouse)
    rows = {kind: events.relocatable_relation(kind) for kind in (*KINDS, AGAIN)}
    query = "select 1 from meta.raw_file where status = ? limit 1"
    is_of_the_past = warehouse.rows(query, [vintages.NOT_YET])
    part_macros.relate(warehouse, vintages.relations(rows) if is_of_the_past else rows)


def study(warehouse: Warehouse, settings: Settings, as_of: date) -> None:
    """Fill the tables that tell SQL about the study, and clients about the layout."""
    warehouse.insert("meta.layout", ["version"], [(LAYOUT_VERSION,)])
    warehouse.insert("main.indicator", warehouse.columns("main.indicator"), curated.indicators())
    warehouse.insert(
        "meta.study",
        [
            "name",
            "start_date",
            "as_of",
            "half_life_days",
            "scale",
            "officials",
            "weighting",
            "points_per_score",
            "significance",
            "settings_sha256",
        ],
        [
            (
                settings.study.name,
                settings.study.start,
                as_of,
                settings.index.half_life_days,
                settings.index.scale,
                settings.index.officials,
                settings.index.weighting,
                settings.index.points_per_score,
                settings.inference.significance,
                settings.sha256,
            )
        ],
    )
    focal = tuple(sorted(settings.study.focal_dyad))
    warehouse.insert(
        "meta.study_dyad",
        ["position", "actor1_iso3", "actor2_iso3", "is_focal"],
        [
            (position, *pair, pair == focal)
            for position, pair in enumerate(settings.study.dyad_pairs, start=1)
        ],
    )


def keep_dyads_with_events(warehouse: Warehouse, settings: Settings) -> None:
    """Of a study of many pairs keep those with enough events, the ones with most events first.

    The pair in focus and those between which the study keeps records stay whatever their number; a
    record counts as one event.
    """
    if not settings.study.has_many_pairs:
        return
    store = Store(settings)
    store.place.show_to(warehouse)
    counted = store.relation("event") if store.exists() else None
    events = (
        "select least(actor1_iso3, actor2_iso3)::varchar as actor1_iso3, "  # noqa: S608
        "greatest(actor1_iso3, actor2_iso3)::varchar as actor2_iso3, count(*) as n_events "
        f"from {counted} where event_date >= ? group by all"
        if counted
        else "select null as actor1_iso3, null as actor2_iso3, 0 as n_events where ?::date is null"
    )
    warehouse.execute(
        "create or replace temp table kept_dyad as "  # noqa: S608
        f"with counted as ({events}), recorded as ("
        "select least(one, other) as actor1_iso3, greatest(one, other) as actor2_iso3, "
        "count(*) filter (where event_date >= ?) as n_records from ("
        "select unnest(actor1) as one, actor2, event_date from core.record), "
        "unnest(actor2) as t(other) where one <> other group by all) "
        "select actor1_iso3, actor2_iso3, is_focal, "
        "coalesce(n_events, 0) + coalesce(n_records, 0) as n_events "
        "from meta.study_dyad "
        "left join counted using (actor1_iso3, actor2_iso3) "
        "left join recorded using (actor1_iso3, actor2_iso3) "
        "where is_focal or coalesce(n_events, 0) >= ? or recorded.actor1_iso3 is not null",
        [settings.study.start, settings.study.start, settings.study.least_events],
        where="meta.study_dyad",
    )
    warehouse.execute("delete from meta.study_dyad")
    warehouse.execute(
        "insert into meta.study_dyad by name select "
        "row_number() over (order by not is_focal, n_events desc, actor1_iso3, actor2_iso3) "
        "as position, actor1_iso3, actor2_iso3, is_focal from kept_dyad"
    )


def check_limits(warehouse: Warehouse, settings: Settings, *, is_today: bool) -> None:
    """Fill `meta.check_limit` from the settings.

    Parameters
    ----------
    is_today
        False for a database as of a past day, whose sources were as fresh as they were.
    """
    limits = settings.checks
    by_default = (
        name for name in settings.source_names if name == RECORDS or traits_of(name).retracts
    )
    named = by_default if limits.may_retract is None else limits.may_retract
    retracting = {*named, *settings.sources.csv}
    warehouse.insert(
        "meta.check_limit",
        [
            "source",
            "volume_low",
            "volume_high",
            "history_high",
            "volume_days",
            "volume_min_events",
            "may_retract",
            "retracted_share",
            "retracted_events",
            "max_lag_days",
        ],
        [
            (
                source,
                limits.volume_low,
                limits.volume_high,
                limits.history_high,
                limits.volume_days,
                limits.volume_min_events,
                source in retracting,
                limits.retracted_share,
                limits.retracted_events,
                limits.max_lag_days.get(source) if is_today else None,
            )
            for source in settings.source_names
        ],
    )


def reference_tables(warehouse: Warehouse, settings: Settings) -> None:
    """Fill `core.actor` and `core.cameo` from the study and the package."""
    reference.load(warehouse, settings.raw / "reference")
    scales.load(warehouse, settings.raw / "reference")
    known = [row[0] for row in warehouse.rows("select scale from meta.scale order by scale")]
    if settings.index.scale not in known:
        raise SettingsError(
            f"{settings.home / FILE_NAME}: `index.scale`: expected one of {', '.join(known)}; got "
            f"{settings.index.scale!r}. A scale of your own is a file of "
            f"{settings.raw / 'reference' / scales.FOLDER}."
        )
