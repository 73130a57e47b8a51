"""The command that makes a study."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from detente.base.errors import UsageError
from detente.cli.app import SET_UP, app
from detente.cli.output import err, out

if TYPE_CHECKING:
    from detente.studies.actors import Actor, Gazetteer
    from detente.studies.columns import Proposal, Recogniser
    from detente.studies.start import OwnFile

_MOST_ACTORS = 12


@app.command("init", rich_help_panel=SET_UP)
def init_command(
    name: Annotated[str | None, typer.Option(help="What the study is called.")] = None,
    actors: Annotated[
        str | None,
        typer.Option(
            help="The actors, separated by commas: names in any of fifty languages, ISO, "
            "Correlates of War or Gleditsch-Ward codes; or all."
        ),
    ] = None,
    focal: Annotated[
        str | None, typer.Option(help="The pair that comes first, for instance GRC-TUR.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="First day of the series: 2015-01-01 or 2015.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="A source to switch on (`detente source list`); may be repeated."),
    ] = None,
    from_csv: Annotated[
        Path | None, typer.Option(help="A table of events of your own, CSV or .xlsx.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN of that table; cameo_code=042 for every row."),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of an .xlsx file (default: the first).")] = "",
    date_format: Annotated[
        str, typer.Option(help="How days are written, for instance %d.%m.%Y.")
    ] = "",
    encoding: Annotated[
        str, typer.Option(help="Code page of a text that is neither UTF nor Windows-1252: cp1251.")
    ] = "",
    example: Annotated[
        str | None, typer.Option(help="Write a study that comes with detente.")
    ] = None,
    list_examples: Annotated[bool, typer.Option(help="List those studies.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder of the new study.")] = Path(),
) -> None:
    """Create a study: settings, templates of records, sources; interactively or with options."""
    from detente.studies import examples
    from detente.studies import start as starting

    if list_examples:
        for one in examples.EXAMPLES.values():
            out.print(f"[bold]{one.name}[/bold]  {escape(one.title)}", highlight=False)
        return
    folder = folder.resolve()
    starting.demand_empty(folder)
    if example:
        paths = examples.copy(example, folder)
    else:
        asked = _Asked(name, actors, focal, start, source or [])
        own = None
        if from_csv:
            own = _own_file(from_csv, mapping or [], (sheet, encoding, date_format), folder)
        paths = asked.write(folder, own)
    for line in starting.told(paths, folder):
        out.print(line, highlight=False, markup=False)
    where = "" if folder == Path.cwd() else f"cd {folder} && "
    if not (example or from_csv or source):
        err.print(
            "No events yet: `detente source list` shows where they can come from; records of your "
            "own are lines of data/raw/records/events.csv.",
            highlight=False,
            markup=False,
        )
    err.print(f"Next: {where}detente refresh", highlight=False, markup=False)


class _Asked:
    """What the study is about: from the options, else asked in a terminal."""

    def __init__(
        self,
        name: str | None,
        actors: str | None,
        focal: str | None,
        start: str | None,
        sources: list[str],
    ) -> None:
        self.name, self.actors, self.focal, self.start = name, actors, focal, start
        self.sources = sources

    def write(self, folder: Path, own: OwnFile | None) -> list[Path]:
        """Write the study."""
        from detente.studies import edit, start
        from detente.studies.actors import Gazetteer
        from detente.studies.text import Outline

        gazetteer = Gazetteer(folder / start.REFERENCE)
        proposed = own.proposal if own else None
        names = self.actors or (
            ",".join(proposed.actors[:_MOST_ACTORS])
            if proposed
            else _ask("--actors", "Which actors? (names or codes, separated by commas)")
        )
        chosen = () if names.strip().lower() == "all" else _actors(gazetteer, names.split(","))
        first, last = self._focal(gazetteer, chosen, own)
        if chosen:
            chosen = tuple(dict.fromkeys((*chosen, first, last)))
        since = self.start or (
            str(proposed.days[0].replace(day=1))
            if proposed
            else _ask("--start", "From which day on?", "2015-01-01")
        )
        started = edit.start_of(since)
        outline = Outline(
            name=self.name
            or _ask("--name", "What is the study called?", f"{first.name} - {last.name}"),
            start=started,
            actors=chosen,
            focal=(first, last),
        )
        return start.write(folder, outline, self._sources(started), own)

    def _focal(
        self, gazetteer: Gazetteer, chosen: tuple[Actor, ...], own: OwnFile | None
    ) -> tuple[Actor, Actor]:
        if self.focal:
            pair = _actors(gazetteer, self.focal.replace("/", "-").split("-"))
            if len(set(pair)) != 2:
                raise UsageError(f"--focal: expected two actors, as GRC-TUR; got {self.focal}.")
            return pair[0], pair[1]
        if own and own.proposal.pairs and not self.actors:
            first, second = own.proposal.pairs[0]
            return gazetteer.actors[first], gazetteer.actors[second]
        if len(chosen) < 2:
            text = _ask("--focal", "Which pair comes first? (as GRC-TUR)")
            return _Asked(None, None, text, None, [])._focal(gazetteer, (), None)
        return chosen[0], chosen[1]

    def _sources(self, since: date) -> dict[str, date]:
        from detente.settings import Sources

        known = list(Sources().names)
        for one in self.sources:
            if one not in known:
                raise UsageError(f"--source: expected one of {', '.join(known)}, got {one!r}.")
        return dict.fromkeys(self.sources, since)


def _ask(option: str, question: str, default: str | None = None) -> str:
    """Ask in a terminal; elsewhere the option is needed, unless there is a default."""
    if sys.stdin.isatty():
        return str(typer.prompt(question, default=default, err=True))
    if default is not None:
        return default
    raise UsageError(f"Expected {option}: {question[0].lower()}{question[1:]}")


def _actors(gazetteer: Gazetteer, texts: list[str]) -> tuple[Actor, ...]:
    """Return the actors that texts name; a doubtful one is asked about, never guessed."""
    found = []
    for text in (one.strip() for one in texts):
        if text:
            found.append(_actor(gazetteer, text))
    return tuple(dict.fromkeys(found))


def _actor(gazetteer: Gazetteer, text: str) -> Actor:
    known = gazetteer.find(text)
    while not known.is_certain:
        if not sys.stdin.isatty():
            raise UsageError(known.question)
        known = gazetteer.find(str(typer.prompt(known.question, err=True)))
    return known.actors[0]


def _own_file(path: Path, mapping: list[str], form: tuple[str, str, str], folder: Path) -> OwnFile:
    """Read a table and propose what its columns mean; say so.

    Parameters
    ----------
    form
        Sheet, encoding and form of the days; each empty where it is to be found out.
    """
    from detente.studies import start
    from detente.studies.actors import Gazetteer
    from detente.studies.columns import Recogniser, read

    given = dict(_pair(one) for one in mapping)
    sheet, encoding, date_format = form
    table = read(path, sheet, encoding)
    gazetteer = Gazetteer(folder / start.REFERENCE)
    proposal = _proposed(Recogniser(table, gazetteer), given, date_format)
    own = start.OwnFile(table, proposal, sheet, encoding)
    tell: Callable[[str], None] = lambda line: err.print(line, highlight=False, markup=False)  # noqa: E731
    n_rows = f"{len(table.rows)} row" + ("" if len(table.rows) == 1 else "s")
    tell(f"{path.name}: {n_rows}, {proposal.days[0]} to {proposal.days[1]}")
    for field, column in proposal.columns.items():
        tell(f"  {field} <- {column}")
    if proposal.cameo_code:
        tell(f"  code <- {proposal.cameo_code} for every row")
    ignored = [one for one in table.header if one not in proposal.columns.values()]
    if ignored:
        tell(f"  not used: {', '.join(ignored)}")
    if table.guessed and not encoding:
        tell(
            f"  the text is no UTF-8 and was read as Windows-1252, for instance {table.guessed!r}; "
            "if that is not what it says, name its code page: --encoding cp949"
        )
    if proposal.odd_days:
        tell(
            f"  {proposal.columns['event_date']}: {proposal.odd_days[0]!r} is no day that can be; "
            f"rows with such days ({len(proposal.odd_days)}) will be rejected"
        )
    for word in proposal.unknown:
        tell(f"  {gazetteer.find(word).question}")
    if proposal.unknown:
        tell(
            "  a row that names such an actor is rejected until "
            "data/raw/reference/actor_aliases.csv has the name"
        )
    if sys.stdin.isatty() and not typer.confirm("Is that right?", default=True, err=True):
        raise UsageError("Say what the columns mean with --map FIELD=COLUMN; nothing was written.")
    return own


def _proposed(recogniser: Recogniser, given: dict[str, str], date_format: str) -> Proposal:
    """Return what the columns mean; in a terminal, ask for those that are not recognised."""
    from detente.studies.columns import NotRecognisedError

    while True:
        try:
            return recogniser.propose(given, date_format)
        except NotRecognisedError as error:
            if not sys.stdin.isatty():
                raise
            err.print(str(error), highlight=False, markup=False)
            for field in error.fields:
                given[field] = str(typer.prompt(f"Which column is {field}?", err=True)).strip()


def _pair(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not equals:
        raise UsageError(f"--map: expected FIELD=COLUMN, got {text!r}.")
    return field.strip(), column.strip()
