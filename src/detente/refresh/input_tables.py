"""Fill the input tables of a database under construction: study, reference tables, records."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from detente.base import clock
from detente.base.errors import SettingsError
from detente.database import curated
from detente.database.builder import LAYOUT_VERSION, Warehouse
from detente.records import parsing, recoding, reference, restoring, scales, sheets, sidecar
from detente.records.record import ParsedFile, Record, Rejection, Vocabulary
from detente.records.sidecar import Sidecar
from detente.settings import FILE_NAME, RECORDS, Settings, TakingBack
from detente.sources import traits_of
from detente.store import part_macros
from detente.store.events import AGAIN, KINDS, Store

SOURCE = RECORDS


@dataclass(frozen=True)
class RecordFile:
    """One file of records as it was read."""

    raw_file_id: str
    path: Path
    content: bytes
    sidecar: Sidecar
    parsed: ParsedFile

    @property
    def status(self) -> str:
        """'loaded', 'no_rows' (a header alone), or 'refused' (no row could be read)."""
        if self.parsed.problem:
            return "refused"
        return "loaded" if self.parsed.n_rows else "no_rows"

    @property
    def covers_to(self) -> date | None:
        """The day up to which somebody looked; unless the sidecar says so, that of the last record.

        None where it says nothing and there is no record.
        """
        days = (record.event_date for record in self.parsed.records)
        return self.sidecar.covers_to or max(days, default=None)


def record_paths(raw: Path) -> list[Path]:
    """Return the files of hand-kept records, in the order in which they are loaded."""
    return sheets.paths(raw / "records")


def bulk_files(warehouse: Warehouse, settings: Settings) -> None:
    """Tell the database of the event store: its raw files, what was refused, its parts."""
    events = Store(settings)
    if not events.exists():
        return
    events.place.show_to(warehouse)
    folder, name = events.place.around
    warehouse.execute(
        f"create temp table bulk_file as select * from {events.relation('file')} "  # noqa: S608
        "qualify row_number() over (partition by raw_file_id order by sequence desc) = 1"
    )
    columns = ", ".join(_RAW_FILE)
    given = {
        "label": "title",
        "checked": "null::date",
        "n_unknown": "coalesce(n_unknown, 0)",
        "named_to": "coalesce(named_to, covers_to)",
    }
    values = ", ".join(given.get(name, name) for name in _RAW_FILE)
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
    warehouse.execute(
        f"""
        insert into meta.missing_file
        select
            file.source, split_part(file.raw_file_id, '/', 2) as name, file.url, file.status,
            file.note as reason, tried.attempts,
            coalesce(tried.last_tried_at, file.loaded_at) as last_tried_at, file.covers_from,
            file.covers_to, file.raw_file_id
        from bulk_file as file
        left join (
            select raw_file_id, sum(attempts) as attempts, max(tried_at) as last_tried_at
            from {events.relation("tried")}
            group by raw_file_id
        ) as tried using (raw_file_id)
        where file.status not in ('loaded', 'no_rows', 'superseded')
        order by file.source, file.covers_from, name
        """  # noqa: S608
    )
    warehouse.insert(
        "meta.event_part",
        ["path", "folder", "source", "kind", "n_events", "bytes"],
        [
            (
                f"{name}/{part.path}",
                folder,
                part.source,
                part.kind,
                part.n_rows,
                part.bytes,
            )
            for part in events.manifest().parts
            if part.kind in (*KINDS, AGAIN)
        ],
    )


def relate(warehouse: Warehouse, settings: Settings) -> None:
    """Tell the SQL files which parts of the event store to read."""
    events = Store(settings)
    events.place.show_to(warehouse)
    part_macros.relate(
        warehouse, {kind: events.relocatable_relation(kind) for kind in (*KINDS, AGAIN)}
    )


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

    The pair in focus and those between which the study keeps records stay whatever their number.
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
        "select distinct least(one, other) as actor1_iso3, greatest(one, other) as actor2_iso3 "
        "from (select unnest(actor1) as one, actor2 from core.record), unnest(actor2) as t(other) "
        "where one <> other) "
        "select actor1_iso3, actor2_iso3, is_focal, coalesce(n_events, 0) as n_events "
        "from meta.study_dyad "
        "left join counted using (actor1_iso3, actor2_iso3) "
        "left join recorded using (actor1_iso3, actor2_iso3) "
        "where is_focal or coalesce(n_events, 0) >= ? or recorded.actor1_iso3 is not null",
        [settings.study.start, settings.study.least_events],
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


def vocabulary(warehouse: Warehouse) -> Vocabulary:
    """Return the codes that the reference tables know."""
    return Vocabulary(
        actors=frozenset(row[0] for row in warehouse.rows("select iso3 from core.actor")),
        cameo=frozenset(row[0] for row in warehouse.rows("select cameo_code from core.cameo")),
    )


def read_records(settings: Settings, known: Vocabulary) -> list[RecordFile]:
    """Read every file of records; nothing is written.

    Raises
    ------
    RawFileError
        A file has no readable sidecar, so that its columns mean nothing.
    SettingsError
        A table of `[[records.recode]]` or `[[records.alternative]]` names a code that is none, or
        means no record.
    """
    for rule in (*settings.records.recode, *settings.records.alternative):
        for code in filter(None, (rule.to, rule.reverse_to)):
            if code not in known.cameo:
                raise SettingsError(
                    f"The rule {rule.name!r} of [records]: expected a CAMEO code of core.cameo, "
                    f"got {code!r}."
                )
    paths = record_paths(settings.raw)
    contents = [path.read_bytes() for path in paths]
    sidecars = sidecar.with_changes(
        (sidecar.read(path.with_suffix(".toml")) for path in paths), settings.records.rules
    )
    parsed = recoding.recode(
        parsing.deduplicate(
            parsing.parse(sheets.content(path), one, known, settings.study.start)
            for path, one in zip(paths, sidecars, strict=True)
        ),
        settings.records,
    )
    return [
        RecordFile(f"{SOURCE}/{path.name}", path, content, described, one)
        for path, content, described, one in zip(paths, contents, sidecars, parsed, strict=True)
    ]


def write_records(warehouse: Warehouse, settings: Settings, files: list[RecordFile]) -> None:
    """Fill `core.record`, `core.event_rejected` and what `meta` says of the files of records."""
    loaded_at = clock.second()
    for file in files:
        warehouse.insert(
            "meta.raw_file", list(_RAW_FILE), [_raw_file_row(file, settings, loaded_at)]
        )
        warehouse.insert(
            "meta.record_start",
            list(_START),
            [
                (file.raw_file_id, one.category, one.attributes, one.first_day, one.why)
                for one in file.sidecar.starts
            ],
        )
        warehouse.insert(
            "meta.record_view",
            list(_VIEW),
            [(file.raw_file_id, *row) for row in file.sidecar.views.rows(file.sidecar.categories)],
        )
        warehouse.insert("meta.code_value", list(_CODE_VALUE), _code_values(file))
        warehouse.insert(
            "core.record",
            list(_RECORD),
            [_record_row(record, file.raw_file_id) for record in file.parsed.records],
        )
        warehouse.insert(
            "core.event_rejected",
            list(_REJECTED),
            [_rejected_row(rejected, file.raw_file_id) for rejected in file.parsed.rejections],
        )
    shares = _shares(warehouse, settings.index.scale, settings.records.taking_back, files)
    warehouse.insert("core.record_share", list(_SHARE), shares)


_RAW_FILE = (
    "raw_file_id", "source", "url", "path", "bytes", "sha256", "published_md5", "n_rows",
    "n_loaded", "n_out_of_scope", "n_unknown", "n_duplicate", "n_rejected", "status", "note",
    "title", "label", "producer", "licence", "covers_from", "covers_to", "named_to", "last_event",
    "checked", "loaded_at",
)  # fmt: skip
_RECORD = (
    "record_id", "raw_file_id", "raw_row", "event_date", "end_date", "actor1", "actor2",
    "cameo_code", "reverse_cameo_code", "category", "title", "source_name", "source_url", "rule",
    "attributes",
)  # fmt: skip
_SHARE = ("record_id", "actor1_iso3", "actor2_iso3", "counted_share")
_START = ("raw_file_id", "category", "attributes", "first_day", "why")
_VIEW = ("raw_file_id", "view_name", "categories", "columns", "effect", "status")
_CODE_VALUE = ("raw_file_id", "column_name", "value", "meaning")
_REJECTED = ("raw_file_id", "raw_row", "column_name", "value", "reason", "raw_text")


def _shares(
    warehouse: Warehouse, scale: str, taking_back: TakingBack, files: Sequence[RecordFile]
) -> list[tuple[object, ...]]:
    values = warehouse.rows(
        "select cameo_code, scale_value from core.scale where scale = ?", [scale]
    )
    records = [record for file in files for record in file.parsed.records]
    found = restoring.shares(records, dict(values), taking_back)
    return [(*act, share) for act, share in sorted(found.items())]


def _code_values(file: RecordFile) -> list[tuple[object, ...]]:
    """List the words that the sidecar defines: its categories and the values of its columns."""
    defined = {"category": file.sidecar.categories} | {
        name: column.values for name, column in file.sidecar.columns.items() if column.values
    }
    return [
        (file.raw_file_id, column, value, meaning)
        for column, values in defined.items()
        for value, meaning in values.items()
    ]


def _raw_file_row(file: RecordFile, settings: Settings, loaded_at: datetime) -> tuple[object, ...]:
    parsed, described = file.parsed, file.sidecar
    return (
        file.raw_file_id,
        SOURCE,
        None,
        settings.stored(file.path),
        len(file.content),
        hashlib.sha256(file.content).hexdigest(),
        None,
        parsed.n_rows,
        len(parsed.records),
        len(parsed.out_of_scope),
        0,
        len(parsed.duplicates),
        len(parsed.rejections),
        file.status,
        parsed.problem,
        described.title,
        described.label,
        described.producer,
        described.licence,
        described.covers_from,
        file.covers_to,
        described.covers_to,
        None,
        described.checked,
        loaded_at,
    )


def _record_row(record: Record, raw_file_id: str) -> tuple[object, ...]:
    return (
        record.record_id,
        raw_file_id,
        record.raw_row,
        record.event_date,
        record.end_date,
        record.actor1,
        record.actor2,
        record.cameo_code,
        record.reverse_cameo_code,
        record.category,
        record.title,
        record.source_name,
        record.source_url,
        record.rule,
        record.attributes,
    )


def _rejected_row(rejection: Rejection, raw_file_id: str) -> tuple[object, ...]:
    return (
        raw_file_id,
        rejection.raw_row,
        rejection.column,
        rejection.value,
        rejection.reason,
        rejection.raw_text,
    )
