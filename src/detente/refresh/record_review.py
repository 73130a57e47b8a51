"""All files of records at once: errors and remarks, samples, what a change did."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from detente.base import clock
from detente.base.errors import RawFileError, UsageError
from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.records import parsing, review, sheets, sidecar
from detente.records.agreement import Coding
from detente.records.coding import Code, Use
from detente.records.record import ParsedFile, Record, Vocabulary
from detente.records.review import Remark
from detente.refresh import input_tables, record_tables
from detente.settings import RECORDS, Settings

DOUBLE = "double_coded"
# What a second coder is told, and what the coder fills in.
_TOLD = ("sample_id", "title", "source_name", "source_url")
_ASKED = ("event_date", "actor1", "actor2", "cameo_code", "coder")


def vocabulary(settings: Settings) -> tuple[Vocabulary, list[Code]]:
    """Return the states and codes that records may use; codes with their points on the scale."""
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.reference_tables(warehouse, settings)
        codes = [
            Code(str(code), str(name), None if value is None else float(value))
            for code, name, value in warehouse.rows(
                "select cameo.cameo_code, cameo.name, weight.scale_value from core.cameo as cameo "
                "left join core.scale as weight "
                "on weight.cameo_code = cameo.cameo_code and weight.scale = ? "
                "order by cameo.cameo_code",
                [settings.index.scale],
            )
        ]
        return record_tables.vocabulary(warehouse), codes


def read_all(
    settings: Settings, known: Vocabulary
) -> tuple[list[tuple[str, ParsedFile]], list[Remark]]:
    """Read every file of records, those with errors too.

    Returns
    -------
    tuple
        Name and content of each file that has a readable sidecar, and an error for each that has
        none.
    """
    names, parsed, problems = [], [], []
    for path in record_tables.record_paths(settings.raw):
        try:
            described = sidecar.with_change(
                sidecar.read(path.with_suffix(".toml")), settings.records.rules
            )
        except RawFileError as error:
            problems.append(
                Remark(path.with_suffix(".toml").name, 1, "", "", str(error), is_error=True)
            )
            continue
        try:
            content = sheets.content(path)
        except RawFileError as error:
            problems.append(Remark(path.name, 1, "", "", str(error), is_error=True))
            continue
        names.append(path.name)
        parsed.append(parsing.parse(content, described, known, settings.study.start))
    return list(zip(names, parsing.deduplicate(parsed), strict=True)), problems


def check(settings: Settings) -> list[Remark]:
    """Return every error and remark about every file of records."""
    known, _ = vocabulary(settings)
    files, found = read_all(settings, known)
    start = settings.study.start
    for name, file in files:
        if file.problem and not file.rejections:
            found.append(Remark(name, 1, "", "", file.problem, is_error=True))
        found += [
            Remark(
                name,
                one.raw_row,
                "event_date",
                one.event_date.isoformat(),
                f"is before {start}, the first day of the study, and is not counted. Remove it, or "
                "set `start` in detente.toml to an earlier day.",
            )
            for one in file.out_of_scope
        ]
        found += [
            Remark(name, one.raw_row, column, value, reason, is_error=True)
            for one in file.rejections
            for column, value, reason in (
                (one.column or "", one.value or "", one.reason),
                *one.further,
            )
        ]
        found += [
            Remark(
                name,
                one.raw_row,
                "record_id",
                one.record_id,
                "repeats an earlier line word for word and is not counted. Remove it.",
            )
            for one in file.duplicates
        ]
    found += review.remarks([(name, file.records) for name, file in files])
    return sorted(found, key=lambda one: (one.file, one.raw_row, not one.is_error))


def uses(files: Iterable[tuple[str, ParsedFile]]) -> list[Use]:
    """Return how the records are coded, for looking codes up."""
    return [
        Use(code, record.title)
        for _, file in files
        for record in file.records
        for code in filter(None, (record.cameo_code, record.reverse_cameo_code))
    ]


def sample(records: Sequence[Record], n_records: int, *, is_blind: bool, seed: int) -> str:
    """Return records drawn at random as CSV, for a second coder to code.

    Parameters
    ----------
    is_blind
        Leave empty what the coder is to judge; else it is filled in, for a review.
    seed
        Of the draw: the same seed draws the same records.
    """
    if n_records > len(records):
        raise UsageError(f"Expected at most {len(records)} records, got {n_records}.")
    drawn = random.Random(seed).sample(list(records), n_records)  # noqa: S311  # no secret
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_TOLD, *_ASKED])
    for one in sorted(drawn, key=lambda record: sample_id(record.record_id)):
        coded = (
            one.event_date.isoformat(), ";".join(one.actor1), ";".join(one.actor2), one.cameo_code,
            one.attributes.get("coder", ""),
        )  # fmt: skip
        given = (sample_id(one.record_id), one.title, one.source_name, one.source_url)
        writer.writerow([*given, *(("",) * len(_ASKED) if is_blind else coded)])
    return text.getvalue()


def sample_id(record_id: str) -> str:
    """Return what stands for a record in a sample: its own id may hold the day and the states."""
    return hashlib.sha256(record_id.encode()).hexdigest()[:12]


def coded_samples(raw: Path) -> list[Path]:
    """Return the samples that a second coder coded, CSV or sheets, sorted."""
    return sheets.paths(raw / "records" / DOUBLE)


def codings(path: Path, known: Vocabulary, record_ids: Iterable[str]) -> list[Coding]:
    """Read what a second coder made of a sample of the records.

    Parameters
    ----------
    record_ids
        Of all records; the sample names each by a hash.

    Raises
    ------
    RawFileError
        A column is missing, or a value is none that a record may have; with line and column.
    """
    try:
        text = sheets.content(path).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RawFileError(f"{path}: expected CSV in UTF-8: {error}") from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in ("sample_id", *_ASKED) if name not in (reader.fieldnames or ())]
    if missing:
        raise RawFileError(f"{path}: expected the column {missing[0]} (`detente records sample`).")
    ids = {sample_id(one): one for one in record_ids}
    return [
        _coding(row, f"{path}, line {number}", path.stem, known, ids)
        for number, row in enumerate(reader, start=2)
    ]


def _coding(
    row: dict[str, str], where: str, default: str, known: Vocabulary, ids: dict[str, str]
) -> Coding:
    day, code = row["event_date"].strip(), row["cameo_code"].strip()
    sides = [
        tuple(filter(None, (part.strip() for part in row[name].split(";"))))
        for name in ("actor1", "actor2")
    ]
    if code and code not in known.cameo:
        raise RawFileError(f"{where}, cameo_code: expected a CAMEO code, got {code!r}.")
    for actor in (*sides[0], *sides[1]):
        if actor not in known.actors:
            raise RawFileError(f"{where}: expected an ISO 3166-1 alpha-3 code, got {actor!r}.")
    try:
        event_date = date.fromisoformat(day) if day else None
    except ValueError:
        raise RawFileError(f"{where}, event_date: expected YYYY-MM-DD, got {day!r}.") from None
    return Coding(
        # A record that has gone since keeps the id of the sample and is listed.
        record_id=ids.get(row["sample_id"].strip(), row["sample_id"].strip()),
        coder=row["coder"].strip() or default,
        event_date=event_date,
        actor1=sides[0],
        actor2=sides[1],
        cameo_code=code or None,
    )


def first_codings(records: Iterable[Record]) -> list[Coding]:
    """Return the records themselves as the first coder's codings."""
    return [
        Coding(
            record_id=one.record_id,
            coder=one.attributes.get("coder", "") or "the files",
            event_date=one.event_date,
            actor1=one.actor1,
            actor2=one.actor2,
            cameo_code=one.cameo_code,
        )
        for one in records
    ]


def changes(settings: Settings, revision: str) -> pd.DataFrame:
    """Say what records that changed since a revision did to the months of each dyad.

    Parameters
    ----------
    revision
        Of git, for instance ``"HEAD~1"`` or a tag.

    Returns
    -------
    pandas.DataFrame
        One row per dyad and month that differs: ``actor1_iso3``, ``actor2_iso3``, ``period_start``,
        ``n_events_before``, ``n_events_now``, ``net_before``, ``net_now`` (points of the study's
        scale, undirected, every act counted) and ``change``.

    Raises
    ------
    UsageError
        The folder is no git checkout, or the revision does not exist or holds no records.
    """
    with tempfile.TemporaryDirectory(prefix="detente-") as folder:
        before = Path(folder) / "raw"
        _check_out(settings.raw.resolve(), revision, before)
        then = _months(_with_raw(settings, before))
    now = _months(settings)
    keys = ["actor1_iso3", "actor2_iso3", "period_start"]
    both = then.merge(now, on=keys, how="outer", suffixes=("_before", "_now")).fillna(0)
    both["change"] = (both["net_now"] - both["net_before"]).round(6)
    differs = (both["change"] != 0) | (both["n_events_before"] != both["n_events_now"])
    return both[differs].sort_values(keys, ignore_index=True)


def _with_raw(settings: Settings, raw: Path) -> Settings:
    paths = settings.paths.model_copy(update={"raw": raw})
    return settings.model_copy(update={"paths": paths})


def _check_out(raw: Path, revision: str, target: Path) -> None:
    """Write the raw records and reference tables of a revision below a folder."""
    top = Path(_git(raw, "rev-parse", "--show-toplevel").strip())
    commit = _git(raw, "rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    below = raw.relative_to(top).as_posix()
    kept = [
        name
        for name in ("records", "reference")
        if _git(top, "ls-tree", commit, f"{below}/{name}").strip()
    ]
    if not kept:
        raise UsageError(f"Revision {revision} has no records below {raw}.")
    archive = subprocess.run(  # noqa: S603  # git itself, with a revision that it has resolved
        ["git", "-C", str(top), "archive", f"{commit}:{below}", *kept],  # noqa: S607
        capture_output=True,
        check=True,
    )
    target.mkdir(parents=True)
    packed = target / "raw.tar"
    packed.write_bytes(archive.stdout)
    shutil.unpack_archive(packed, target, filter="data")
    packed.unlink()


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603
        ["git", "-C", str(folder), *words],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UsageError(
            f"`git {' '.join(words)}` in {folder}: {done.stderr.strip() or 'failed'}. Expected a "
            "git checkout and a revision of it."
        )
    return done.stdout


def _months(settings: Settings) -> pd.DataFrame:
    """Build the indices of the records alone and return their undirected months."""
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.study(warehouse, settings, clock.today())
        input_tables.reference_tables(warehouse, settings)
        record_tables.write_records(
            warehouse,
            settings,
            record_tables.read_records(settings, record_tables.vocabulary(warehouse)),
        )
        input_tables.relate(warehouse, settings)
        for file in sql_files():
            if not file.is_input and file.layer in ("meta", "core", "marts"):
                warehouse.build(file)
        return warehouse.frame(
            "select actor1_iso3, actor2_iso3, period_start, n_events, net from marts.dyad_month "
            "where source = ? and direction = 'undirected' and counting = 'all' "
            "and n_events > 0",
            [RECORDS],
        )
