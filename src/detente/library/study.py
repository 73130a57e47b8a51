"""A study in a notebook: its indices, events and results as data frames."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from detente import settings
from detente.base.errors import UsageError
from detente.database.published import Published
from detente.indices import reading
from detente.indices.reading import Counting, Direction, Freq
from detente.settings import Settings

# Sums and counts say nothing of a period that the source has not covered whole.
_SUMS = (
    "n_events", "n_cooperation", "n_conflict", "n_quad1", "n_quad2", "n_quad3", "n_quad4",
    "cooperation", "conflict", "net", "n_deaths", "n_deaths_low", "n_deaths_high",
)  # fmt: skip
_PANDAS_FREQ = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


class Study:
    """A published database, opened for reading.

    Use :func:`detente.open`. The file is opened for each question and closed again, so that a
    refresh may replace it meanwhile; every answer comes from the newest one.

    Examples
    --------
    >>> import detente
    >>> study = detente.open("detente.toml")  # doctest: +SKIP
    >>> study.index("JPN", "KOR")["net"]  # doctest: +SKIP
    """

    def __init__(self, database: Path, config: Settings | None = None) -> None:
        self.path = database
        self.settings = config
        self._held: tempfile.TemporaryDirectory[str] | None = None

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
        if self._held is not None:
            self._held.cleanup()

    def _open(self) -> Published:
        return Published(self.path)

    @property
    def dyads(self) -> list[tuple[str, str]]:
        """Pairs of the study, ISO 3166-1 alpha-3, alphabetical inside a pair."""
        with self._open() as database:
            return [
                (str(one), str(other))
                for one, other in database.rows(
                    "select actor1_iso3, actor2_iso3 from meta.study_dyad order by position"
                )
            ]

    @property
    def sources(self) -> list[str]:
        """Sources that the database holds."""
        with self._open() as database:
            return [
                str(row[0])
                for row in database.rows("select source from meta.coverage order by source")
            ]

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
        """Return the indices of a dyad, one row a period.

        Parameters
        ----------
        actor1, actor2
            ISO 3166-1 alpha-3 codes. With ``direction="directed"`` the first acts upon the second.
        freq
            ``"day"``, ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
        source
            Default: the study's records, or the only source that there is.
        counting
            ``"one_a_day"``: an actor pair, code and day count once.
        scale
            Default: the study's.
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
            There is no such dyad, source or scale; the message lists those that there are.
        """
        with self._open() as database:
            frame = reading.series(
                database,
                actor1,
                actor2,
                freq,
                direction,
                counting,
                source or self._source(),
                scale=scale,
            )
        starts = pd.to_datetime(frame["period_start"])
        frame.index = pd.PeriodIndex(starts, freq=_PANDAS_FREQ[freq], name=freq)
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
        start, end
            First and last day; a month or a year (``"2019-07"``) means its first or last day.
        source
            Default: all.

        Returns
        -------
        pandas.DataFrame
            One row an event, the columns of ``core.event``; ``goldstein`` in points.
        """
        first = pd.Period(str(start)).start_time.date() if start is not None else date.min
        last = pd.Period(str(end)).end_time.date() if end is not None else date.max
        pair = sorted((actor1.upper(), actor2.upper()))
        with self._open() as database:
            return database.frame(
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

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer to a query of the published database, which is opened read-only.

        Raises
        ------
        QueryError
            The text is not one query, or it fails.
        """
        with self._open() as database:
            return database.query(query)

    def results(self, name: str) -> pd.DataFrame:
        """Return a table of results, for instance ``"granger"`` for ``stats.granger``.

        Raises
        ------
        UsageError
            There is no such table; the message lists those that there are.
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
            if name not in known:
                raise UsageError(f"No results {name!r}. There are: {', '.join(known)}.")
            # One of the known tables.
            return database.frame(f"select * from stats.{name}")  # noqa: S608

    def _source(self) -> str:
        sources = self.sources
        if "records" in sources:
            return "records"
        if len(sources) == 1:
            return sources[0]
        raise UsageError(f"Say which source: {', '.join(sources) or 'none is loaded'}.")


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
    """
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


def load_csv(
    path: str | Path,
    *,
    columns: Mapping[str, str],
    code: str | None = None,
    actors: tuple[str, ...] | None = None,
    folder: str | Path | None = None,
    **options: Any,
) -> Study:
    """Build a study from one file of events, text or a sheet of Excel.

    Every row goes through the same parsing, checks and accounts as in any study; refused rows are
    in ``core.event_rejected``.

    Parameters
    ----------
    path
        The file.
    columns
        What its columns mean: ``event_date``, ``actor1`` (who acts), ``actor2`` (upon whom), and
        ``code`` (CAMEO) unless ``code`` is given; see ``[sources.csv]`` in docs/sources.md.
    code
        One CAMEO code for every row, for instance ``"163"``.
    actors
        ISO 3166-1 alpha-3 codes of the states to study; default: the states of the file.
    folder
        Where the study is kept; by default in a temporary folder until the study is closed.
    options
        Other keys of ``[sources.csv]``: ``separator``, ``date_format``, ``naming``, ``sheet``.

    Returns
    -------
    Study

    Raises
    ------
    SettingsError
        A key or a column is wrong.
    CheckFailed
        The rows do not pass the checks; the message names them.
    """
    from detente.library.one_file import build

    held = None if folder else tempfile.TemporaryDirectory(prefix="detente-")
    home = Path(folder) if folder else Path(held.name if held else ".")
    try:
        config = build(Path(path), home, columns, code, actors, options)
    except BaseException:
        if held:
            held.cleanup()
        raise
    study = Study(config.database, config)
    study._held = held
    return study
