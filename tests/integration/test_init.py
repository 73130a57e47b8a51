"""A study from an empty folder: settings that load, sources that can be tried, kept comments."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from detente import settings
from detente.database.published import Published
from tests.support.command import detente_here
from tests.support.gdelt2 import row


def _export(*events: tuple[str, str, str, str, str]) -> bytes:
    return "".join(
        row(
            {
                "GLOBALEVENTID": number, "SQLDATE": day, "Actor1Code": first,
                "Actor1CountryCode": first, "Actor2Code": second, "Actor2CountryCode": second,
                "EventCode": code, "EventBaseCode": code, "EventRootCode": code[:2],
                "GoldsteinScale": "1", "NumMentions": "2", "DATEADDED": f"{day}120000",
                "SOURCEURL": "https://example.org/",
            }
        )
        + "\n"
        for number, day, first, second, code in events
    ).encode()  # fmt: skip


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder of two quarters of an hour of GDELT 2.0, without the provider's list."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, events in {
        "20190101234500": [
            ("1", "20190101", "GRC", "TUR", "042"),
            ("2", "20190101", "GRC", "", "042"),
        ],
        "20190102234500": [
            ("3", "20190102", "TUR", "GRC", "112"),
            ("4", "day", "TUR", "GRC", "112"),
        ],
    }.items():
        with zipfile.ZipFile(folder / f"{name}.export.CSV.zip", "w") as archive:
            archive.writestr(f"{name}.export.CSV", _export(*events))
    return folder


def _init(folder: Path, *more: str) -> None:
    done = detente_here(
        folder, "init", "--name", "Aegean", "--actors", "Grèce,Turkey,CY", "--focal", "GRC-TUR",
        "--start", "2019", *more,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Next: detente refresh" in done.stderr


def test_a_study_of_a_feed_from_an_empty_folder(tmp_path: Path, mirror: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    _init(folder)
    study = settings.load(folder / "detente.toml")
    assert study.study.actors == ("GRC", "TUR", "CYP")
    assert study.study.dyad_pairs[0] == ("GRC", "TUR")
    assert study.report.title == "Aegean"

    before = (folder / "detente.toml").read_text(encoding="utf-8")
    done = detente_here(
        folder, "source", "add", "gdelt2", "--since", "2019", "--mirror", str(mirror)
    )
    assert done.returncode == 0, done.stderr
    after = (folder / "detente.toml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n")), "what was there stays, comments too"

    tried = json.loads(detente_here(folder, "source", "test", "gdelt2", "--json").stdout)
    assert tried["account"] == (
        "2 rows = 1 loaded + 0 out of scope + 0 with an unknown actor + 0 duplicate + 1 rejected"
    )
    assert [one["went"].split(":")[0] for one in tried["rows"]] == ["loaded", "rejected"]
    assert not (folder / "data" / "processed").exists(), "a try changes nothing"

    done = detente_here(folder, "refresh")
    assert done.returncode == 0, done.stderr
    with Published(settings.load(folder / "detente.toml").database) as database:
        assert database.rows("select source, measure, reason from meta.reported_series") == [
            ("gdelt2", "net_per_1k", "the only source")
        ]
    # The reference tables are the package's.
    assert not (folder / "data" / "raw" / "reference").exists()
    done = detente_here(folder, "index", "TUR", "GRC", "--csv")
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[1]
    assert first.startswith("gdelt2,")
    assert ",GRC,TUR,2019-01-01,2019-01-31,2," in first

    done = detente_here(folder, "source", "remove", "gdelt2")
    assert done.returncode == 0, done.stderr
    assert not settings.load(folder / "detente.toml").sources.gdelt2.enabled


def test_a_provider_that_cannot_be_reached_is_told_precisely(tmp_path: Path) -> None:
    _init(tmp_path)
    done = detente_here(
        tmp_path, "source", "add", "gdelt1", "--since", "2020", "--base-url", "http://127.0.0.1:1/"
    )
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "detente.toml").read_text(encoding="utf-8")
    waits = "\n[sources.downloads]\nattempts = 1\nwait_seconds = 0.0\n"
    (tmp_path / "detente.toml").write_text(text + waits, encoding="utf-8")
    done = detente_here(tmp_path, "source", "test", "gdelt1")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "ConnectError" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_init_refuses(tmp_path: Path) -> None:
    done = detente_here(tmp_path, "init", "--actors", "Korea,Japan", "--name", "x")
    assert done.returncode == 2
    assert "KOR (South Korea), PRK (North Korea)" in done.stderr
    assert not (tmp_path / "detente.toml").exists()
    done = detente_here(tmp_path, "init", "--actors", "GRC,TUR", "--source", "gdelt9")
    assert done.returncode == 2
    assert "gdelt2" in done.stderr
    done = detente_here(tmp_path, "init", "--actors", "GRC,TUR", "--start", "2999")
    assert done.returncode == 2
    assert "up to today" in done.stderr
    _init(tmp_path)
    done = detente_here(tmp_path, "init", "--actors", "GRC,TUR")
    assert done.returncode == 2
    assert "is there already" in done.stderr
    done = detente_here(tmp_path, "source", "add", "gdelt9")
    assert done.returncode == 2
    done = detente_here(tmp_path, "source", "remove", "icews")
    assert done.returncode == 2


def test_names_with_hyphens_and_commas_are_one_name(tmp_path: Path) -> None:
    done = detente_here(
        tmp_path, "init", "--name", "x", "--actors", "Guinea-Bissau; Korea, South", "--focal",
        "Guinea-Bissau-Senegal", "--start", "2019",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    study = settings.load(tmp_path / "detente.toml").study
    assert study.actors == ("GNB", "KOR", "SEN")
    assert study.dyad_pairs[0] == ("GNB", "SEN")


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "Aegean acts.csv"
    table.write_text(
        "Day;From;To;CAMEO;Headline;Coder\n"
        "13.02.2019;Griechenland;Türkei;042;Besuch;A\n"
        "14.02.2019;Türkei;Griechenland;112;Vorwurf;A\n"
        "28.03.2019;Griechenland;Türkei;057;Abkommen;B\n",
        encoding="utf-8",
    )
    folder = tmp_path / "study"
    folder.mkdir()
    done = detente_here(folder, "init", "--from-csv", str(table), "--name", "Aegean")
    assert done.returncode == 0, done.stderr
    assert "event_date <- Day" in done.stderr
    assert "not used: Coder" in done.stderr
    assert detente_here(folder, "refresh").returncode == 0
    study = settings.load(folder / "detente.toml")
    with Published(study.database) as database:
        assert database.rows(
            "select event_date::varchar, actor1_iso3, actor2_iso3, cameo_code, title "
            "from core.event order by 1"
        ) == [
            ("2019-02-13", "GRC", "TUR", "042", "Besuch"),
            ("2019-02-14", "TUR", "GRC", "112", "Vorwurf"),
            ("2019-03-28", "GRC", "TUR", "057", "Abkommen"),
        ]


def test_the_example_is_the_shipped_study(tmp_path: Path, root: Path) -> None:
    listed = detente_here(tmp_path, "init", "--list-examples")
    assert "northeast-asia" in listed.stdout
    done = detente_here(tmp_path, "init", "--example", "northeast-asia")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "detente.toml").read_bytes() == (root / "detente.toml").read_bytes()
    names = sorted(path.name for path in (tmp_path / "data" / "raw" / "records").iterdir())
    assert names == sorted(path.name for path in (root / "data" / "raw" / "records").iterdir())
    assert settings.load(tmp_path / "detente.toml").study.focal_dyad == ("JPN", "KOR")


def test_the_sources_are_listed_with_what_they_cost(tmp_path: Path) -> None:
    _init(tmp_path)
    rows = json.loads(detente_here(tmp_path, "source", "list", "--json").stdout)
    by_name = {one["source"]: one for one in rows}
    assert by_name["acled"]["keys"] == ["ACLED_USERNAME", "ACLED_PASSWORD"]
    assert by_name["gdelt2"]["files"] > 35_000
    assert by_name["icews"]["seconds"] < by_name["gdelt2"]["seconds"]
    assert all(one["licence"] for one in rows)
