"""Which events of GDELT count: root events, those told often enough, one of each article.

GDELT takes many events from one article, most of them said in passing. What a selection leaves out
is counted by reason (`marts.volume_reason_day`).
"""

from __future__ import annotations

from dataclasses import dataclass

from detente.settings.sources import ArticleSection, GdeltSection
from detente.sources.base import hashed, projection

_NONE = "null::varchar as outside"
# Of the events of two actors that one file takes from one article the most mentioned stands first.
_PLACE_IN_ARTICLE = """row_number() over (
                partition by
                    DATEADDED,
                    SOURCEURL,
                    least(actor1_name, actor2_name),
                    greatest(actor1_name, actor2_name)
                order by {preferred}try_cast(NumMentions as bigint) desc nulls last,
                    try_cast(GLOBALEVENTID as ubigint)
            )"""


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
    def text(self) -> str:
        """The projection that marks what is left out; empty where everything counts."""
        outside = [
            f"when {condition} then '{reason}'" for condition, reason in self._left_out().items()
        ]
        if self.one_per_article:
            preferred = "".join(f"({one}) is true, " for one in self._left_out())
            place = _PLACE_IN_ARTICLE.format(preferred=preferred)
            outside.append(
                f"when is_between and SOURCEURL is not null and {place} > 1 "
                "then 'another event of the article counts'"
            )
        if not outside:
            return ""
        chosen = "\n        ".join(outside)
        return projection("gdelt").replace(_NONE, f"case\n        {chosen}\n    end as outside")

    def _left_out(self) -> dict[str, str]:
        """Return why a row is left out, by the condition in SQL."""
        found = {}
        if self.root_events_only:
            found["IsRootEvent is distinct from '1'"] = "no root event"
        if self.min_sources > 1:
            found[f"try_cast(NumSources as bigint) < {self.min_sources}"] = "too few sources"
        if self.min_mentions > 1:
            found[f"try_cast(NumMentions as bigint) < {self.min_mentions}"] = "too few mentions"
        return found

    def recipe(self) -> str:
        """Return a hash of what is left out; empty where everything counts."""
        return hashed(self.text) if self.text else ""


def of_section(section: GdeltSection) -> Selection:
    """Return the selection that the settings of a source name."""
    return Selection(
        section.root_events_only,
        section.min_sources,
        section.min_mentions,
        isinstance(section, ArticleSection) and section.one_per_article,
    )
