"""Prefect flows: what runs, in which order, with which retries. The one place that imports Prefect.

Defaults that must be set before Prefect is first imported: no telemetry, its files inside the
study, an own server only as long as the flow runs, with time to start on a busy machine. The
environment overrides each of them. What Prefect logs holds no secret and no control character.
"""

import os
from pathlib import Path

from detente.operations import logs

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_HOME", str(Path(__file__).resolve().parents[1] / ".prefect"))

logs.made_plain()
