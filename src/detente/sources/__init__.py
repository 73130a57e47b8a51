"""Sources of machine-coded events, one small module each, and what switches them on."""

from __future__ import annotations

from datetime import date
from typing import Any

from detente.base.errors import UsageError
from detente.settings import Settings, SourceSection
from detente.sources import (
    acled,
    csis_provocations,
    dataverse,
    gdelt1,
    gdelt2,
    gdelt_bq,
    icews,
    mirror,
    polecat,
    ucdp_ged,
)
from detente.sources.acled import Acled
from detente.sources.base import Source
from detente.sources.csis_provocations import CsisProvocations
from detente.sources.csv_file import CsvFile
from detente.sources.gdelt1 import Gdelt1
from detente.sources.gdelt2 import Gdelt2
from detente.sources.gdelt_bq import GdeltBq
from detente.sources.icews import Icews
from detente.sources.polecat import Polecat
from detente.sources.ucdp_ged import UcdpGed

_MODULES: dict[str, Any] = {
    "gdelt2": gdelt2,
    "gdelt2_translation": gdelt2,
    "gdelt1": gdelt1,
    "gdelt_bq": gdelt_bq,
    "icews": icews,
    "polecat": polecat,
    "csis_provocations": csis_provocations,
    "ucdp_ged": ucdp_ged,
    "acled": acled,
}


def known(settings: Settings, keep_lists: bool = True) -> dict[str, Source]:
    """Return every source by name, as the settings have it, switched on or not.

    Parameters
    ----------
    keep_lists
        Keep a copy of long lists, so that only their new end has to be asked for.
    """
    chosen = settings.sources
    lists = settings.downloads / "lists" if keep_lists else None
    every: list[Source] = [
        Gdelt2(
            section.start or gdelt2.FIRST_DAY,
            section.base_url or gdelt2.BASE_URL,
            translated=translated,
            lists=lists,
        )
        for translated, section in ((False, chosen.gdelt2), (True, chosen.gdelt2_translation))
    ]
    every += [
        Gdelt1(chosen.gdelt1.start or gdelt1.FIRST_DAY, chosen.gdelt1.base_url or gdelt1.BASE_URL),
        Icews(chosen.icews.start or icews.FIRST_DAY, chosen.icews.base_url or dataverse.HARVARD),
        Polecat(
            chosen.polecat.start or polecat.FIRST_DAY, chosen.polecat.base_url or dataverse.HARVARD
        ),
        CsisProvocations(
            chosen.csis_provocations.start or csis_provocations.FIRST_DAY,
            chosen.csis_provocations.base_url or csis_provocations.BASE_URL,
        ),
    ]
    every.append(
        UcdpGed(
            chosen.ucdp_ged.start or ucdp_ged.FIRST_DAY,
            chosen.ucdp_ged.base_url or ucdp_ged.BASE_URL,
            chosen.ucdp_ged.releases or ucdp_ged.RELEASES,
        )
    )
    every.append(
        Acled(chosen.acled.start or acled.FIRST_DAY, chosen.acled.base_url or acled.BASE_URL)
    )
    bq = chosen.gdelt_bq
    every.append(
        GdeltBq(
            bq.start or gdelt_bq.FIRST_DAY,
            bq.base_url or gdelt_bq.BASE_URL,
            bq.project,
            bq.max_gigabytes,
            gdelt_bq.codes_of(settings.study.actors, settings.raw / "reference"),
            settings.downloads / "gdelt_bq",
        )
    )
    every += [CsvFile(name, section, settings.home) for name, section in chosen.csv.items()]
    return {source.name: mirror.of(source, _address(settings, source.name)) for source in every}


def first_day(name: str) -> date:
    """Return the first day that a provider has."""
    found: date = _MODULES[name].FIRST_DAY
    return found


def _address(settings: Settings, name: str) -> str:
    section = getattr(settings.sources, name, None)
    return section.base_url if isinstance(section, SourceSection) else ""


def enabled(settings: Settings) -> list[Source]:
    """Return the sources that the settings switch on."""
    return [source for name, source in known(settings).items() if settings.sources.is_enabled(name)]


def named(settings: Settings, name: str, keep_lists: bool = True) -> Source:
    """Return one source by name.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    found = known(settings, keep_lists)
    if name not in found:
        raise UsageError(f"Expected a source of {', '.join(found)}, got {name!r}.")
    return found[name]
