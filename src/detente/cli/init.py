"""The command that makes a study."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from detente.base.counted import counted
from detente.base.errors import UsageError
from detente.cli.app import SET_UP, app
from detente.cli.output import err, out

if TYPE_CHECKING:
    from detente.studies.actors import Actor, Gazetteer
    from detente.studies.columns import Proposal, Recogniser
    from detente.studies.sheet import Sheet
    from detente.studies.start import OwnFile

_MOST_ACTORS = 12


@app.command("init", rich_help_panel=SET_UP)
def init_command(
    name: Annotated[str | None, typer.Option(help="What the study is called.")] = None,
    actors: Annotated[
        str | None,
        typer.Option(
            help="The actors, separated by commas (semicolons where a name has a comma): names in "
            "any of fifty languages, ISO, Correlates of War or Gleditsch-Ward codes; or all."
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
    for line in starting.summary(paths, folder):
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
        """Write the study and return its files; ask for what no option gave."""
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
        chosen = () if names.strip().lower() == "all" else _actors(gazetteer, _listed(names))
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
            pair = _actors(gazetteer, _halves(gazetteer, self.focal))
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


def _listed(names: str) -> list[str]:
    return names.split(";" if ";" in names else ",")


def _halves(gazetteer: Gazetteer, pair: str) -> list[str]:
    """Cut a pair at the stroke or hyphen that leaves two actors: Guinea-Bissau-Senegal is two."""
    if "/" in pair:
        return pair.split("/")
    words = pair.split("-")
    cuts = [["-".join(words[:n]), "-".join(words[n:])] for n in range(1, len(words))]
    known = [cut for cut in cuts if all(gazetteer.find(one).is_certain for one in cut)]
    return known[0] if len(known) == 1 else words


def _actors(gazetteer: Gazetteer, texts: list[str]) -> tuple[Actor, ...]:
    """Return the actors that texts name; a doubtful one is asked about, never guessed."""
    found = []
    for text in (one.strip() for one in texts):
        if text:
            found.append(_actor(gazetteer, text))
    return tuple(dict.fromkeys(found))


def _actor(gazetteer: Gazetteer, text: str) -> Actor:
    if not sys.stdin.isatty():
        return gazetteer.sure(text)
    while not (known := gazetteer.find(text)).is_certain:
        text = str(typer.prompt(known.question, err=True))
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
    from detente.studies.columns import Recogniser
    from detente.studies.sheet import read

    given = dict(_pair(one) for one in mapping)
    sheet, encoding, date_format = form
    table = read(path, sheet, encoding)
    gazetteer = Gazetteer(folder / start.REFERENCE)
    proposal = _proposed(Recogniser(table, gazetteer), given, date_format)
    own = start.OwnFile(table, proposal, sheet, encoding)
    for line in (*_understood(table, proposal, encoding), *_about_actors(gazetteer, proposal)):
        err.print(line, highlight=False, markup=False)
    if sys.stdin.isatty() and not typer.confirm("Is that right?", default=True, err=True):
        raise UsageError("Say what the columns mean with --map FIELD=COLUMN; nothing was written.")
    return own


def _understood(table: Sheet, proposal: Proposal, encoding: str) -> Iterator[str]:
    """Say how a table was read, so that a mistake is seen."""
    n_rows = f"{len(table.rows)} row" + ("" if len(table.rows) == 1 else "s")
    yield f"{table.path.name}: {n_rows}, {proposal.days[0]} to {proposal.days[1]}"
    if table.others:
        yield f"  sheet {table.name!r}; not read: {', '.join(table.others)} (--sheet names another)"
    if table.n_above:
        lines = f"{table.n_above} line" + ("" if table.n_above == 1 else "s")
        yield f"  {lines} above the header left out"
    for field, column in proposal.columns.items():
        yield f"  {field} <- {column}"
    if proposal.cameo_code:
        yield f"  code <- {proposal.cameo_code} for every row"
    used = proposal.columns.values()
    if ignored := [one for one in table.header if one not in used and table.column(one)]:
        titled = "" if "title" in proposal.columns else " (--map title=COLUMN names the events)"
        yield f"  not used: {', '.join(ignored)}{titled}"
    if table.guessed and not encoding:
        yield (
            f"  the text is not UTF-8 and was read as Windows-1252, such as {table.guessed!r}; "
            "if that is not what it says, name its code page: --encoding cp949"
        )
    yield from _about_days(table, proposal)
    for field, n in proposal.n_without.items():
        yield (
            f"  {proposal.columns[field]}: empty in {counted(n, 'row')}; of merged cells the first "
            "alone holds a value"
        )


def _about_days(table: Sheet, proposal: Proposal) -> Iterator[str]:
    from detente.studies.columns import EXCEL, day_of

    column = proposal.columns["event_date"]
    if proposal.date_format == EXCEL:
        shown = table.column(column)[0]
        yield f"  {column}: numbers that Excel keeps for days, {shown} for {day_of(shown, EXCEL)}"
    if proposal.odd_days:
        yield (
            f"  {column}: {proposal.odd_days[0]!r} is not a possible day; rows with such days "
            f"({len(proposal.odd_days)}) will be rejected"
        )


def _about_actors(gazetteer: Gazetteer, proposal: Proposal) -> Iterator[str]:
    for word in proposal.former:
        yield f"  {gazetteer.find(word).account}"
    for word in proposal.unknown:
        yield f"  {gazetteer.find(word).question}"
    if proposal.unknown:
        yield (
            "  a row that names such an actor is rejected until "
            "data/raw/reference/actor_aliases.csv has the name"
        )


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
