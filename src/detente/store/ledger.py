"""The logs of the ledger: few and large, so that to look up a file does not read a load's commits.

Every commit writes a log of its own. Logs of one kind and like size are merged in the same commit
as soon as there are so many: a row is written again a few times only, and what a reader opens grows
with the logarithm of the number of commits.
"""

from __future__ import annotations

from collections.abc import Sequence

from detente.store.events import LOADED, PRESENT, REJECTED_COLUMNS, SUPERSEDED, relation
from detente.store.files import Files
from detente.store.manifest import Log
from detente.store.parts import PartWriter

MERGE_AT = 4


def merged(writer: PartWriter, logs: Sequence[Log], kinds: Sequence[str]) -> tuple[Log, ...]:
    """Merge logs of the given kinds until fewer than MERGE_AT of like size are left of each."""
    held = list(logs)
    for kind in kinds:
        while group := _mergeable([one for one in held if one.kind == kind]):
            made = writer.copied_log(kind, _rows(writer.files, kind, group, held))
            held = [one for one in held if one not in group] + made
    return tuple(held)


def _mergeable(logs: Sequence[Log]) -> list[Log]:
    tiers: dict[int, list[Log]] = {}
    for one in logs:
        # Of a number of rows and four times that number, the tiers are next to each other.
        tiers.setdefault(one.n_rows.bit_length() // 2, []).append(one)
    return next((tier for tier in tiers.values() if len(tier) >= MERGE_AT), [])


def _rows(files: Files, kind: str, group: Sequence[Log], held: Sequence[Log]) -> str:
    """Return a query for what some logs hold, without what later rows replace."""
    those = relation(kind, [files.address(one.path) for one in group])
    if kind == "file":
        return f"select * from {those} {PRESENT} order by raw_file_id"  # noqa: S608
    logs = relation("file", [files.address(one.path) for one in held if one.kind == "file"])
    account = f"(select raw_file_id, load_id, status, sequence from {logs} {PRESENT})"  # noqa: S608
    if kind == "tried":
        return (
            "select raw_file_id, sum(attempts)::bigint as attempts, max(tried_at) as tried_at "  # noqa: S608
            f"from {those} where raw_file_id not in (select raw_file_id from {account} "
            # What has come since is forgotten.
            f"where status in {(*LOADED, SUPERSEDED)}) group by raw_file_id order by raw_file_id"
        )
    return (
        f"select {', '.join(REJECTED_COLUMNS)} from {those} "  # noqa: S608
        f"where load_id in (select load_id from {account})"
    )
