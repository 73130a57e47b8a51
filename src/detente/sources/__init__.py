"""Sources of machine-coded events: a module a provider, and what switches them on.

A module of this package that has a mapping `OFFERS` is a provider's, and is found by that.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from detente.base.errors import UsageError
from detente.settings import Settings, SourceSection
from detente.settings.series import Measure
from detente.settings.sources import Sources
from detente.sources.base import Offer, Source
from detente.sources.csv_file import CsvFile
from detente.sources.local import is_local, path_of
from detente.sources.mirror import Mirror
from detente.sources.traits import Traits

_OWN = Traits("net", "a file of your own", 1, 0, 0, is_whole=True, retracts=True)


@cache
def offers() -> Mapping[str, Offer]:
    """Return what the providers' modules offer, by the name of the source."""
    modules = (importlib.import_module(f"{__name__}.{one.name}")
               for one in pkgutil.iter_modules(__path__))  # fmt: skip
    found: dict[str, Offer] = {}
    for module in modules:
        found |= getattr(module, "OFFERS", {})
    return MappingProxyType(found)


def known(settings: Settings, keep_lists: bool = True) -> dict[str, Source]:
    """Return every source by name, as the settings have it, switched on or not.

    Parameters
    ----------
    keep_lists
        Keep a copy of long lists, so that only their new end has to be asked for.
    """
    lists = _lists(settings) if keep_lists else None
    chosen = settings.sources
    every = [
        offers()[name].build(settings, lists) for name in chosen.names if name not in chosen.csv
    ]
    every += [CsvFile(name, section, settings.home) for name, section in chosen.csv.items()]
    return {source.name: _placed(source, every, chosen) for source in every}


def _placed(source: Source, every: Sequence[Source], chosen: Sources) -> Source:
    """Return a source with the folder in place of the provider, where the settings name one."""
    address = _address(chosen, source.name)
    if not is_local(address):
        return source
    beside = [one for one in every if one != source and _address(chosen, one.name) == address]
    releases = getattr(getattr(chosen, source.name, None), "releases", ())
    names = traits_of(source.name).file_names or f"those of {source.title}"
    return Mirror(source, path_of(address), names, tuple(beside), bool(releases))


def listed_in_copy(settings: Settings, name: str) -> frozenset[str]:
    """Return the files that the copy of the provider's list beside the downloads names."""
    offer = offers().get(name)
    return offer.listed_in(_lists(settings)) if offer else frozenset()


def _lists(settings: Settings) -> Path:
    return settings.downloads / "lists"


def first_day(name: str) -> date:
    """Return the first day that a provider has."""
    return offers()[name].first_day


def traits_of(name: str) -> Traits:
    """Return what there is to know of a source."""
    return offers()[name].traits if name in offers() else _OWN


def written(name: str) -> str:
    """Return the name of a source as readers know it."""
    return traits_of(name).written or name


def usual_measure(name: str) -> Measure:
    """Return the measure that is shown of a source unless the study names another one.

    A sum over a stream of news rises because more is reported, so that of such a source the net
    score per 1,000 of its events is shown.
    """
    return traits_of(name).measure


def is_stream_of_news(name: str) -> bool:
    """Whether all events of a source are its volume, against which those of a pair are measured.

    Chosen events, such as those of a war, of one's own list or between a few states, are not.
    """
    return usual_measure(name) == "net_per_1k"


def _address(sections: Sources, name: str) -> str:
    section = getattr(sections, name, None)
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
