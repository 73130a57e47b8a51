"""The project's own records: each is found again in its file, and all have what they must have."""

from __future__ import annotations

from pathlib import Path

from detente.database.published import Published
from detente.settings import Settings


def test_each_record_stands_on_the_line_that_it_names(
    real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        records = database.rows("select record_id, raw_file_id, raw_row from core.record")
    lines = {
        path.name: path.read_text(encoding="utf-8").splitlines()
        for path in (real_settings.raw / "records").glob("*.csv")
    }
    assert len(records) > 2000
    for record_id, raw_file_id, raw_row in records:
        assert lines[raw_file_id.removeprefix("records/")][raw_row - 1].startswith(record_id + ",")


def test_no_record_is_rejected_and_none_lacks_a_source(real_database: Path) -> None:
    with Published(real_database) as database:
        assert (
            database.rows("select * from core.event_rejected where raw_file_id like 'rec%'") == []
        )
        assert database.rows("select sum(n_duplicate), sum(n_out_of_scope) from meta.raw_file") == [
            (0, 0)
        ]
        bare = "select record_id from core.record where source_name = ''"
        assert database.rows(bare) == []


def test_every_dyad_of_the_study_has_records(real_settings: Settings, real_database: Path) -> None:
    with Published(real_database) as database:
        rows = database.rows("select distinct actor1_iso3, actor2_iso3 from marts.dyad_event")
    assert set(real_settings.study.dyad_pairs) <= set(rows)
