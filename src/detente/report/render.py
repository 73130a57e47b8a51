"""Write the reports that are older than the database they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from detente.errors import UsageError
from detente.progress import Progress, Quiet
from detente.report import model, site
from detente.report.page import Page, write
from detente.settings import Settings
from detente.warehouse import Published

_MANIFEST = "manifest.json"


def render_all(settings: Settings, progress: Progress | None = None) -> list[Path]:
    """Write the overview and one report a dyad; leave those alone that the database still backs.

    Returns
    -------
    list of Path
        The overview first, then the dyads in the order of the study; HTML and PDF of each.
    """
    with Published(settings.database) as database:
        origin = model.provenance(database)
        if (paths := _still_true(settings, origin)) is not None:
            return paths
        pages = site.pages(database, settings)
    paths = _write_pages(pages, settings, progress or Quiet())
    _write_manifest(settings, origin, paths)
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


def _stamp(origin: model.Provenance) -> dict[str, str]:
    return {"inputs_sha256": origin.inputs_sha256, "git_revision": origin.git_revision}


def _still_true(settings: Settings, origin: model.Provenance) -> list[Path] | None:
    """Return the paths of the reports if they tell of this database and nobody changed them."""
    try:
        manifest = json.loads((settings.reports / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_from"] != _stamp(origin):
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


def _write_manifest(settings: Settings, origin: model.Provenance, paths: list[Path]) -> None:
    content = {
        "made_from": _stamp(origin),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths},
    }
    write(settings.reports / _MANIFEST, json.dumps(content, indent=1).encode("utf-8"))
