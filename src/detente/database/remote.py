"""Files of an object store, which DuckDB reads by name where a study keeps its events there.

Credentials and, for a server of one's own, its address come from the environment
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL), as of any client of S3. Nothing here
is imported, and no server is asked, where the events lie on a local disk.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import duckdb

# A server that does not answer is said so in a minute.
_WAITING = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}
_NAME = "s3"
_registering = threading.Lock()


def is_remote(place: object) -> bool:
    """Say whether a folder or a file lies in an object store."""
    return "://" in str(place)


@cache
def storage() -> Any:
    """Return the client of the object store (an `s3fs.S3FileSystem`), one a process."""
    import s3fs

    # Listings are not kept: other machines write too.
    return s3fs.S3FileSystem(use_listings_cache=False, config_kwargs=_WAITING)


def forget() -> None:
    """Forget the client, so that the next is made from the environment as it is then."""
    if storage.cache_info().currsize:
        type(storage()).clear_instance_cache()
    storage.cache_clear()
    _reading.cache_clear()


def start() -> None:
    """Start the thread in which the client speaks to the object store, and nothing else."""
    from fsspec.asyn import sync

    async def nothing() -> None:
        """Show that the thread runs, which may begin later than it is started."""

    sync(storage().loop, nothing)


def let_read(con: duckdb.DuckDBPyConnection) -> None:
    """Let a database read files of the object store; it cannot write any.

    DuckDB allows to write what may be read (`allowed_paths`), so this is held here.
    """
    with _registering:
        if _NAME not in con.list_filesystems():
            con.register_filesystem(_reading())


@cache
def _reading() -> Any:
    client = storage()
    import fsspec

    class Reading(fsspec.AbstractFileSystem):  # type: ignore[misc]
        """The object store for reading alone. No file of it changes, so each is looked at once."""

        protocol = _NAME
        cachable = False

        def __init__(self) -> None:
            super().__init__()
            self._known: dict[str, dict[str, Any]] = {}

        def info(self, path: str, **_: Any) -> dict[str, Any]:
            name = self._strip_protocol(path)
            if name not in self._known:
                self._known[name] = client.info(name)
            return self._known[name]

        def modified(self, path: str) -> Any:
            return self.info(path)["LastModified"]

        def glob(self, path: str, **_: Any) -> list[str]:
            # Every file is asked for by its name; no folder is listed. Where the store does not
            # answer, that is said: a file taken for absent would be looked for as a folder.
            try:
                self.info(path)
            except FileNotFoundError:
                return []
            return [self._strip_protocol(path)]

        def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
            if mode != "rb":
                raise PermissionError(f"{path}: files of the event store are only read here.")
            # DuckDB asks for the columns and row groups that it needs, and for no more.
            return client.open(path, "rb", cache_type="none", size=self.info(path)["size"])

    return Reading()
