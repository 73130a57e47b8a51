"""A study made of one file of events, for a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from detente import settings
from detente.base.errors import SettingsError, UsageError
from detente.library.inputs import as_state
from detente.library.study import Study
from detente.refresh import pipeline
from detente.settings import FILE_NAME, Settings
from detente.studies.actors import Gazetteer

_SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";"}


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
        What its columns mean: ``event_date``, ``actor1`` (who acts), ``actor2`` (the target), and
        ``code`` (CAMEO) unless ``code`` is given; see ``[sources.csv]`` in docs/sources.md.
    code
        One CAMEO code for every row, for instance ``"163"``.
    actors
        The states to study, by ISO 3166-1 alpha-3 code or name; default: the states of the file.
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
    UsageError
        ``columns`` is no mapping, or lacks one that every event needs, or a state is unknown.
    CheckFailed
        The rows do not pass the checks; the message names them.

    Examples
    --------
    >>> import detente
    >>> columns = {"event_date": "day", "actor1": "from", "actor2": "to", "code": "code"}
    >>> study = detente.load_csv("notes.csv", columns=columns)  # doctest: +SKIP
    >>> study.index("GRC", "TUR")  # doctest: +SKIP
    """
    held = None if folder else TemporaryDirectory(prefix="detente-")
    home = Path(folder) if folder else Path(held.name if held else ".")
    try:
        config = _build(Path(path), home, columns, code, actors, options)
    except BaseException:
        if held:
            held.cleanup()
        raise
    study = Study(config.database, config)
    study._held = held
    return study


def _build(
    path: Path,
    home: Path,
    columns: Mapping[str, str],
    code: str | None,
    actors: tuple[str, ...] | None,
    options: Mapping[str, Any],
) -> Settings:
    """Write the settings of a study of one file into a folder, and refresh it.

    Raises
    ------
    SettingsError
        A column is not in the file, or the states are named in a way that needs ``actors``.
    UsageError
        The columns are no mapping, or lack one that every event needs, or a state is unknown.
    """
    _demand_columns(columns)
    if not path.is_file():
        raise SettingsError(f"{path}: there is no such file.")
    frame = _read(path, options)
    missing = [name for name in columns.values() if name not in frame.columns]
    if missing:
        raise SettingsError(
            f"{path}: no column {missing[0]!r}. It has: {', '.join(map(str, frame.columns))}."
        )
    days = _days(frame[columns["event_date"]], options.get("date_format", "%Y-%m-%d"), path)
    states = [as_state(one, Gazetteer()) for one in actors or ()] or _states(
        frame, columns, options.get("naming", "iso3"), path
    )
    home.mkdir(parents=True, exist_ok=True)
    section = {
        "path": str(path.resolve()),
        "covers_from": days[0],
        "covers_to": options.get("covers_to", days[1]),
        **({"cameo_code": code} if code else {}),
        **{name: value for name, value in options.items() if name != "covers_to"},
    }
    text = "\n".join(
        [
            "[study]",
            f"name = {_toml(path.stem)}",
            f"start = {days[0]}",
            f"actors = {_toml(states)}",
            f"focal_dyad = {_toml(states[:2])}",
            "[inference]",
            "enabled = false",
            "[sources.csv.file]",
            *(f"{name} = {_toml(value)}" for name, value in section.items()),
            "[sources.csv.file.columns]",
            *(f"{name} = {_toml(value)}" for name, value in columns.items()),
            "",
        ]
    )
    (home / FILE_NAME).write_text(text, encoding="utf-8")
    config = settings.load(home / FILE_NAME)
    pipeline.refresh(config)
    return config


def _demand_columns(columns: object) -> None:
    if not isinstance(columns, Mapping):
        raise UsageError(
            'expected columns as a mapping such as {"event_date": "day", "actor1": "from", '
            f'"actor2": "to", "code": "code"}}, got {columns!r}'
        )
    missing = [name for name in ("event_date", "actor1", "actor2") if name not in columns]
    if missing:
        raise UsageError(
            f"expected columns to name the file's column for {', '.join(missing)}; it names "
            f"{', '.join(map(str, columns)) or 'none'}"
        )


def _read(path: Path, options: Mapping[str, Any]) -> pd.DataFrame:
    if path.suffix.lower() == ".xlsx":
        return pd.read_excel(path, sheet_name=options.get("sheet") or 0, dtype=str)
    separator = _SEPARATORS.get(str(options.get("separator", "comma")), ",")
    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)


def _days(values: pd.Series, form: str, path: Path) -> tuple[date, date]:
    days = pd.to_datetime(values, format=form, errors="coerce").dropna()
    if days.empty:
        raise SettingsError(
            f"{path}: no day in column {values.name!r} is written as {form}; say "
            'date_format="...", for instance "%d/%m/%Y".'
        )
    return days.min().date(), days.max().date()


def _states(frame: pd.DataFrame, columns: Mapping[str, str], naming: str, path: Path) -> list[str]:
    if naming != "iso3":
        raise SettingsError(
            f'{path}: say which states to study: actors=("GRC", "TUR"), as ISO 3166-1 alpha-3.'
        )
    both = pd.concat([frame[columns["actor1"]], frame[columns["actor2"]]])
    counts = both[both.str.fullmatch("[A-Z]{3}")].value_counts()
    if len(counts) < 2:
        raise SettingsError(
            f"{path}: expected ISO 3166-1 alpha-3 codes of at least two states in "
            f"{columns['actor1']!r} and {columns['actor2']!r}; say naming=... and actors=(...)."
        )
    return [str(one) for one in counts.index]


def _toml(value: Any) -> str:
    """Write a value of the settings as TOML; JSON writes strings and lists alike."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
