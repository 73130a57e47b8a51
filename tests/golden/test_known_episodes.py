"""The table of known crises and thaws in docs/methods.md is what the database gives."""

from __future__ import annotations

import re
from pathlib import Path

from detente.database.published import Published

YEARS = 5
ROW = re.compile(
    r"^\| (.+) \| (\w{3}-\w{3}) \| (\d{4}-Q\d) \| (lowest|highest) \| (-?[\d.]+) \| "
    r"(.*?) ?\| (\d+ of \d+) \|$",
    flags=re.M,
)
QUARTERS = """
    select actor1_iso3 || '-' || actor2_iso3 as dyad,
        year(period_start) || '-Q' || quarter(period_start) as quarter, net, net_lo, net_hi
    from marts.dyad_quarter
    where source = 'records' and counting = 'all' and direction = 'undirected' and is_complete
    order by dyad, period_start
"""


def test_the_table_and_its_count_are_recomputed(root: Path, real_database: Path) -> None:
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    section = page.split("### Known crises and thaws")[1].split("### References")[0]
    rows = ROW.findall(section)
    assert len(rows) == section.count("\n| ") - 1  # all but the head
    net: dict[str, dict[str, float]] = {}
    intervals: dict[tuple[str, str], str] = {}
    with Published(real_database) as database:
        for dyad, quarter, value, low, high in database.rows(QUARTERS):
            net.setdefault(dyad, {})[quarter] = value
            intervals[dyad, quarter] = "" if low is None else f"{low:.1f} to {high:.1f}"
    seen = {"lowest": 0, "highest": 0}
    for _, dyad, quarter, expected, told_net, told_interval, told_rank in rows:
        quarters = list(net[dyad])
        here = quarters.index(quarter)
        around = quarters[max(0, here - 4 * YEARS) : here + 4 * YEARS + 1]
        values = [net[dyad][one] for one in around]
        own = net[dyad][quarter]
        rank = 1 + sum(one < own if expected == "lowest" else one > own for one in values)
        assert (told_net, told_rank) == (f"{own:.1f}", f"{rank} of {len(values)}"), (dyad, quarter)
        assert told_interval == intervals[dyad, quarter]
        seen[expected] += rank <= len(values) // 10
    n = {one: sum(row[3] == one for row in rows) for one in seen}
    told = (
        f"The index sees {seen['lowest']} of {n['lowest']} crises and "
        f"{seen['highest']} of {n['highest']} thaws"
    )
    assert told in re.sub(r"\s+", " ", section)
