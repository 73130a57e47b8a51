"""What every test may use: a small study of its own, built from the project's reference tables."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from detente import pipeline, settings
from detente.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

# A shell starts background jobs with Ctrl-C ignored, and so would be every command that the tests
# start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HEADER = (
    "record_id,event_date,end_date,actor1,actor2,cameo_code,reverse_cameo_code,category,title,"
    "source_name,source_url"
)

SIDECAR = """\
title = "Meetings"
covers = "what the tests need"
leaves_out = "everything else"
producer = "the tests"
licence = "CC0"
checked = 2026-01-01
covers_from = 1998-01-01
covers_to = 2025-12-31
[categories]
summit = "a meeting"
sanction = "a sanction"
"""

STUDY = """\
[study]
name = "Test"
start = 1998-01-01
actors = ["JPN", "KOR", "PRK"]
focal_dyad = ["JPN", "KOR"]
[inference]
enabled = false
"""


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Let linear algebra use one thread, as a refresh does; the matrices are small."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real files of other producers; they are not part of the project, so a clone may lack them."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the reference files, expected in {folder}")
    return folder


@pytest.fixture(scope="session")
def real_settings() -> Settings:
    """The project's own study."""
    return settings.load(ROOT / "detente.toml")


def record_line(
    record_id: str,
    day: date | str,
    actor1: str = "KOR",
    actor2: str = "JPN",
    code: str = "042",
    reverse: str = "043",
    category: str = "summit",
    title: str = "A visit",
) -> str:
    """Return one line of a file of records."""
    return (
        f"{record_id},{day},,{actor1},{actor2},{code},{reverse},{category},{title},"
        "Ministry,https://example.org/"
    )


Line = Callable[..., str]


@pytest.fixture(scope="session")
def line() -> Line:
    """Make one line of a file of records."""
    return record_line


MakeStudy = Callable[..., Settings]
Records = dict[str, Iterable[str] | bytes] | Iterable[str]


def _write_study(
    folder: Path, records: Records = (), toml: str = STUDY, sidecar: str = SIDECAR
) -> Settings:
    """Write a study with the given records (lines, or files by name) and return its settings."""
    raw = folder / "data" / "raw"
    (raw / "records").mkdir(parents=True, exist_ok=True)
    if not (raw / "reference").exists():
        shutil.copytree(ROOT / "data" / "raw" / "reference", raw / "reference")
    files = records if isinstance(records, dict) else {"meetings": records}
    for name, content in files.items():
        path = raw / "records" / f"{name}.csv"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text("\n".join([HEADER, *content, ""]), encoding="utf-8")
        path.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    (folder / "detente.toml").write_text(toml, encoding="utf-8")
    return settings.load(folder / "detente.toml")


@pytest.fixture(scope="session")
def write_study() -> MakeStudy:
    """Return the function that writes a study into a folder."""
    return _write_study


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Return a function that writes a study into this test's own folder."""

    def make(
        records: Records = (),
        toml: str = STUDY,
        sidecar: str = SIDECAR,
        folder: Path = tmp_path / "study",
    ) -> Settings:
        return _write_study(folder, records, toml, sidecar)

    return make


@pytest.fixture(scope="session")
def real_database(
    real_settings: Settings, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Path:
    """The project's own study, built once for all tests that read it.

    Workers share one: the first builds it, the others wait and find that nothing changed.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "real"
    paths = settings.Paths(processed=folder / "processed", reports=folder / "reports")
    study = real_settings.model_copy(update={"paths": paths})
    return pipeline.refresh(study, wait_seconds=900).database
