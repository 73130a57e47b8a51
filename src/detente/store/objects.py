"""The event store in an object store (S3 and what speaks its language), for several machines.

A commit is a conditional put of the list: it takes effect if the list is still the one that the
run began with (`If-Match`), or still missing (`If-None-Match`). So of two writers one wins, and
the other changes nothing. Each machine keeps the list as it took it over beside its own database
(`remote.json`): all that a run reads, and all that is built from it, is of that one moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from isal import isal_zlib

from detente.base import clock, files
from detente.base.errors import CommitConflict, StoreError
from detente.base.redaction import redacted
from detente.database import remote
from detente.database.builder import Warehouse
from detente.store.files import LIST

VIEW = "remote.json"
_CHUNK = 8 << 20
# The list was another one (412), was being written (409), or is gone (404).
_REFUSED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})


class ObjectFiles:
    """Files below an address such as `s3://bucket/events`.

    Parameters
    ----------
    url
        Without a slash at its end.
    folder
        On the local disk: this machine's copy of the list, and what is under way.
    """

    is_shared = True

    def __init__(self, url: str, folder: Path, kept_for: timedelta) -> None:
        self.root, self.folder, self.kept_for = url, folder, kept_for
        self._path = url.split("://", 1)[1]
        self._bucket, _, self._prefix = self._path.partition("/")

    @property
    def around(self) -> tuple[str, str]:
        """The address around the store's, and the last part of the store's own."""
        folder, _, name = self.root.rpartition("/")
        return folder, name

    def address(self, name: str) -> str:
        """Return the address under which DuckDB reads a file, `s3://bucket/prefix/name`."""
        return f"{self.root}/{name}"

    def show_to(self, warehouse: Warehouse) -> None:
        """Let a database read the files."""
        warehouse.read_remote()

    # -- the list --------------------------------------------------------------------------------

    def take_over(self) -> None:
        """Take the list as it is now, for all that follows.

        Raises
        ------
        StoreError
            The object store cannot be reached, or lets nobody in without other credentials.
        """
        found = self._get()
        if found is None:
            (self.folder / VIEW).unlink(missing_ok=True)
        else:
            self._remember(*found)

    def is_current(self) -> bool:
        """Say whether the list is still the one that was taken over; asks the object store."""
        found = self._get()
        return (found and found[1]) == self._version()

    def listed(self) -> str | None:
        """Return the text of the list as it was taken over or committed."""
        view = self._view()
        return None if view is None else str(view["list"])

    def commit(self, text: str) -> None:
        """Put a list in the place of the one that was taken over, if that is still there."""
        version = self._version()
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        with _explained(self.root):
            try:
                put = remote.storage().call_s3(
                    "put_object", Bucket=self._bucket, Key=self._key(LIST), Body=text.encode(),
                    **condition,
                )  # fmt: skip
                now = put["ETag"]
            except OSError as error:
                if _code(error) not in _REFUSED:
                    raise
                now = self._own(text)
        self._remember(text, now)

    def _own(self, text: str) -> str:
        """Return the version of the list that is there, if it is ours after all.

        The answer to a put may get lost, and its repetition is refused. No two writers make the
        same list: parts and logs have random names.
        """
        found = self._get()
        if found is not None and found[0] == text:
            return found[1]
        theirs = "gone" if found is None else f"number {json.loads(found[0])['sequence']}"
        raise CommitConflict(
            f"{self.root}: another machine committed to the event store while this run was under "
            f"way (its list is {theirs}, this run's would be number "
            f"{json.loads(text)['sequence']}). Nothing of theirs was changed, and the published "
            "database is as it was. Run `detente refresh` again."
        )

    def _get(self) -> tuple[str, str] | None:
        """Return the list that is there, and its version."""
        with _explained(self.root):
            try:
                answer = remote.storage().call_s3(
                    "get_object", Bucket=self._bucket, Key=self._key(LIST)
                )
            except FileNotFoundError as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise
            text: bytes = _read(answer["Body"])
            return text.decode(), str(answer["ETag"])

    def _remember(self, text: str, version: str) -> None:
        content = {"url": self.root, "version": version, "list": text}
        files.write(self.folder / VIEW, json.dumps(content), is_durable=True)

    def _view(self) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads((self.folder / VIEW).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        # The settings may have named another store before.
        return content if content["url"] == self.root else None

    def _version(self) -> str | None:
        view = self._view()
        return None if view is None else str(view["version"])

    # -- parts and logs --------------------------------------------------------------------------

    def keep(self, temporary: Path, name: str) -> None:
        """Upload a file, and delete it here once it is there."""
        with _explained(self.root):
            remote.storage().put_file(str(temporary), f"{self._path}/{name}")
        temporary.unlink()

    def has(self, name: str) -> bool:
        """Ask the object store whether it has a file of this name; the list is not consulted."""
        with _explained(self.root):
            return bool(remote.storage().exists(f"{self._path}/{name}"))

    def checksum(self, name: str) -> str:
        """Return the CRC-32 of an object; all of it is fetched."""
        value = 0
        with (
            _explained(self.root),
            remote.storage().open(f"{self._path}/{name}", "rb", block_size=_CHUNK) as stream,
        ):
            while piece := stream.read(_CHUNK):
                value = isal_zlib.crc32(piece, value)
        return f"{value:08x}"

    def sizes(self) -> dict[str, int]:
        """Return the number of bytes of every object."""
        return {name: found["size"] for name, found in self._found().items()}

    def settled(self) -> Iterator[str]:
        """Yield the objects that were put so long ago that no load can be about to list them."""
        limit = clock.now().replace(tzinfo=UTC) - self.kept_for
        for name, found in self._found().items():
            if found["LastModified"] < limit:
                yield name

    def remove(self, names: list[str]) -> None:
        """Delete files by name; without names nothing is asked of the server."""
        if names:
            with _explained(self.root):
                remote.storage().rm([f"{self._path}/{name}" for name in names])

    def _found(self) -> dict[str, dict[str, Any]]:
        with _explained(self.root):
            found = remote.storage().find(self._path, detail=True)
        return {path.removeprefix(f"{self._path}/"): about for path, about in found.items()}

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def _read(body: Any) -> bytes:
    """Read what an answer holds; the client reads it in a thread of its own."""
    from fsspec.asyn import sync

    content: bytes = sync(remote.storage().loop, body.read)
    return content


def _code(error: BaseException) -> str:
    """Return what S3 calls an error, from the answer that the client hides behind an OSError."""
    answer = getattr(error.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Say in one line why the object store could not be used."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        reason = redacted(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise StoreError(
            f"{url} cannot be used: {reason}. Expected a bucket that is there, and credentials for "
            "it in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; AWS_ENDPOINT_URL for "
            "a server of your own). The published database is as it was."
        ) from error
