"""A source that is taken out of a study: its events go, its files stay, and both can come back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from detente.refresh import pipeline
from tests.support import loading, mirrors
from tests.support.command import detente_here
from tests.support.studies import NO_INFERENCE, MakeStudy, query, study_table

TOML = study_table("2019-01-01", "GRC", "TUR", "CYP").replace('"JPN", "KOR"', '"GRC", "TUR"')
SOURCES = "select source, count(*) from core.event group by source order by source"


def _kept(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_nothing_of_it_is_published_and_its_files_stay(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    world = mirrors.acts(date(2019, 1, 1), date(2019, 2, 28), 2)
    for source in ("icews", "gdelt1"):
        (tmp_path / source).mkdir()
        getattr(mirrors, f"{source}_folder")(tmp_path / source, world)
    study = make_study(toml=TOML + NO_INFERENCE)
    for source in ("icews", "gdelt1"):
        mirror = str(tmp_path / source)
        done = detente_here(
            study.home, "source", "add", source, "--since", "2019", "--mirror", mirror
        )
        assert done.returncode == 0, done.stderr
    study = make_study(toml=(study.home / "detente.toml").read_text(encoding="utf-8"))
    loading.update(study, offline=False)
    before = loading.ask(study, SOURCES)
    assert [name for name, _ in before] == ["gdelt1", "icews"]
    files = _kept(study.downloads / "icews")

    done = detente_here(study.home, "source", "remove", "icews")
    assert done.returncode == 0, done.stderr
    assert f"Its {len(world)} events are out of the store" in done.stderr
    aside = study.downloads.parent / "removed" / "icews"
    assert str(aside) in done.stderr
    assert _kept(aside) == files
    study = make_study(toml=(study.home / "detente.toml").read_text(encoding="utf-8"))
    # Neither a night nor a rebuild from what lies on disk brings it back.
    for again in (pipeline.refresh, pipeline.rebuild):
        again(study)
        assert query(study, SOURCES) == [one for one in before if one[0] == "gdelt1"]
        for table in ("meta.coverage", "marts.dyad_month", "meta.raw_file", "marts.volume_day"):
            told = query(study, f"select distinct source from {table} where source <> 'records'")
            assert told == [("gdelt1",)], table

    mirror = str(tmp_path / "icews")
    detente_here(study.home, "source", "add", "icews", "--since", "2019", "--mirror", mirror)
    assert not aside.exists()
    assert _kept(study.downloads / "icews") == files
    study = make_study(toml=(study.home / "detente.toml").read_text(encoding="utf-8"))
    loading.update(study, offline=False)
    assert loading.ask(study, SOURCES) == before
