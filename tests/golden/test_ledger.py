"""Every row of the hand-kept tables stands in the ledger as it stands in its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import ledger


def test_no_row_differs_from_its_second_copy() -> None:
    kept, now = ledger.read(), ledger.rows()
    differing = [
        f"{place}: {now.get(place, 'no such row')}; the ledger has {kept.get(place, 'none')}"
        for place in sorted(kept.keys() | now.keys())
        if kept.get(place) != now.get(place)
    ]
    told = "\n".join(differing[:20])
    assert not differing, f"{len(differing)} differ; if they are meant, `make ledger`:\n{told}"


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("reference/cameo.csv", ",-5.0,", ",5.0,", "106"),
        ("reference/scales/weis.csv", "1424,-5.2,", "1424,5.2,", "1424"),
        ("records/summits.csv", ",JPN;KOR,JPN;KOR,044,", ",JPN;KOR,JPN;KOR,043,", None),
    ],
)
def test_a_changed_cell_is_one_row_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, place: str
) -> None:
    text = (ledger.RAW / name).read_text(encoding="utf-8")
    line = next(
        one for one in text.splitlines() if old in one and (not place or one.startswith(place))
    )
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text.replace(line, line.replace(old, new, 1)), encoding="utf-8")
    monkeypatch.setattr(ledger, "RAW", tmp_path)
    kept, now = ledger.read(), ledger.rows()
    key = f"{name}\t{line.partition(',')[0]}"
    assert [one for one in now if now[one] != kept.get(one)] == [key]
