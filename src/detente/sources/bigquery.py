"""BigQuery by its REST interface: what a query would read, and its rows, page by page.

Interface: Google, BigQuery API v2 (`jobs.insert` with `dryRun`, `jobs.query`,
`jobs.getQueryResults`). The key is the user's own, named by GOOGLE_APPLICATION_CREDENTIALS; tokens
are held in memory alone and no message names them.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detente.base.errors import AccessDenied, DownloadError
from detente.sources.failures import json_object
from detente.sources.fetch import Fetcher

BASE_URL = "https://bigquery.googleapis.com/"
KEY_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_SCOPE = "https://www.googleapis.com/auth/bigquery"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FINAL = (400, 401, 403, 404)
# What is billed is rounded up to a mebibyte, and to ten for each table.
_UNIT = 1 << 20
_LEAST_UNITS = 10
_ROWS_A_PAGE = 20_000
# The server waits so long for a query before it says that it is not done.
_WAIT_MILLISECONDS = 30_000
# Far more than a query of a month needs.
_MOST_WAITS = 120


@dataclass(frozen=True)
class Answer:
    """The columns of an answer with their types, and its rows: texts, or None for null."""

    types: Mapping[str, str]
    rows: Iterator[Sequence[str | None]]


@dataclass
class BigQuery:
    """A project that is billed for what its queries read. Safe between threads.

    Attributes
    ----------
    project
        The user's own.
    location
        Where the tables lie.
    """

    project: str
    base_url: str = BASE_URL
    location: str = "US"
    _credentials: Any = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def estimate(self, fetcher: Fetcher, query: str) -> int:
        """Return how many bytes a query would read, by a dry run, which costs nothing.

        Raises
        ------
        DownloadError
            The key is missing or not let in, or the query is refused.
        """
        asked = {
            "jobReference": {"projectId": self.project, "location": self.location},
            "configuration": {"dryRun": True, "query": {"query": query, "useLegacySql": False}},
        }
        answer = self._ask(fetcher, "jobs", asked)
        try:
            return int(answer["statistics"]["totalBytesProcessed"])
        except (KeyError, TypeError, ValueError):
            raise DownloadError(
                f"{self.base_url}: expected the bytes that the query would read, got an answer "
                "without them. Nothing was asked for."
            ) from None

    def run(self, fetcher: Fetcher, query: str, n_bytes: int) -> Answer:
        """Run a query; the provider refuses it if it would read more than was estimated.

        Raises
        ------
        DownloadError
            As of `estimate`; or the answer is not whole.
        """
        units = max(_LEAST_UNITS, -(-n_bytes // _UNIT))
        answer = self._ask(
            fetcher,
            "queries",
            {
                "query": query,
                "useLegacySql": False,
                "location": self.location,
                "maximumBytesBilled": str(units * _UNIT),
                "maxResults": _ROWS_A_PAGE,
                "timeoutMs": _WAIT_MILLISECONDS,
                # Another attempt with the same number is the same query, and is billed once.
                "requestId": uuid.uuid4().hex,
            },
        )
        answer = self._done(fetcher, answer)
        fields = answer.get("schema", {}).get("fields", [])
        types = {str(one.get("name")): str(one.get("type")) for one in fields}
        return Answer(types, self._rows(fetcher, answer, len(types)))

    def _done(self, fetcher: Fetcher, answer: dict[str, Any]) -> dict[str, Any]:
        for _ in range(_MOST_WAITS):
            if answer.get("jobComplete"):
                return answer
            answer = self._page(fetcher, answer, {})
        raise DownloadError(f"{self.base_url}: the query had not finished after an hour.")

    def _page(
        self, fetcher: Fetcher, answer: Mapping[str, Any], params: Mapping[str, str]
    ) -> dict[str, Any]:
        job = answer.get("jobReference", {})
        more = {
            "location": str(job.get("location", self.location)),
            "maxResults": str(_ROWS_A_PAGE),
            "timeoutMs": str(_WAIT_MILLISECONDS),
            **params,
        }
        return self._ask(fetcher, f"queries/{job.get('jobId')}", None, more)

    def _rows(
        self, fetcher: Fetcher, answer: dict[str, Any], width: int
    ) -> Iterator[Sequence[str | None]]:
        total, n_read, page = int(answer.get("totalRows", 0)), 0, answer
        while True:
            for row in page.get("rows", []):
                values = [cell.get("v") for cell in row.get("f", [])]
                if len(values) != width:
                    raise DownloadError(
                        f"{self.base_url}: expected rows of {width} values, got {len(values)}."
                    )
                n_read += 1
                yield values
            token = page.get("pageToken")
            if not token:
                break
            page = self._page(fetcher, answer, {"pageToken": str(token)})
        if n_read != total:
            raise DownloadError(
                f"{self.base_url}: expected {total} rows, got {n_read}. None of them is kept."
            )

    def _ask(
        self,
        fetcher: Fetcher,
        path: str,
        body: Mapping[str, Any] | None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url = f"{self.base_url}bigquery/v2/projects/{self.project}/{path}"
        headers = {"Authorization": f"Bearer {self._token(fetcher)}"}
        try:
            content = fetcher.text(url, params=params, body=body, headers=headers, final=_FINAL)
        except AccessDenied as error:
            raise DownloadError(
                f"{url}: the server answered {error.status}: {_reason(error.answer)}. Nothing more "
                f"was asked for. Check the project, the key that {KEY_VARIABLE} names, and that "
                "the account may run queries in the project."
            ) from None
        answer = json_object(content, url)
        if answer.get("errors"):
            raise DownloadError(f"{url}: {_reason(content)}.")
        return answer

    def _token(self, fetcher: Fetcher) -> str:
        from google.auth.exceptions import GoogleAuthError

        with self._lock:
            try:
                if self._credentials is None:
                    self._credentials = _credentials()
                if not self._credentials.valid:
                    self._credentials.refresh(_Transport(fetcher))
            except (GoogleAuthError, ValueError) as error:
                # The chained error may hold the key.
                n_read = type(error).__name__
                raise DownloadError(
                    f"gdelt_bq: the key that {KEY_VARIABLE} names is refused ({n_read}). Expected "
                    "the JSON file of a service account, or of `gcloud auth application-default "
                    "login`."
                ) from None
            token: str = self._credentials.token
            return token


def _credentials() -> Any:
    """Read the key; of the kinds that there are, the two that hold no address to ask but Google's.

    Raises
    ------
    DownloadError
        No key is named.
    ValueError
        The file is no key of these kinds.
    """
    from google.oauth2 import credentials, service_account

    path = os.environ.get(KEY_VARIABLE, "")
    if not path:
        raise DownloadError(
            f"gdelt_bq: expected the path of a key of Google Cloud in the environment variable "
            f"{KEY_VARIABLE}."
        )
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DownloadError(
            f"gdelt_bq: the key {path}, which {KEY_VARIABLE} names, cannot be read "
            f"({error.strerror})."
        ) from error
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(content, scopes=[_SCOPE])
    if kind == "authorized_user":
        return credentials.Credentials.from_authorized_user_info(content, scopes=[_SCOPE])
    raise ValueError("a key of another kind")


def _reason(content: bytes) -> str:
    """Return what the server says was wrong, in its own words."""
    try:
        answer = json.loads(content)
        errors = answer.get("errors") or [answer["error"]]
        return str(errors[0]["message"]).strip().rstrip(".")[:300]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return "without a reason"


@dataclass
class _Response:
    """An answer, as google-auth wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Transport:
    """Lets google-auth ask over the fetcher's connections; the key's signature goes over TLS."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **kwargs: object,
    ) -> _Response:
        del kwargs
        import httpx
        from google.auth.exceptions import TransportError

        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in _LOOPBACK:
            raise DownloadError(f"{url}: expected an https address; no key is sent in the clear.")
        try:
            answer = self._fetcher.client.request(
                method, url, content=body, headers=dict(headers or {}), timeout=timeout or 60.0
            )
        except httpx.HTTPError as error:
            raise TransportError(type(error).__name__) from None
        return _Response(answer.status_code, answer.headers, answer.content)
