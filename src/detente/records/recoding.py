"""Count records otherwise than their files code them, as the settings ask.

A file codes each act once, by the rules of its sidecar. Where such a rule could be another, the
settings can choose: give the records that a condition names another code, take a meeting of many as
one among all, or leave records out. Nothing here knows a category or a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from detente.base.errors import SettingsError
from detente.records.record import ParsedFile, Record
from detente.settings import Recode, Records


def recode(files: Sequence[ParsedFile], rules: Records) -> list[ParsedFile]:
    """Apply the rules of the settings to the records of all files.

    Parameters
    ----------
    files
        Records without repetitions, as `detente.records.parsing.deduplicate` gives them.
    rules
        The section `[records]`: its `recode` tables in their order, of which the first that means
        a record is applied, then `announced_once`.

    Returns
    -------
    list
        The same files. A record that is left out is out of scope; the `rule` of one that is coded
        otherwise names the table.

    Raises
    ------
    SettingsError
        A table of `recode` or `alternative` matches no record.
    """
    for rule in (*rules.recode, *rules.alternative):
        if not any(_means(rule, record) for file in files for record in file.records):
            raise SettingsError(
                f"The rule {rule.name!r} of [records] matches no record: expected a category, a "
                "code, attributes and a filled column that occur in the files of records."
            )
    recoded = [_recode_one(file, rules.recode) for file in files]
    kept = [record for file in recoded for record in file.records]
    repeated = _carried_out(kept) if rules.announced_once else set()
    return [_without(file, repeated) for file in recoded]


def _recode_one(file: ParsedFile, rules: Sequence[Recode]) -> ParsedFile:
    records, outside = [], list(file.out_of_scope)
    for record in file.records:
        rule = next((one for one in rules if _means(one, record)), None)
        if rule is None:
            records.append(record)
        elif rule.leave_out:
            outside.append(record)
        else:
            records.append(_as(rule, record))
    return replace(file, records=tuple(records), out_of_scope=tuple(outside))


def _means(rule: Recode, record: Record) -> bool:
    return (
        rule.category in (None, record.category)
        and rule.cameo_code in (None, record.cameo_code)
        and rule.attributes.items() <= record.attributes.items()
        and (rule.filled is None or rule.filled in record.attributes)
        and len({*record.actor1, *record.actor2}) >= rule.min_actors
    )


def _as(rule: Recode, record: Record) -> Record:
    """Return the record as the rule codes it."""
    code = rule.to or record.cameo_code
    if rule.among_all:
        everyone = tuple(sorted({*record.actor1, *record.actor2}))
        return replace(
            record,
            actor1=everyone,
            actor2=everyone,
            cameo_code=code,
            reverse_cameo_code=None,
            rule=rule.name,
        )
    reverse = rule.reverse_to or (code if record.reverse_cameo_code else None)
    return replace(record, cameo_code=code, reverse_cameo_code=reverse, rule=rule.name)


def _named(record: Record, column: str) -> list[str]:
    return [name for name in record.attributes.get(column, "").split(";") if name]


def _carried_out(records: Iterable[Record]) -> set[str]:
    """Return the records that put into force what another record announced."""
    by_id: Mapping[str, Record] = {record.record_id: record for record in records}
    return {
        record.record_id
        for record in by_id.values()
        if any(name in by_id for name in _named(record, "carries_out"))
    }


def _without(file: ParsedFile, names: set[str]) -> ParsedFile:
    left = tuple(record for record in file.records if record.record_id in names)
    return replace(
        file,
        records=tuple(record for record in file.records if record.record_id not in names),
        out_of_scope=(*file.out_of_scope, *left),
    )
