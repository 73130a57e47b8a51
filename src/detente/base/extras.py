"""What an installation may lack: packages that some commands alone need."""

from __future__ import annotations

from detente.base.errors import DetenteError

# By the name under which a package is imported; pyproject.toml has the same groups.
EXTRAS = {
    "prefect": "flows",
    "altair": "report",
    "vl_convert": "report",
    "typst": "report",
    "openpyxl": "excel",
    "datasette": "explore",
    "pyspark": "spark",
    "sqlglot": "spark",
    "google": "bigquery",
    "s3fs": "s3",
}
# Packages that one of them brings, by which it is known to be missing where they come first.
BROUGHT_BY = {"yaml": "prefect", "grpc": "pyspark", "fsspec": "s3fs", "botocore": "s3fs"}


class MissingExtra(DetenteError):
    """A package that this installation lacks; the message says how to get it."""


def explained(error: ModuleNotFoundError) -> MissingExtra | None:
    """Return what to install for a module that was not found; None where it is none of an extra."""
    name = (error.name or "").split(".")[0]
    name = BROUGHT_BY.get(name, name)
    if name not in EXTRAS:
        return None
    extra = EXTRAS[name]
    return MissingExtra(
        f"This needs the package {name}, which is not installed. Install it with "
        f'`pip install "detente[{extra}]"`, or everything with `pip install "detente[all]"`.'
    )
