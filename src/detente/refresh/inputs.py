"""What a database is made of: the files whose change makes a new build necessary."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import detente
from detente.base import assets
from detente.database import builder
from detente.records import reference
from detente.refresh import load
from detente.settings import FILE_NAME, Settings
from detente.store import manifest


@dataclass(frozen=True)
class Input:
    """A file that the database depends on."""

    kind: str
    name: str
    sha256: str


def all_inputs(settings: Settings) -> list[Input]:
    """Return every input with the hash of its content."""
    package = Path(detente.__file__).parent
    kinds: list[tuple[str, Path, list[Path]]] = [
        (
            "records",
            settings.raw,
            [
                path
                for csv in load.record_paths(settings)
                for path in (csv, csv.with_suffix(".toml"))
                if path.is_file()
            ],
        ),
        ("sql", assets.root(), sorted(assets.sql().rglob("*.*"))),
        ("code", package, sorted(package.rglob("*.py"))),
    ]
    inputs = [Input("settings", FILE_NAME, settings.sha256)]
    for kind, folder, paths in kinds:
        inputs += [Input(kind, path.relative_to(folder).as_posix(), _hash(path)) for path in paths]
    inputs += [
        Input("reference", f"reference/{name}", _hash(path))
        for name, path in reference.paths(settings.raw / "reference")
    ]
    if (settings.events / manifest.NAME).is_file():
        held = manifest.read(settings.events)
        # The database names the parts by their place, so a study that was moved is built anew.
        # A file that fails again as before is no news.
        tried = {log.path for log in held.logs if log.kind == "tried"}
        lines = [str(settings.events.resolve()), *sorted(held.paths - tried)]
        inputs.append(
            Input("events", "manifest", hashlib.sha256("\n".join(lines).encode()).hexdigest())
        )
    inputs.append(Input("engine", "duckdb", builder.version))
    return inputs


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(inputs: list[Input]) -> str:
    """Return one hash of all inputs; it does not depend on their order."""
    lines = sorted(f"{one.kind}\t{one.name}\t{one.sha256}" for one in inputs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
