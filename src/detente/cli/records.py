"""Commands for those who keep records by hand: look codes up, write, check, compare, agree."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente import settings
from detente.base.counted import counted
from detente.base.errors import UsageError
from detente.base.files import write
from detente.cli import output_paths
from detente.cli.app import SET_UP, app
from detente.cli.choices import Format
from detente.cli.options import ConfigOption, JsonOption
from detente.cli.output import err, out, print_frame, print_json
from detente.settings import Settings

if TYPE_CHECKING:
    from detente.records.record import ParsedFile, Rejection, Vocabulary

records_app = typer.Typer(help="Hand-coded records: write, check, compare, sample, agreement.")
app.add_typer(records_app, name="records", rich_help_panel=SET_UP)


@app.command("code", rich_help_panel=SET_UP)
def code_command(
    words: Annotated[list[str], typer.Argument(help="What happened, for instance recalls envoy.")],
    n_best: Annotated[int, typer.Option("--top", min=1, max=100, help="Codes shown.")] = 10,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Rank CAMEO codes by words, with points and how the records code similar acts."""
    import pandas as pd

    from detente.records import coding
    from detente.refresh import record_review

    asked = " ".join(words).strip()
    if not asked:
        raise UsageError("Expected words or a code, for instance `detente code recalls envoy`.")
    study = settings.load(config)
    known, codes = record_review.vocabulary(study)
    files, _ = record_review.read_all(study, known)
    found = coding.rank(asked, codes, record_review.uses(files), n_best)
    if not found and not as_json:
        raise UsageError(
            f"No code, and no record of the study, has words like {asked!r}. Say it as a newspaper "
            "would, with the verb: `detente code imposes sanctions`."
        )
    if as_json:
        print_json([asdict(one) for one in found])
        return
    frame = pd.DataFrame(
        [
            {
                "code": one.code.cameo_code,
                "definition": one.code.name,
                "points": one.code.value,
                "likeness": one.score,
                "records": one.n_uses,
                "for instance": one.examples[0] if one.examples else "",
            }
            for one in found
        ]
    )
    print_frame(frame, Format.table)


@records_app.command("check")
def check_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List every error and remark of every file of records; exit 1 if there is an error."""
    from detente.refresh import record_review

    study = settings.load(config)
    found = record_review.check(study)
    if as_json:
        print_json([asdict(one) for one in found])
    for one in found if not as_json else ():
        mark = "error" if one.is_error else "look at"
        place = f"{one.file}, line {one.raw_row}" + (f", {one.column}" if one.column else "")
        value = f" {one.value!r}:" if one.value else ""
        out.print(f"{mark:8}{place}:{value} {one.text}", highlight=False, markup=False)
    n_errors = sum(one.is_error for one in found)
    n_remarks = len(found) - n_errors
    err.print(f"{counted(n_errors, 'error')}, {counted(n_remarks, 'remark')}", highlight=False)
    if n_errors:
        raise typer.Exit(1)


@records_app.command("diff")
def diff_command(
    revision: Annotated[str, typer.Argument(help="Of git, for instance HEAD~1 or a tag.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show which months of which dyads changed because records changed since a revision."""
    from detente.refresh import record_review

    found = record_review.changes(settings.load(config), revision)
    print_frame(found, Format.csv if as_csv else Format.json if as_json else Format.table)


@records_app.command("sample")
def sample_command(
    n_records: Annotated[int, typer.Argument(min=1, help="How many records.")],
    blind: Annotated[
        bool, typer.Option("--blind", help="Leave the columns to be coded empty.")
    ] = False,
    file: Annotated[
        str | None, typer.Option(help="One file of records, for instance summits.csv.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same records.")] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file.")] = None,
    config: ConfigOption = None,
) -> None:
    """Draw records at random for a second coder, as CSV or, with -o NAME.xlsx, as a sheet."""
    from detente.records import sheets
    from detente.refresh import record_review

    study = settings.load(config)
    known, _ = record_review.vocabulary(study)
    files, _ = record_review.read_all(study, known)
    if file and file not in dict(files):
        raise UsageError(f"No file {file!r}. There are: {', '.join(name for name, _ in files)}.")
    records = [one for name, parsed in files if file in (None, name) for one in parsed.records]
    text = record_review.sample(records, n_records, is_blind=blind, seed=seed)
    if output is None:
        typer.echo(text, nl=False)
        return
    if os.path.lexists(output):
        raise UsageError(
            f"{output} exists already, and a coder may have worked on it. Choose another file."
        )
    output_paths.demand_free(study, output)
    sheets.write(output, text)
    err.print(f"{output}: {n_records} records", highlight=False, markup=False)


@records_app.command("agreement")
def agreement_command(
    samples: Annotated[
        list[Path] | None,
        typer.Argument(help="Coded samples (default: every file of records/double_coded)."),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, help="Bootstrap draws.")] = 1000,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Print Krippendorff's alpha of day, actors, code and scale value, with 95% intervals."""
    import pandas as pd

    from detente.records import agreement
    from detente.refresh import record_review

    study = settings.load(config)
    paths = samples or record_review.coded_samples(study.raw)
    if not paths:
        raise UsageError(
            "No coded sample. Draw one with `detente records sample 50 --blind -o second.csv`, "
            f"have it coded, and put it into {study.raw / 'records' / record_review.DOUBLE}."
        )
    known, codes = record_review.vocabulary(study)
    files, _ = record_review.read_all(study, known)
    every = [one for _, file in files for one in file.records]
    ids = [one.record_id for one in every]
    second = [one for path in paths for one in record_review.codings(path, known, ids)]
    if not any(one.event_date or one.actor1 or one.cameo_code for one in second):
        names = ", ".join(path.name for path in paths)
        raise UsageError(
            f"{names}: no line is coded yet. The second coder fills event_date, actor1, actor2 and "
            "cameo_code, from the title and the source alone."
        )
    wanted = {one.record_id for one in second}
    records = [one for one in every if one.record_id in wanted]
    if gone := sorted(wanted - {one.record_id for one in records}):
        err.print(f"{len(gone)} records are no longer in the files, first {gone[0]}")
    found = agreement.alphas(
        [*record_review.first_codings(records), *second],
        {code.cameo_code: code.value for code in codes},
        draws,
    )
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        print_frame(pd.DataFrame([asdict(one) for one in found]).round(3), Format.table)


@records_app.command("new")
def new_command(
    file: Annotated[str, typer.Argument(help="The file of records, for instance summits.csv.")],
    day: Annotated[str | None, typer.Option(help="Day of the event, YYYY-MM-DD.")] = None,
    actor1: Annotated[
        str | None, typer.Option(help="Source actors, codes or names, joined by ;")
    ] = None,
    actor2: Annotated[str | None, typer.Option(help="Target actors, written like actor1.")] = None,
    code: Annotated[str | None, typer.Option(help="CAMEO code; `detente code` helps.")] = None,
    reverse: Annotated[
        str | None, typer.Option(help="Code of the reverse act, if both act.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="A category of the sidecar.")] = None,
    title: Annotated[str | None, typer.Option(help="What happened, one line.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Publisher; without a URL also title and date.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where a reader can check it.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A further column of the file: NAME=VALUE.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    config: ConfigOption = None,
) -> None:
    """Add one record to a file: asks for missing values, checks it, warns of similar records."""
    from detente.records import coding, sidecar
    from detente.refresh import record_review

    study = settings.load(config)
    path = _csv_file(study.raw, file)
    described = sidecar.read(path.with_suffix(".toml"))
    own = _own_columns(set_ or [])
    known, codes = record_review.vocabulary(study)
    files, _ = record_review.read_all(study, known)
    title = _ask("What happened", title, yes)
    if code is None and not yes:
        for match in coding.rank(title, codes, record_review.uses(files), 5):
            points = "no value" if match.code.value is None else f"{match.code.value:+.1f}"
            line = f"  {match.code.cameo_code:5} {match.code.name} ({points})"
            err.print(line, markup=False, highlight=False)
    values = {
        "title": title,
        "event_date": _ask("Day (YYYY-MM-DD)", day, yes),
        "actor1": _codes(study.home, known, _ask("Source actor", actor1, yes)),
        "actor2": _codes(study.home, known, _ask("Target actor", actor2, yes)),
        "cameo_code": _ask("CAMEO code", code, yes),
    }
    if set(values["actor1"].split(";")) & set(values["actor2"].split(";")):
        reverse = reverse or ""  # The pairs of a joint act go both ways: there is nothing to ask.
    values |= {
        "reverse_cameo_code": _ask("Code of the reverse act, if both act", reverse, yes, ""),
        "category": _ask(f"Category ({', '.join(described.categories)})", category, yes),
        "source_name": _ask("Source", source, yes),
        "source_url": _ask("URL, if there is one", url, yes, ""),
        **own,
    }
    header = _header(path)
    for name, column in described.all_columns.items() if not yes else ():
        is_asked = (
            column.required or name == "source_kind" or (name == "short" and len(title) > 100)
        )
        if is_asked and name in header and name not in own:
            choices = f" ({', '.join(column.values)})" if column.values else ""
            default = None if column.required else ""
            values[name] = _ask(f"{name}: {column.description}{choices}", None, yes, default)
    _write(study, path, values, known, files, is_sure=yes)


def _csv_file(raw: Path, file: str) -> Path:
    """Return the CSV file of records that has a name, with or without its suffix."""
    from detente.refresh import record_tables

    paths = record_tables.record_paths(raw)
    found = [path for path in paths if Path(file).name in (path.name, path.stem)]
    if not found:
        names = ", ".join(one.name for one in paths)
        raise UsageError(f"No file {raw / 'records' / file}. There are: {names or 'none'}.")
    if found[0].suffix.lower() != ".csv":
        raise UsageError(
            f"{found[0].name}: lines are added to CSV files only. Add the row in your spreadsheet "
            "program, then run `detente records check`."
        )
    return found[0]


def _header(path: Path) -> list[str]:
    return next(csv.reader(path.read_bytes().decode("utf-8-sig").splitlines()[:1]), [])


def _ask(what: str, given: str | None, is_sure: bool, default: str | None = None) -> str:
    """Return what was given, or ask; an empty answer is the default if there is one."""
    if given is not None:
        return given
    if is_sure and default is None:
        raise UsageError(f"{what}: expected an option, since --yes asks nothing.")
    if is_sure:
        return str(default)
    return str(typer.prompt(what, default, show_default=False, err=True)).strip()


def _codes(home: Path, known: Vocabulary, text: str) -> str:
    """Return the codes of actors that are given by codes or names joined by ;."""
    from detente.studies import start
    from detente.studies.actors import Gazetteer

    gazetteer = Gazetteer(home / start.REFERENCE)
    codes = []
    for one in filter(None, map(str.strip, text.split(";"))):
        if one not in known.actors:
            one = gazetteer.sure(one).iso3
        codes.append(one)
    return ";".join(codes)


def _own_columns(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise UsageError(f"--set {wrong[0]}: expected NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _write(
    study: Settings,
    path: Path,
    values: dict[str, str],
    known: Vocabulary,
    files: list[tuple[str, ParsedFile]],
    *,
    is_sure: bool,
) -> None:
    """Append a record to its file if it is valid, and nothing else to the file."""
    from detente.records import parsing, review, sidecar

    header = _header(path)
    if unknown := sorted(set(values) - set(header)):
        raise UsageError(f"{path.name} has no column {unknown[0]!r}. It has: {', '.join(header)}.")
    described = sidecar.with_change(sidecar.read(path.with_suffix(".toml")), study.records.rules)
    everything = [one for _, file in files for one in file.records]
    while True:
        values["record_id"] = _record_id(values, {one.record_id for one in everything})
        line = _csv_line([values.get(name, "") for name in header])
        parsed = parsing.parse(
            (_csv_line(header) + line).encode(), described, known, study.study.start
        )
        if parsed.problem:
            raise UsageError(f"{path.name}: {parsed.problem} Nothing was written.")
        if not parsed.rejections:
            break
        _correct(values, parsed.rejections[0], is_sure=is_sure)
    written = [*parsed.records, *parsed.out_of_scope][0]
    for other in review.near(written, everything, days=7):
        err.print(
            f"A similar record: {other.event_date} {other.title} ({other.record_id})", markup=False
        )
        if not is_sure and not typer.confirm("Write it anyway?", err=True):
            raise typer.Abort
    content = path.read_bytes()
    write(path, content + (b"" if content.endswith(b"\n") else b"\n") + line.encode())
    out.print(line.rstrip("\n"), highlight=False, markup=False, soft_wrap=True)


def _csv_line(fields: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(fields)
    return line.getvalue()


def _correct(values: dict[str, str], refused: Rejection, *, is_sure: bool) -> None:
    """Ask again for a value that was refused, or give up where nothing may be asked."""
    column = refused.column or ""
    problems = [
        f"{name}: " * bool(name) + reason + (f"; got {value!r}" if value else "") + "."
        for name, value, reason in (
            (column, refused.value, refused.reason),
            *refused.further,
        )
    ]
    if is_sure or column not in values:
        raise UsageError(" ".join([*problems, "Nothing was written."]))
    err.print(problems[0], highlight=False, markup=False)
    values[column] = _ask(column, None, is_sure, "")


def _record_id(values: dict[str, str], taken: set[str]) -> str:
    """Make an id of the states and the day, with a number where it is taken."""
    states = sorted({*values["actor1"].split(";"), *values["actor2"].split(";")} - {""})
    stem = "-".join([*(one.strip().lower() for one in states), values["event_date"]])
    number, found = 1, stem
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    return found
