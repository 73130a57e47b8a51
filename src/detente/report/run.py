"""Write the reports that are older than the database they tell of."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from filelock import FileLock, Timeout

from detente.base.errors import Busy, DetenteError, UsageError
from detente.base.progress import Progress, Quiet
from detente.database.published import Published
from detente.report import model, spec
from detente.report.model import standing
from detente.report.pages import case, site
from detente.report.pages.page import write
from detente.report.pages.site import Draft
from detente.report.pages.summary import Summary, summary
from detente.settings import Settings

_MANIFEST = "manifest.json"
_WAIT_SECONDS = 600
# Starting a process costs about what two pages cost; more than eight gain nothing on a theatre.
_FEWEST_FOR_WORKERS, _MOST_WORKERS = 10, 8


def render_all(settings: Settings, progress: Progress | None = None) -> list[Path]:
    """Write the overview, one report a dyad, the case studies, methods and data.

    Those that the database and the case studies' specifications still back are left alone.

    Returns
    -------
    list of Path
        The overview first, then the dyads and triads in the order of the study, the case studies,
        methods and data; HTML, PDF and bundle of each; last the summary for a message.
    """
    with Published(settings.database) as database, _only_renderer(settings):
        origin = model.provenance(database)
        current = standing.now(database)
        earlier = standing.before(settings, current)
        stamp = _stamp(settings, origin, earlier)
        if (known := _still_true(settings, stamp)) is not None:
            return known
        cases = [case.study(database, settings, one) for one in spec.load_all(settings)]
        drafts = site.drafts(database, settings, cases)
        notice = summary(settings, database)
        paths = [
            *_write_pages(drafts, settings, progress or Quiet()),
            *_write_summary(notice, settings),
        ]
        standing.keep(settings, current, earlier)
        _write_manifest(settings, stamp, paths)
    return paths


def render_chosen(
    settings: Settings, names: Sequence[str], progress: Progress | None = None
) -> list[Path]:
    """Write the reports of some dyads and triads, and some case studies.

    Parameters
    ----------
    names
        Two or three states each, in any order ('JPN-KOR'), or the name of a case study's page.

    Raises
    ------
    UsageError
        A name is none of the study's dyads, triads and case studies; the message lists them.
    """
    states = {
        frozenset(one): one for one in (*settings.study.dyad_pairs, *settings.inference.triads)
    }
    studies = {one.slug: one for one in spec.load_all(settings)}
    chosen = [_chosen(name, states, studies) for name in names]
    with Published(settings.database) as database, _only_renderer(settings):
        drafts = site.chosen_drafts(
            database,
            settings,
            [
                case.study(database, settings, one) if isinstance(one, spec.Spec) else one
                for one in chosen
            ],
        )
        return _write_pages(drafts, settings, progress or Quiet())


def _chosen(
    name: str, states: Mapping[frozenset[str], tuple[str, ...]], studies: Mapping[str, spec.Spec]
) -> tuple[str, ...] | spec.Spec:
    """Return the states or the case study that a name means."""
    parts = name.upper().split("-")
    if name.lower() in studies:
        return studies[name.lower()]
    if len(parts) == len(set(parts)) and frozenset(parts) in states:
        return states[frozenset(parts)]
    known = ", ".join((*("-".join(one) for one in states.values()), *studies))
    raise UsageError(
        f"Expected dyads, triads or case studies of the study, got {name}. The study has {known}."
    )


def _write_pages(drafts: Sequence[Draft], settings: Settings, progress: Progress) -> list[Path]:
    """Draw and write every page, many of them side by side in processes of their own."""
    folder = settings.reports
    folder.mkdir(parents=True, exist_ok=True)
    title, n_workers = "Rendering reports", min(os.cpu_count() or 1, _MOST_WORKERS)
    if n_workers == 1 or len(drafts) < _FEWEST_FOR_WORKERS:
        written: Iterable[list[Path]] = (_draw(draft, folder) for draft in drafts)
        return [path for paths in progress.track(written, title, len(drafts)) for path in paths]
    # Spawned, not forked: the database and the chart renderer have threads.
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as workers:
        try:
            written = workers.map(partial(_draw, folder=folder), drafts)
            return [path for paths in progress.track(written, title, len(drafts)) for path in paths]
        except BrokenProcessPool as error:
            raise DetenteError(
                "A process that draws reports ended before its time, perhaps for want of memory. "
                f"The pages in {folder} are whole, some may be old; run `detente report` again."
            ) from error
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _draw(draft: Draft, folder: Path) -> list[Path]:
    return draft().write(folder)


@contextmanager
def _only_renderer(settings: Settings) -> Iterator[None]:
    """Let one process write reports at a time; the next one waits for it to end."""
    try:
        with FileLock(settings.processed / ".reports.lock", timeout=_WAIT_SECONDS):
            yield
    except Timeout:
        raise Busy(
            f"Another process has been writing reports for {_WAIT_SECONDS} s. "
            "Try again when it is done."
        ) from None


def _write_summary(notice: Summary, settings: Settings) -> list[Path]:
    paths = [settings.reports / "summary.html", settings.reports / "summary.txt"]
    for path, text in zip(paths, (notice.html, notice.text), strict=True):
        write(path, text.encode("utf-8"))
    return paths


def _stamp(
    settings: Settings, origin: model.Provenance, earlier: standing.Standing | None
) -> dict[str, str]:
    """Return what the reports are made from; another stamp makes them stale."""
    return {
        "inputs_sha256": origin.inputs_sha256,
        "git_revision": origin.git_revision,
        "stands_at": origin.stands_at.isoformat(),
        "specs_sha256": spec.digest(settings),
        "compared_with": earlier.inputs_sha256 if earlier else "",
        "language": settings.report.language,
        "paper": settings.report.paper,
    }


def _still_true(settings: Settings, stamp: dict[str, str]) -> list[Path] | None:
    """Return the paths of the reports if they tell of this database and nobody changed them."""
    try:
        manifest = json.loads((settings.reports / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_from"] != stamp:
            return None
        paths = []
        for name, digest in manifest["files"].items():
            path = settings.reports / name
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                return None
            paths.append(path)
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return paths


def _write_manifest(settings: Settings, stamp: dict[str, str], paths: list[Path]) -> None:
    content = {
        "made_from": stamp,
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths},
    }
    write(settings.reports / _MANIFEST, json.dumps(content, indent=1).encode("utf-8"))
