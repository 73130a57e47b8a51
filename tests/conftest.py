"""What every test may use: a small study of its own, built from the project's reference tables."""

from __future__ import annotations

import gc
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings
from threadpoolctl import threadpool_limits

from detente import settings
from detente.base import processes
from detente.database.builder import Warehouse
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support import profile, studies
from tests.support.studies import ROOT, SIDECAR, STUDY, Line, MakeStudy, Records

# A shell starts background jobs with Ctrl-C ignored, and so would be every command that the tests
# start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline counts the seconds on the clock, which on a busy machine say nothing of an example.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Let linear algebra use one thread, as a refresh does; the matrices are small."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_process(worker_id: str) -> Iterator[None]:
    """Let the questions run in one process where several workers of the tests run already."""
    with pytest.MonkeyPatch.context() as patch:
        if worker_id != "master":
            patch.setattr(processes, "processors", lambda: 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _undescribed() -> Iterator[None]:
    """Leave out the descriptions of the columns, a third of the time that a small build takes.

    Each of some 1,700 is a statement. `studies.described` has them written.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Warehouse, "comment", lambda warehouse: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let commands remember settings in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
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


@pytest.fixture(scope="session")
def line() -> Line:
    """Make one line of a file of records."""
    return studies.record_line


@pytest.fixture(scope="session")
def write_study() -> MakeStudy:
    """Return the function that writes a study into a folder."""
    return studies.write_study


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Return a function that writes a study into this test's own folder."""

    def make(
        records: Records = (),
        toml: str = STUDY,
        sidecar: str = SIDECAR,
        folder: Path = tmp_path / "study",
    ) -> Settings:
        return studies.write_study(folder, records, toml, sidecar)

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
    with studies.described():
        return pipeline.refresh(study, wait_seconds=900).database


@pytest.fixture(scope="session")
def built_study(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str], Path]:
    """Return a function that gives the database of a small study by its name.

    Each is built once for all tests and workers that read it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def database(name: str) -> Path:
        folder = shared / name
        with FileLock(folder.with_suffix(".lock")):
            published = folder / "data" / "processed" / "detente.duckdb"
            if published.exists():
                return published
            with studies.described():
                return profile.build(folder, name)

    return database


@pytest.fixture(scope="session")
def one_visit(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    """A published study of one visit, KOR to JPN on 31 January 2020; it is only to be read.

    Built once for all tests and workers.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "visit"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            begun = folder.with_name("visit-begun")
            study = studies.write_study(begun, [studies.record_line("a", "2020-01-31")])
            with studies.described():
                pipeline.refresh(study)
            begun.rename(folder)
    return settings.load(folder / "detente.toml")


@pytest.fixture
def visited(one_visit: Settings, tmp_path: Path) -> Settings:
    """A copy of `one_visit` that may be changed; it lies where `make_study` writes."""
    shutil.copytree(one_visit.home, tmp_path / "study")
    return settings.load(tmp_path / "study" / "detente.toml")


_REAL_STUDY = "the project's own study"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests belong together, and let those that take long begin.

    Tests that share what a module's or package's fixture builds go to one worker; each other test
    goes to whichever is free, so that a long file holds up nobody. Those that read the project's
    own study go to one worker too, and to `make full`: it takes minutes to build. Single tests come
    last, so that no worker is left with a long group when the others have nothing to do.
    """
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        if group == _REAL_STUDY:
            item.add_marker(pytest.mark.full)
        if group:
            item.add_marker(pytest.mark.xdist_group(group))
            if item.config.getoption("loadgroup", False):
                _name_after_group(item, group)
    items.sort(key=lambda item: (groups[item] != _REAL_STUDY, groups[item] is None))


def _name_after_group(item: pytest.Item, group: str) -> None:
    """Write a test's group where the scheduler looks for it: at the end of its id.

    xdist 3.8 writes it into `_nodeid`, which pytest reads no more since 9.2: every group was then
    spread over all workers, and each of them built what a group shares.
    """
    if hasattr(item, "_id"):
        item._id = type(item._id).parse(f"{item.nodeid}@{group}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop rather than let the groups come apart without a word.

    What was imported and collected stays to the end, so no later search for garbage looks at it:
    such searches took a fifteenth of the time of all tests.
    """
    gc.collect()
    gc.freeze()
    if not session.config.getoption("loadgroup", False):
        return
    for item in session.items:
        marker = item.get_closest_marker("xdist_group")
        if marker and not item.nodeid.endswith(f"@{marker.args[0]}"):
            raise pytest.UsageError(
                f"{item.nodeid} belongs to the group {marker.args[0]}, but xdist does not know it"
            )


def pytest_sessionfinish() -> None:
    """Let the interpreter clean up at its end as it always does."""
    gc.unfreeze()


def _group(item: pytest.Item) -> str | None:
    if "real_database" in getattr(item, "fixturenames", ()):
        return _REAL_STUDY
    scopes = _scopes(item)
    shared_by = item.path.parent if "package" in scopes else item.path
    return shared_by.relative_to(ROOT).as_posix() if scopes else None


def _scopes(item: pytest.Item) -> set[str]:
    """Return how widely a test shares fixtures, short of the whole session."""
    known = getattr(item, "_fixtureinfo", None)
    if known is None:  # no function: a doctest
        return {"module"}
    shared = {one.scope for defined in known.name2fixturedefs.values() for one in defined}
    return shared & {"class", "module", "package"}
