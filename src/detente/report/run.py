"""Write the reports that are older than the database that they show."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

import detente
from detente.base import assets, processes
from detente.base.errors import Busy, DetenteError, NotPublished, UsageError
from detente.base.files import digest, write
from detente.base.progress import Progress, Quiet
from detente.database.published import Published
from detente.indices import reported
from detente.report import spec
from detente.report.model import quality, standing
from detente.report.pages import site
from detente.report.pages.site import Job
from detente.report.pages.summary import Summary
from detente.settings import Settings

_log = logging.getLogger(__name__)

_NAMES_TOLD = 30
_MANIFEST = "manifest.json"
_WAIT_SECONDS = 600
# Starting a process costs about as much as drawing two pages.
_FEWEST_FOR_WORKERS = 10


def render_all(settings: Settings, progress: Progress | None = None) -> list[Path]:
    """Write the overview, every pair, the three-way pages, case studies, events and methods.

    Those that the database and the case studies' specifications still back are left alone.

    Returns
    -------
    list of Path
        Every file of the site, the overview first; last the summary for a message.
    """
    with Published(settings.database) as database, _only_renderer(settings.processed):
        shown = _shown(settings, database)
        stamp = _stamp(settings, database)
        if (known := _still_true(settings.reports, stamp)) is not None:
            return known
        plan = site.whole(database, shown)
        stamp["compared_with"] = plan.earlier.inputs_sha256 if plan.earlier else ""
        pages, problems = _write_pages(plan.jobs, settings.reports, progress or Quiet())
        paths = [*pages, *_write_summary(plan.notice, settings.reports)]
        paths.sort(key=lambda path: path.name != "index.html")
        _demand_all(problems, settings.reports)
        _remove_stale(settings.reports, paths)
        standing.keep(settings.processed, plan.current, plan.earlier)
        _write_manifest(settings.reports, stamp, paths)
    return paths


def _shown(settings: Settings, database: Published) -> Settings:
    """Return the settings of the series that is reported; where there is none, a page says so."""
    try:
        reported.read(database)
    except NotPublished as error:
        # A page of an earlier day would say that there still is what it shows.
        write(settings.reports / "index.html", site.without_events(settings.report, str(error)))
        raise
    return reported.applied(database, settings)


def render_chosen(
    settings: Settings, names: Sequence[str], progress: Progress | None = None
) -> list[Path]:
    """Write the pages of some pairs and triads, and some case studies.

    Parameters
    ----------
    names
        Two or three states each, in any order ('JPN-KOR'), or the name of a case study's page.

    Raises
    ------
    UsageError
        A name is none of the study's pairs, triads and case studies; the message lists them.
    """
    states = {
        frozenset(one): one for one in (*settings.study.dyad_pairs, *settings.inference.triads)
    }
    studies = {one.slug: one for one in spec.load_all(settings.specs, settings.queries)}
    chosen = [_chosen(name, states, studies) for name in names]
    with Published(settings.database) as database, _only_renderer(settings.processed):
        jobs = site.chosen(database, settings, chosen)
        paths, problems = _write_pages(jobs, settings.reports, progress or Quiet())
        _demand_all(problems, settings.reports)
        return paths


def _chosen(
    name: str, states: Mapping[frozenset[str], tuple[str, ...]], studies: Mapping[str, spec.Spec]
) -> tuple[str, ...] | spec.Spec:
    """Return the states or the case study that a name means."""
    parts = name.upper().split("-")
    if name.lower() in studies:
        return studies[name.lower()]
    if len(parts) == len(set(parts)) and frozenset(parts) in states:
        return states[frozenset(parts)]
    known = [*studies, *("-".join(one) for one in states.values())]
    more = f" and {len(known) - _NAMES_TOLD} more" if len(known) > _NAMES_TOLD else ""
    raise UsageError(
        f"Expected pairs, triads or case studies of the study, got {name}. The study has "
        f"{', '.join(known[:_NAMES_TOLD])}{more}."
    )


@dataclass(frozen=True)
class _Drawn:
    """What became of a page: its files, or why it could not be drawn."""

    paths: tuple[Path, ...] = ()
    problem: str = ""


def _write_pages(
    jobs: Sequence[Job], folder: Path, progress: Progress
) -> tuple[list[Path], list[str]]:
    """Draw and write every page, many of them side by side in processes of their own.

    Returns
    -------
    The files, and what is wrong with the pages that could not be drawn; one keeps none back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    title, n_workers = "Rendering reports", processes.processors()
    if n_workers == 1 or len(jobs) < _FEWEST_FOR_WORKERS:
        drawn = list(progress.track((_do(job, folder) for job in jobs), title, len(jobs)))
    else:
        drawn = _side_by_side(jobs, folder, n_workers, progress, title)
    paths = [path for one in drawn for path in one.paths]
    return paths, [one.problem for one in drawn if one.problem]


def _side_by_side(
    jobs: Sequence[Job], folder: Path, n_workers: int, progress: Progress, title: str
) -> list[_Drawn]:
    with processes.side_by_side(n_workers) as workers:
        try:
            written = workers.map(partial(_do, folder=folder), jobs)
            return list(progress.track(written, title, len(jobs)))
        except BrokenProcessPool as error:
            raise DetenteError(
                "A process that draws reports ended unexpectedly, perhaps for lack of memory. "
                f"The pages in {folder} are whole, some may be old; run `detente report` again."
            ) from error
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _do(job: Job, folder: Path) -> _Drawn:
    """Draw one page; whatever goes wrong with it, the others are drawn."""
    try:
        return _Drawn(tuple(job(folder)))
    except OSError:  # of the folder or the disk, and so of every page
        raise
    except Exception as error:
        _log.exception("A page could not be drawn")
        first = (str(error).splitlines() or [""])[0]
        return _Drawn(problem=f"{_name_of(job)}: {type(error).__name__}: {first}")


def _name_of(job: Job) -> str:
    """Return the name of the page that a job draws, as far as it tells."""
    parts = [*getattr(job, "args", ()), *getattr(job, "keywords", {}).values()]
    for one in parts:
        if isinstance(slug := getattr(one, "slug", None), str):
            return slug
    return next((one for one in parts if isinstance(one, str)), "a page")


def _demand_all(problems: Sequence[str], folder: Path) -> None:
    """Say which pages could not be drawn, after all others are written.

    Raises
    ------
    DetenteError
        There are some.
    """
    if problems:
        listed = "\n".join(problems)
        raise DetenteError(
            f"{len(problems)} pages could not be drawn; the others are in {folder}:\n{listed}"
        )


@contextmanager
def _only_renderer(processed: Path) -> Iterator[None]:
    """Let one process write reports at a time; the next one waits for it to end."""
    try:
        with FileLock(processed / ".reports.lock", timeout=_WAIT_SECONDS):
            yield
    except Timeout:
        raise Busy(
            f"Another process has been writing reports for {_WAIT_SECONDS} s. "
            "Try again when it is done."
        ) from None


def _write_summary(notice: Summary, reports: Path) -> list[Path]:
    paths = [reports / "summary.html", reports / "summary.txt"]
    for path, text in zip(paths, (notice.html, notice.text), strict=True):
        write(path, text.encode("utf-8"))
    return paths


def _stamp(settings: Settings, database: Published) -> dict[str, str]:
    """Return what the reports are made from; another stamp makes them stale."""
    digest, revision = database.rows("select inputs_sha256, git_revision from meta.current_run")[0]
    ((stands_at,),) = database.rows("select as_of from meta.study")
    return {
        "inputs_sha256": digest or "",
        "git_revision": revision or "unknown",
        "stands_at": stands_at.isoformat(),
        "specs_sha256": spec.digest(settings.specs, settings.queries),
        "codings_sha256": quality.digest(settings.raw),
        "settings_sha256": settings.sha256,
        "compared_with": "",
        "language": settings.report.language,
        "paper": settings.report.paper,
        "templates_sha256": _looks(),
        "version": detente.__version__,
    }


def _looks() -> str:
    """Return one hash of the templates and languages, which a user may have changed."""
    folders = (assets.templates(), assets.languages())
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256("\n".join(digest(path) for path in paths).encode()).hexdigest()


def _still_true(reports: Path, stamp: dict[str, str]) -> list[Path] | None:
    """Return the paths of the reports if they show this database and are unchanged."""
    made_from, files = _manifest(reports)
    if {**made_from, "compared_with": ""} != stamp:
        return None
    for path, checksum in files.items():
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            return None
    return list(files)


def _remove_stale(reports: Path, paths: Sequence[Path]) -> None:
    """Remove what the last whole site had and this one has not: a pair that left the study."""
    _, files = _manifest(reports)
    for path in files.keys() - set(paths):
        if path.is_relative_to(reports):
            path.unlink(missing_ok=True)


def _manifest(reports: Path) -> tuple[dict[str, str], dict[Path, str]]:
    """Return what the last whole site was made from, and its files with their checksums."""
    try:
        content = json.loads((reports / _MANIFEST).read_text(encoding="utf-8"))
        return dict(content["made_from"]), {reports / one: n for one, n in content["files"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}, {}


def _write_manifest(folder: Path, stamp: dict[str, str], paths: list[Path]) -> None:
    content = {
        "made_from": stamp,
        "files": {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
        },
    }
    write(folder / _MANIFEST, json.dumps(content, indent=1).encode("utf-8"))
