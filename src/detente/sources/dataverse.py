"""List the files of a data set through a Dataverse's interface."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from detente.base.errors import DownloadError
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local

HARVARD = "https://dataverse.harvard.edu/"
# Some data sets are for people with an account, who have a token; it goes to the Dataverse alone.
TOKEN = "DATAVERSE_API_TOKEN"  # noqa: S105  # the name of the variable that holds it
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class DataFile:
    """One file of a data set as the interface describes it."""

    name: str
    url: str
    bytes: int | None
    md5: str | None
    folder: str


def files(fetcher: Fetcher, base_url: str, doi: str) -> list[DataFile]:
    """Return the files of the latest published version of a data set.

    A table that Dataverse has taken apart (an ingested .tab) is asked for in its original form,
    and then size and checksum are those of the original.

    Raises
    ------
    DownloadError
        The list could not be downloaded or is none.
    """
    if is_local(base_url):
        url, params = f"{base_url}{doi.replace('/', '_').replace(':', '_')}.json", None
    else:
        _sign(fetcher, base_url)
        url = f"{base_url}api/datasets/:persistentId/versions/:latest-published/files"
        params = {"persistentId": doi}
    try:
        answer = json.loads(fetcher.text(url, params=params))
        entries = answer["data"]
        if not isinstance(entries, list):
            raise TypeError("`data` is not a list")
    except DownloadError as error:
        if "answered 401" in str(error) or "answered 403" in str(error):
            raise DownloadError(
                f"{error} If the data set needs an account, put its token into the environment "
                f"variable {TOKEN}."
            ) from error
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadError(
            f"{url}: expected a list of files as JSON, got something else ({error})."
        ) from error
    return [one for entry in entries if (one := _file(base_url, entry))]


def _sign(fetcher: Fetcher, base_url: str) -> None:
    """Have requests to the Dataverse carry the token of the environment, never in the clear."""
    token, address = os.environ.get(TOKEN, ""), urlsplit(base_url)
    if token and (address.scheme == "https" or address.hostname in _LOOPBACK):
        fetcher.host_headers[address.netloc] = {"X-Dataverse-key": token}


def _file(base_url: str, entry: object) -> DataFile | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("dataFile"), dict):
        return None
    data = entry["dataFile"]
    name = data.get("originalFileName") or data.get("filename") or entry.get("label")
    if not name or "id" not in data:
        return None
    is_ingested = "originalFileFormat" in data
    if is_local(base_url):
        url = base_url + str(name)
    else:
        url = f"{base_url}api/access/datafile/{data['id']}"
        url += "?format=original" if is_ingested else ""
    checksum = data.get("checksum")
    has_sum = isinstance(checksum, dict) and checksum.get("type") == "MD5"
    md5 = data.get("md5") or (checksum.get("value") if has_sum else None)
    size = data.get("originalFileSize") if is_ingested else data.get("filesize")
    return DataFile(
        name=str(name),
        url=url,
        # Anything but a number says as little as none.
        bytes=size if isinstance(size, int) and not isinstance(size, bool) else None,
        # An ingested table's checksum is that of the file as it was deposited.
        md5=str(md5).lower() if md5 else None,
        folder=str(entry.get("directoryLabel") or ""),
    )
