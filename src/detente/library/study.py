"""A study in a notebook: its indices, events and results as data frames."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import pandas as pd

from detente import settings
from detente.base.errors import UsageError
from detente.database.published import Published
from detente.indices import reading
from detente.indices.periods import PANDAS_FREQ
from detente.indices.reading import Counting, Direction, Freq
from detente.library.inputs import as_span, as_state
from detente.settings import Settings
from detente.studies.actors import Gazetteer
from detente.studies.start import REFERENCE

# Sums and counts say nothing of a period that the source has not covered whole.
_SUMS = (
    "n_events", "n_cooperation", "n_conflict", "n_quad1", "n_quad2", "n_quad3", "n_quad4",
    "cooperation", "conflict", "net", "n_deaths", "n_deaths_low", "n_deaths_high",
)  # fmt: skip


class Study:
    """A published database, opened for reading.

    Use ``detente.open`` or ``detente.load_csv``. The file is opened for each question and
    closed again, so that a refresh may replace it meanwhile; every answer comes from the newest
    one. States are given as ISO 3166-1 alpha-3 codes or by name: ``"KOR"`` or ``"South Korea"``.

    Attributes
    ----------
    path
        The database file.
    settings
        The study's settings; None where a database file was opened by itself.

    Examples
    --------
    >>> import detente
    >>> study = detente.open("detente.toml")
    >>> study.index("Japan", "South Korea", freq="year")["net"].tail(2)
    year
    2024   -22.0
    2025   -20.0
    Freq: Y-DEC, Name: net, dtype: float64
    >>> study.events("JPN", "KOR", "2013-06", "2013-06")[["event_date", "cameo_code", "goldstein"]]
      event_date cameo_code  goldstein
    0 2013-06-14        112       -2.0
    """

    def __init__(self, database: Path, config: Settings | None = None) -> None:
        self.path = database
        self.settings = config
        self._held: TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        return f"<detente study {self.path}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary folder of ``detente.load_csv``; nothing else stays open."""
        if self._held is not None:
            self._held.cleanup()

    def _open(self) -> Published:
        return Published(self.path)

    @property
    def dyads(self) -> list[tuple[str, str]]:
        """Pairs of the study, in its order: two ISO 3166-1 alpha-3 codes in alphabetical order.

        Examples
        --------
        >>> import detente
        >>> detente.open("detente.toml").dyads
        [('JPN', 'KOR'), ('JPN', 'PRK'), ('KOR', 'PRK')]
        """
        with self._open() as database:
            return [
                (str(one), str(other))
                for one, other in database.rows(
                    "select actor1_iso3, actor2_iso3 from meta.study_dyad order by position"
                )
            ]

    @property
    def sources(self) -> list[str]:
        """Names of the sources that the database holds, ``"records"`` for the hand-coded ones.

        Examples
        --------
        >>> import detente
        >>> print(*detente.open("detente.toml").sources)
        records
        """
        with self._open() as database:
            return _sources(database)

    def index(
        self,
        actor1: str,
        actor2: str,
        freq: Freq = "month",
        *,
        source: str | None = None,
        direction: Direction = "undirected",
        counting: Counting = "all",
        scale: str | None = None,
        complete_only: bool = True,
    ) -> pd.DataFrame:
        """Return the indices of a dyad, one row per period.

        Parameters
        ----------
        actor1, actor2
            The two states. With ``direction="directed"`` the first acts upon the second.
        freq
            ``"day"``, ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``. Weeks are those of
            ISO 8601 and begin on Monday.
        source
            Default: the one that the reports show, which is the study's records if it keeps any.
        direction
            ``"undirected"``, or ``"directed"`` for the acts of the first upon the second alone.
        counting
            ``"all"``, or ``"one_a_day"``: an actor pair, code and day count once.
        scale
            ``"goldstein"`` or another scale of the study; default: the study's.
        complete_only
            Leave out periods that the source does not cover whole. With ``False`` they are there,
            ``is_complete`` is false, and sums and counts are missing: they are unknown, not zero.

        Returns
        -------
        pandas.DataFrame
            Over a ``PeriodIndex``; the columns of ``marts.dyad_month`` (docs/data.md). Sums are in
            points of the scale.

        Raises
        ------
        UsageError
            There is no such state, dyad, source or scale, or a choice is not one of those above;
            the message lists what there is.

        Examples
        --------
        >>> import detente
        >>> study = detente.open("detente.toml")
        >>> years = study.index("JPN", "KOR", freq="year", complete_only=False)
        >>> years[["is_complete", "n_events", "net"]].tail(2).to_dict("list")
        {'is_complete': [True, False], 'n_events': [10.0, nan], 'net': [-20.0, nan]}
        """
        with self._open() as database:
            frame = reading.series(
                database,
                *self._actors(database, actor1, actor2),
                freq,
                direction,
                counting,
                source,
                scale=scale,
            )
        starts = pd.to_datetime(frame["period_start"])
        frame.index = pd.PeriodIndex(starts, freq=PANDAS_FREQ[freq], name=freq)
        frame = frame.drop(columns="period_start")
        if complete_only:
            return frame[frame["is_complete"].astype(bool)]
        known = frame["is_complete"].astype(bool)
        for name in (one for one in frame.columns if one in _SUMS):
            frame[name] = frame[name].astype("float64").where(known)
        return frame

    def events(
        self,
        actor1: str,
        actor2: str,
        start: str | date | None = None,
        end: str | date | None = None,
        *,
        source: str | None = None,
    ) -> pd.DataFrame:
        """Return the events between two states, in either direction, oldest first.

        Parameters
        ----------
        actor1, actor2
            The two states, in either order.
        start, end
            First and last day; a month or a year (``"2019-07"``) means its first or last day.
        source
            Default: all.

        Returns
        -------
        pandas.DataFrame
            One row per event, the columns of ``core.event``; ``goldstein`` in points. Empty if the
            sources have none.

        Raises
        ------
        UsageError
            There is no such state, source or day, the dyad is not in the study and has no event,
            or the end is before the start.

        Examples
        --------
        >>> import detente
        >>> acts = detente.open("detente.toml").events("Japan", "South Korea", "2012", "2012-06")
        >>> acts.groupby("cameo_code")["goldstein"].sum()
        cameo_code
        042     3.8
        043     5.6
        112   -10.0
        Name: goldstein, dtype: float64
        """
        first, last = as_span(start, end)
        with self._open() as database:
            one, other = sorted(self._actors(database, actor1, actor2))
            pair = (one, other)
            if source is not None and source not in (known := _sources(database)):
                raise UsageError(f"No source {source!r}. There are: {', '.join(known) or 'none'}.")
            found = database.frame(
                """
                select *
                from core.event
                where
                    least(actor1_iso3, actor2_iso3) = ?
                    and greatest(actor1_iso3, actor2_iso3) = ?
                    and event_date between ? and ?
                    and (? is null or source = ?)
                order by event_date, source, event_id
                """,
                [*pair, first, last, source, source],
            )
            # Of a dyad of the study no event is an answer; of others nobody may have looked.
            if found.empty and not database.rows(
                "select 1 from meta.study_dyad where actor1_iso3 = ? and actor2_iso3 = ? "
                "union all select 1 from core.event "
                "where least(actor1_iso3, actor2_iso3) = ? "
                "and greatest(actor1_iso3, actor2_iso3) = ? limit 1",
                [*pair, *pair],
            ):
                raise UsageError(reading.why_nothing(database, pair, source))
            return found

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer to a query of the published database, which is opened read-only.

        Parameters
        ----------
        query
            One statement of DuckDB's SQL; docs/data.md has the tables.

        Returns
        -------
        pandas.DataFrame
            One row per row of the answer.

        Raises
        ------
        QueryError
            The text is not one query, tries to write or to read a file, or fails.

        Examples
        --------
        >>> import detente
        >>> study = detente.open("detente.toml")
        >>> study.sql("select count(*) as n from event where year(day) = 2012")
            n
        0  14
        """
        with self._open() as database:
            return database.query(query)

    def results(self, name: str) -> pd.DataFrame:
        """Return a table of results.

        Parameters
        ----------
        name
            For instance ``"granger"`` or ``"stats.granger"``.

        Returns
        -------
        pandas.DataFrame
            Its columns are those of docs/data.md; each row carries its series, sample, hypotheses
            and outcome.

        Raises
        ------
        UsageError
            There is no such table; the message lists what there is.

        Examples
        --------
        >>> import detente
        >>> balance = detente.open("detente.toml").results("balance")
        >>> balance[["actor1_iso3", "actor2_iso3", "net_12m"]].head(1)
          actor1_iso3 actor2_iso3  net_12m
        0         JPN         KOR     18.8
        """
        with self._open() as database:
            known = [
                str(row[0])
                for row in database.rows(
                    "select table_name from duckdb_tables() where schema_name = 'stats' "
                    "union select view_name from duckdb_views() where schema_name = 'stats' "
                    "order by 1"
                )
            ]
            table = str(name).removeprefix("stats.")
            if table not in known:
                raise UsageError(f"No results {name!r}. There are: {', '.join(known)}.")
            # One of the known tables.
            return database.frame(f"select * from stats.{table}")  # noqa: S608

    def _actors(self, database: Published, actor1: str, actor2: str) -> tuple[str, str]:
        """Return the codes of two states that are given by code or name.

        Raises
        ------
        UsageError
            One is no state that the study or the reference tables know, or could be several.
        """
        known = {row[0] for row in database.rows("select iso3 from core.actor")}
        names = Gazetteer(self.settings.home / REFERENCE if self.settings else Path())

        def code(given: object) -> str:
            if isinstance(given, str) and given.upper() in known:
                return given.upper()
            return as_state(given, names)

        return code(actor1), code(actor2)


def _sources(database: Published) -> list[str]:
    return [
        str(row[0]) for row in database.rows("select source from meta.coverage order by source")
    ]


def open_study(path: str | Path | None = None) -> Study:
    """Open a study that a refresh has published.

    Parameters
    ----------
    path
        A ``detente.toml``, a published ``.duckdb`` file, or the study's folder; by default the
        study that is found from the working directory upwards.

    Returns
    -------
    Study

    Raises
    ------
    SettingsError
        There is no study there.
    NotPublished
        The study was not refreshed yet.
    UsageError
        The argument is no path.

    Examples
    --------
    >>> import detente
    >>> detente.open("/no/such/detente.toml")
    Traceback (most recent call last):
    ...
    detente.base.errors.SettingsError: /no/such/detente.toml: cannot be read ...
    """
    if path is not None and not isinstance(path, str | Path):
        raise UsageError(f"expected the path of a study, got {path!r}")
    place = None if path is None else Path(path)
    if place is not None and place.suffix == ".duckdb":
        study = Study(place)
    else:
        if place is not None and place.is_dir():
            place = settings.find(place)
        config = settings.load(place)
        study = Study(config.database, config)
    with study._open():
        pass  # says at once what is wrong
    return study
