"""Which events of GDELT count: root events, those mentioned often enough, one of each article.

GDELT takes many events from one article, most of them said in passing. What a selection leaves out
is counted by reason (`marts.volume_reason_day`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from detente.settings.sources import ArticleSection, GdeltSection
from detente.sources.base import hashed


@dataclass(frozen=True)
class Selection:
    """Events that count, whatever their actors.

    Attributes
    ----------
    root_events_only
        Those of the article's lead (`IsRootEvent`).
    min_sources, min_mentions
        Those that so many sources tell, and that are mentioned so often; 1 for all.
    one_per_article
        Of the events of two actors in one article only the most mentioned one.
    """

    root_events_only: bool = False
    min_sources: int = 1
    min_mentions: int = 1
    one_per_article: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """What `sql/sources/gdelt.sql` asks for by `getvariable`."""
        return {name: str(value).lower() for name, value in asdict(self).items()}

    def recipe(self) -> str:
        """Return a hash of what is left out; empty where everything counts."""
        return "" if self == ALL else hashed(json.dumps(asdict(self)))


ALL = Selection()


def of_section(section: GdeltSection) -> Selection:
    """Return the selection that the settings of a source name."""
    return Selection(
        section.root_events_only,
        section.min_sources,
        section.min_mentions,
        isinstance(section, ArticleSection) and section.one_per_article,
    )
