"""Keep how the sentences of results are made, beside the results (`stats.wording`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from detente.base.phrases import Phrase
from detente.database.builder import Warehouse

TABLE = "stats.wording"
# The columns of `stats` that hold text for readers.
_TEXT = ("sentence", "refusal", "variant_words", "test", "null_hypothesis", "alternative")
_TEXTS = ("warnings",)


def keep(warehouse: Warehouse, values: Iterable[object]) -> None:
    """Keep how the texts among some values are made."""
    found = {str(one): one.as_json() for one in _phrases(values)}
    if found:
        warehouse.execute(
            f"insert into {TABLE} select unnest(?::varchar[]), unnest(?::varchar[]) "
            "on conflict do nothing",
            [list(found), list(found.values())],
            where=TABLE,
        )


def _phrases(values: Iterable[object]) -> Iterator[Phrase]:
    for one in values:
        if isinstance(one, Phrase):
            yield one
        elif isinstance(one, (tuple, list)):
            yield from _phrases(one)


def phrase(sentence: str, parts: str | None) -> str:
    """Return a sentence read from the database as it was when it was made."""
    return sentence if parts is None else Phrase(sentence, json.loads(parts))


def prune(warehouse: Warehouse) -> None:
    """Forget the texts that no table holds any more."""
    columns = warehouse.rows(
        "select table_name, column_name from duckdb_columns() where schema_name = 'stats' "
        "and list_contains(?, column_name) and 'stats.' || table_name <> ? order by all",
        [[*_TEXT, *_TEXTS], TABLE],
    )
    held = " union all ".join(
        f"select {f'unnest({column})' if column in _TEXTS else column} as text from stats.{table}"  # noqa: S608
        for table, column in columns
    )
    warehouse.execute(
        f"delete from {TABLE} where sentence not in "  # noqa: S608
        f"(select text from ({held}) as held where text is not null)",
        where=TABLE,
    )
