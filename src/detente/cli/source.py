"""Commands that manage the sources of events."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from detente import settings
from detente.base import clock
from detente.base.errors import UsageError
from detente.cli.app import SET_UP, app
from detente.cli.options import ConfigOption, JsonOption
from detente.cli.output import err, out, print_frame, print_json
from detente.settings import RECORDS, Settings, Sources

source_app = typer.Typer(
    help="Sources of events: list them with their cost, switch them on, test them.",
    no_args_is_help=True,
)
app.add_typer(source_app, name="source", rich_help_panel=SET_UP)

_NameArgument = Annotated[str, typer.Argument(help="A source, for instance gdelt2.")]
_SinceOption = Annotated[
    str | None, typer.Option("--since", help="First day: 2020, 2020-03 or 2020-03-16.")
]


def _print_rows(rows: list[dict[str, Any]]) -> None:
    import pandas as pd  # takes longer to import than a question to the database takes

    print_frame(pd.DataFrame(rows))


@source_app.command("list")
def list_command(
    since: _SinceOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """List the sources: what they hold, and what they cost from the study's start to today."""
    study = settings.load(config)
    rows = [
        _described(study, name, _since(study.study.start, since)) for name in study.source_names
    ]
    if as_json:
        print_json(rows)
        return
    _print_rows([_as_text(row) for row in rows])
    err.print(
        "By averages, of a mirror folder counted; time over a connection of 5 MB a second on two "
        "cores. `detente source test NAME` asks the provider what it has, `detente source add NAME "
        "--since DAY` switches one on.",
        highlight=False,
    )


def _since(start: date, since: str | None) -> date:
    from detente.studies import edit

    return edit.start_of(since) if since else start


def _described(study: Settings, name: str, since: date) -> dict[str, Any]:
    from detente.sources import named, traits, traits_of
    from detente.studies import cost

    about = traits_of(name)
    if name == RECORDS:
        files = len(list((study.raw / "records").glob("*.csv")))
        return {
            "source": name, "is_on": True, "about": "files of data/raw/records, kept by hand",
            "first_day": since, "files": files, "bytes": None, "rows": None, "seconds": None,
            "is_counted": True, "licence": "each file's own", "keys": [],
        }  # fmt: skip
    source = named(study, name)
    section = getattr(study.sources, name, None)
    first = max(getattr(section, "start", None) or since, type_start(name) or since)
    is_own = name in study.sources.csv
    found, is_counted = (
        (traits.cost(about, since, clock.today()), False)
        if is_own
        else cost.of(study, name, max(first, since))
    )
    return {
        "source": name,
        "is_on": study.sources.is_enabled(name),
        "about": source.title if is_own else about.about,
        "first_day": first,
        "files": found.files,
        "bytes": None if is_own else round(found.bytes),
        "rows": None if is_own else round(found.rows),
        "seconds": None if is_own else round(found.seconds),
        "is_counted": is_counted,
        "licence": source.licence,
        "keys": list(about.keys),
    }


def type_start(name: str) -> date | None:
    """Return the first day that a provider has, None for a file of your own."""
    from detente.sources import first_day

    return first_day(name) if name in Sources().names else None


def _as_text(row: dict[str, Any]) -> dict[str, str]:
    return {
        "source": row["source"],
        "on": "yes" if row["is_on"] else "",
        "what": row["about"],
        "from": str(row["first_day"]),
        "files": f"{row['files']:,}",
        "size": _size(row["bytes"]),
        "time": _time(row["seconds"]),
        "licence": row["licence"],
        "key": ", ".join(row["keys"]) or "none",
    }


def _size(n_bytes: float | None) -> str:
    if not n_bytes:
        return ""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{n_bytes / 1e3:.0f} kB"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(seconds, 1):.0f} s"


@source_app.command("add")
def add_command(
    name: _NameArgument,
    since: _SinceOption = None,
    mirror: Annotated[
        Path | None,
        typer.Option(help="A folder with the provider's files, instead of the network."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The address of a mirror, ending with /.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Switch a source on in detente.toml; comments are kept."""
    from detente.studies import cost, edit

    study = settings.load(config)
    _demand(study.sources, name)
    first = _since(study.study.start, since)
    edit.restore_downloads(study.downloads, name)
    edit.set_source(
        config or settings.find(),
        name,
        {"enabled": True, "start": first, **_address(mirror, base_url)},
    )
    study = settings.load(config)
    found, is_counted = cost.of(study, name, first)
    kind = "in the folder" if is_counted else "to fetch, by averages"
    size = _size(found.bytes) or "0 kB"
    out.print(
        f"{name} is on from {first}: {found.files:,} files and {size} {kind}, about "
        f"{_time(found.seconds)} until they are loaded.",
        highlight=False,
        markup=False,
    )
    if is_counted and not found.files:
        err.print(
            f"The folder has no file of {name} from {first} on; docs/sources.md says how the "
            "files are called.",
            highlight=False,
            markup=False,
        )
    err.print(
        f"Next: detente source test {name}, or detente refresh", highlight=False, markup=False
    )


def _address(mirror: Path | None, base_url: str | None) -> dict[str, str]:
    """Return where a source's files are, as the settings take it."""
    if mirror and base_url:
        raise UsageError("Expected one of --mirror and --base-url, got both.")
    if mirror is None:
        return {"base_url": base_url} if base_url else {}
    if not mirror.is_dir():
        raise UsageError(f"--mirror: expected a folder with the provider's files, got {mirror}.")
    return {"base_url": mirror.resolve().as_uri() + "/"}


def _demand(sources: Sources, name: str) -> None:
    known = [one for one in sources.names if one not in sources.csv]
    if name not in known:
        raise UsageError(
            f"Expected a source of {', '.join(known)}, got {name!r}. A file of your own: "
            "detente init --from-csv FILE, or [sources.csv.NAME] in detente.toml."
        )


@source_app.command("remove")
def remove_command(name: _NameArgument, config: ConfigOption = None) -> None:
    """Remove a source from detente.toml and its events; downloaded files are kept."""
    from detente.refresh import publish
    from detente.store import removal
    from detente.store.events import Store
    from detente.studies import edit

    study = settings.load(config)
    is_own = name in study.sources.csv
    with publish.only_writer(study.processed):
        edit.remove_source(config or settings.find(), name)
        n_events = removal.forget(Store(study), name)
        kept = edit.set_aside(study.downloads, name)
    out.print(f"{name} is no longer in the study.", highlight=False, markup=False)
    if n_events:
        err.print(
            f"Its {n_events:,} events are out of the store; they leave the published database "
            "with the next `detente refresh`.",
            highlight=False,
            markup=False,
        )
    if kept:
        err.print(
            f"Its files stay on disk, in {kept}. "
            + ("" if is_own else f"`detente source add {name}` brings them back."),
            highlight=False,
            markup=False,
        )


@source_app.command("test")
def test_command(
    name: _NameArgument, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Contact a provider, fetch one file, and show ten rows and what became of each."""
    from detente.studies import probe

    study = settings.load(config)
    tried = probe.attempt(study, name)
    if as_json:
        print_json(
            {
                "url": tried.url,
                "bytes": tried.bytes,
                "n_listed": tried.n_listed,
                "account": tried.account,
                "rows": [asdict(row) for row in tried.rows],
            }
        )
        return
    listed = "" if tried.n_listed is None else f"; the provider lists {tried.n_listed} files"
    out.print(f"{tried.url} ({tried.bytes:,} bytes{listed})", highlight=False, markup=False)
    _print_rows([asdict(row) for row in tried.rows])
    out.print(tried.account, highlight=False, markup=False)
