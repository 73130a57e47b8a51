"""Hand-coded records in a database under construction: read their files, write their tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from detente.base import clock
from detente.base.errors import SettingsError
from detente.database.builder import Warehouse
from detente.records import parsing, recoding, restoring, sheets, sidecar
from detente.records.record import ParsedFile, Record, Rejection, Vocabulary
from detente.records.sidecar import Sidecar
from detente.settings import RECORDS, Settings, TakingBack


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
        """The day up to which the sources were searched; by default the day of the last record.

        None where it says nothing and there is no record.
        """
        days = (record.event_date for record in self.parsed.records)
        return self.sidecar.covers_to or max(days, default=None)


def record_paths(raw: Path) -> list[Path]:
    """Return the files of hand-kept records, in the order in which they are loaded."""
    return sheets.paths(raw / "records")


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
        RecordFile(f"{RECORDS}/{path.name}", path, content, described, one)
        for path, content, described, one in zip(paths, contents, sidecars, parsed, strict=True)
    ]


def write_records(warehouse: Warehouse, settings: Settings, files: list[RecordFile]) -> None:
    """Fill `core.record`, `core.event_rejected` and what `meta` says of the files of records."""
    loaded_at = clock.second()
    for file in files:
        warehouse.insert(
            "meta.raw_file", list(RAW_FILE), [_raw_file_row(file, settings, loaded_at)]
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


RAW_FILE = (
    "raw_file_id", "source", "url", "path", "bytes", "sha256", "published_md5", "n_rows",
    "n_loaded", "n_out_of_scope", "n_unknown", "n_duplicate", "n_rejected", "status", "note",
    "title", "label", "producer", "licence", "covers_from", "covers_to", "named_to", "last_event",
    "places", "numbering", "checked", "loaded_at",
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
        RECORDS,
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
        None,
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
