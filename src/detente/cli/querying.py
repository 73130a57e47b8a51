"""Commands that read the published database: indices, and its views for other programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from detente import settings
from detente.base.errors import UsageError
from detente.cli import backup, output_paths
from detente.cli.app import READ, app
from detente.cli.choices import Counting, Direction, Freq, Weighting
from detente.cli.options import AsOfOption, ConfigOption, JsonOption, WaitOption, day
from detente.cli.output import announce, err, open_database, print_frame, table_format
from detente.cli.remembered import Reading


@app.command("index", rich_help_panel=READ)
def index_command(
    actor1: Annotated[
        str, typer.Argument(help="A state: its ISO 3166-1 alpha-3 code, for instance JPN, or name.")
    ],
    actor2: Annotated[str, typer.Argument(help="The other state, for instance KOR.")],
    freq: Annotated[Freq, typer.Option(help="Length of a period.")] = Freq.month,
    direction: Annotated[
        Direction, typer.Option(help="'directed': only what ACTOR1 does to ACTOR2.")
    ] = Direction.undirected,
    counting: Annotated[
        Counting, typer.Option(help="'one_a_day': a pair and code counts once a day.")
    ] = Counting.all,
    source: Annotated[
        str | None,
        typer.Option(help="Source of the events (default: the one that reports show)."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="Scale of the values (default: the settings')."),
    ] = None,
    official: Annotated[
        bool | None,
        typer.Option("--official/--everyone", help="Only acts between organs of state, or all."),
    ] = None,
    weight: Annotated[
        Weighting | None, typer.Option(help="'log_mentions': an event weighs log(1 + mentions).")
    ] = None,
    as_of: AsOfOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Print the indices of one dyad, one row per period."""
    from detente.indices import reading, reported

    study = settings.load(config)
    one, other = (_code(study.home, text) for text in (actor1, actor2))
    with open_database(Reading.of(study, day(as_of))) as database:
        shown = reported.read(database)
        others = reported.others(database, shown)
        frame = reading.series(
            database,
            one,
            other,
            freq.value,
            direction.value,
            counting.value,
            source or shown.source,
            scale=scale,
            officials=None if official is None else "official" if official else "all",
            weighting=None if weight is None else weight.value,
        )
    if not (as_csv or as_json):
        # What the source does not tell, such as deaths or the score of a feed, takes no room.
        shown_columns = [
            one for one in _INDEX_COLUMNS if one in _ALWAYS or frame[one].notna().any()
        ]
        frame = frame[shown_columns]
    print_frame(frame, table_format(as_csv, as_json))
    if source is None and others:
        announce(
            f"Source: {shown.source} ({shown.reason}). Choose another one with --source: "
            f"{', '.join(others)}."
        )


def _code(home: Path, text: str) -> str:
    """Return the code of a state; names cost a look into the tables, codes nothing."""
    if re.fullmatch(r"[A-Za-z]{3}", text):
        return text
    from detente.studies import start
    from detente.studies.actors import Gazetteer

    return Gazetteer(home / start.REFERENCE).sure(text).iso3


_INDEX_COLUMNS = (
    "period_start", "n_events", "n_cooperation", "n_conflict", "cooperation", "conflict", "net",
    "net_lo", "net_hi", "mean_goldstein", "relative_net", "n_deaths", "n_deaths_low",
    "n_deaths_high", "stock", "score", "is_complete",
)  # fmt: skip
_ALWAYS = ("period_start", "n_events", "net", "is_complete")


@app.command(rich_help_panel=READ)
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; created if missing.")],
    as_parquet: Annotated[bool, typer.Option("--parquet", help="One Parquet file a view.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One CSV file a view.")] = False,
    as_sqlite: Annotated[bool, typer.Option("--sqlite", help="One SQLite database.")] = False,
    as_xlsx: Annotated[
        bool, typer.Option("--xlsx", help="One Excel file, a sheet a view.")
    ] = False,
    with_bom: Annotated[
        bool,
        typer.Option("--bom", help="Start CSV files with a byte order mark, for Excel."),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Of views: replace other files of the same names.")
    ] = False,
    without_downloads: Annotated[
        bool, typer.Option("--without-downloads", help="Of a backup: only list the downloads.")
    ] = False,
    wait: WaitOption = 0.0,
    as_of: AsOfOption = None,
    config: ConfigOption = None,
) -> None:
    """Back up the study, or with a format write its views for other programs.

    A backup holds settings, records, raw files, event store, accounts and published database, with
    checksums; `detente import` restores it anywhere. Views come with a datapackage.json.
    """
    from detente.database import datapackage
    from detente.database import export as exporting

    study = settings.load(config)
    chosen = {"parquet": as_parquet, "csv": as_csv, "sqlite": as_sqlite, "xlsx": as_xlsx}
    forms = [form for form, is_chosen in chosen.items() if is_chosen]
    if not forms and as_of is None and not (with_bom or replace):
        backup.export_study(study, folder, with_downloads=not without_downloads, wait=wait)
        return
    if len(forms) != 1:
        raise UsageError(f"Expected one of --{', --'.join(exporting.FORMATS)}.")
    if with_bom and forms != ["csv"]:
        raise UsageError("Expected --bom with --csv: the other formats say how text is written.")
    output_paths.demand_free(study, folder / datapackage.FILE_NAME)
    exporting.write(
        Reading.of(study, day(as_of)).database, folder, forms[0],
        with_bom=with_bom, replace=replace,
        announce=lambda name: err.print(str(folder / name), highlight=False, markup=False),
    )  # fmt: skip
