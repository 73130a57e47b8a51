"""An object store on the loopback address: moto's server of S3, a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from detente.database import remote
from tests.support.loopback import free_port

KEY, SECRET = "AKIATESTTESTTEST", "a-secret-that-nobody-may-read"


@contextmanager
def serving() -> Iterator[str]:
    """Start a server, and let the environment name it; gives its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    before = dict(os.environ)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address,
    }
    remote.forget()
    try:
        _wait(port, process)
        yield address
    finally:
        os.environ.clear()
        os.environ |= before
        remote.forget()
        process.kill()
        process.wait()


def bucket() -> str:
    """Make a bucket; return the address of a store in it."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    remote.storage().call_s3("create_bucket", Bucket=name)
    return f"s3://{name}/studies/events"


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "moto ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("moto does not listen after a minute")
