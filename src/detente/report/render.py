"""Write the reports that are older than the database they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from detente.errors import UsageError
from detente.progress import Progress, Quiet
from detente.report import case, model, site, spec, standing
from detente.report.page import Page, write
from detente.report.summary import Summary, summary
from detente.settings import Settings
from detente.warehouse import Published

_MANIFEST = "manifest.json"


def render_all(settings: Settings, progress: Progress | None = None) -> list[Path]:
    """Write the overview, one report a dyad and the case studies.

    Those that the database and the case studies' specifications still back are left alone.

    Returns
    -------
    list of Path
        The overview first, then the dyads in the order of the study, then the case studies, HTML
        and PDF of each; last the summary for a message.
    """
    with Published(settings.database) as database:
        origin = model.provenance(database)
        current = standing.now(database)
        earlier = standing.before(settings, current)
        stamp = _stamp(settings, origin, earlier)
        if (paths := _still_true(settings, stamp)) is not None:
            return paths
        cases = [case.study(database, settings, one) for one in spec.load_all(settings)]
        pages = site.pages(database, settings, cases)
        notice = summary(settings, database)
    paths = [
        *_write_pages(pages, settings, progress or Quiet()),
        *_write_summary(notice, settings),
    ]
    standing.keep(settings, current, earlier)
    _write_manifest(settings, stamp, paths)
    return paths


def render_dyads(
    settings: Settings, pairs: Sequence[tuple[str, str]], progress: Progress | None = None
) -> list[Path]:
    """Write the reports of some dyads.

    Raises
    ------
    UsageError
        A pair is none of the study's.
    """
    known = settings.study.dyad_pairs
    chosen = [(min(pair), max(pair)) for pair in pairs]
    for pair in chosen:
        if pair not in known:
            raise UsageError(
                f"Expected dyads of the study, got {pair[0]}-{pair[1]}. "
                f"The study has {', '.join(f'{a}-{b}' for a, b in known)}."
            )
    with Published(settings.database) as database:
        pages = site.chosen_pages(database, settings, chosen)
    return _write_pages(pages, settings, progress or Quiet())


def _write_pages(pages: list[Page], settings: Settings, progress: Progress) -> list[Path]:
    settings.reports.mkdir(parents=True, exist_ok=True)
    paths = []
    for page in progress.track(pages, "Rendering reports", len(pages)):
        paths += page.write(settings.reports)
    return paths


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
        "specs_sha256": spec.digest(settings),
        "compared_with": earlier.inputs_sha256 if earlier else "",
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
