"""Which processes serve the deployments: the last one that ends pauses their schedules.

Each says now and then on the server that it is there. One that was killed is not heard any more.
"""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import VariableCreate, VariableUpdate
from prefect.client.schemas.objects import Variable
from prefect.exceptions import ObjectNotFound

PREFIX = "detente_served_by_"
# How long a process that serves may be silent, and still counts as there.
MOST_SILENT = timedelta(minutes=2)


class Presence:
    """The presence of this process on a server."""

    def __init__(self) -> None:
        self.name = f"{PREFIX}{uuid4().hex}"

    def announce(self, client: SyncPrefectClient) -> None:
        """Write the time into the server's variable of this process: it is alive."""
        value = {
            "process": f"{platform.node()}, process {os.getpid()}",
            "heard": datetime.now(UTC).isoformat(),
        }
        if client.read_variable_by_name(self.name) is None:
            client.create_variable(VariableCreate(name=self.name, value=value))
        else:
            client.update_variable(VariableUpdate(name=self.name, value=value))

    def leave(self, client: SyncPrefectClient) -> list[str]:
        """Say that this process ends; return which others are there, and forget the silent ones."""
        others = []
        for one in client.read_variables():
            if not one.name.startswith(PREFIX):
                continue
            if one.name != self.name and _is_recent(one):
                others.append(str(_content(one).get("process")))
                continue
            with suppress(ObjectNotFound):  # another that ended was quicker
                client.delete_variable_by_name(one.name)
        return others


def _content(one: Variable) -> dict[str, object]:
    return one.value if isinstance(one.value, dict) else {}


def _is_recent(one: Variable) -> bool:
    heard = _content(one).get("heard")
    return isinstance(heard, str) and (
        datetime.now(UTC) - datetime.fromisoformat(heard) < MOST_SILENT
    )
