"""Where SQL, reference tables and templates are: in an installed wheel, or in the source tree."""

from pathlib import Path

from detente.base.errors import DetenteError


def root() -> Path:
    """Return the folder that holds `sql/` and `reports/templates/`.

    A wheel carries them under `detente/_assets`; a source tree has them at its top. The lookup
    starts from this file, never from `sys.path`, because an editable install leaves a stale copy
    behind in site-packages.

    Raises
    ------
    DetenteError
        Neither place holds `sql/`: the installation is damaged.
    """
    here = Path(__file__).resolve()
    packaged, source_tree = here.parents[1] / "_assets", here.parents[3]
    for candidate in (packaged, source_tree):
        if (candidate / "sql").is_dir():
            return candidate
    raise DetenteError(
        f"The SQL files of detente were expected in {packaged / 'sql'} or {source_tree / 'sql'} "
        "and are in neither. Install detente again."
    )


def sql() -> Path:
    """Return the folder of SQL files."""
    return root() / "sql"


def reference() -> Path:
    """Return the folder of the reference tables that detente brings along."""
    return root() / "data" / "raw" / "reference"


def templates() -> Path:
    """Return the folder of report templates."""
    return root() / "reports" / "templates"


def languages() -> Path:
    """Return the folder of the reports' languages."""
    return root() / "reports" / "lang"


def fonts() -> Path:
    """Return the folder of the fonts that reports carry."""
    return root() / "reports" / "fonts"
