"""The heavy statements on Spark standalone with two workers, beside DuckDB, in one run.

A store of made-up events is written. A master, two workers and a server of Spark Connect start on
loopback, from a whole installation of Spark (``pip install pyspark``; the project itself needs the
thin client alone). Each statement of `detente.engines` runs in both engines under both weightings,
for all events and official ones, and the answers are held against each other: counts exactly, sums
within 1e-9. Then the first worker is killed (-9) while the statements run once more, and the
answers have to be the same. docs/scale.md has the figures of a small run.

Run: python bench/spark_cluster.py --spark FOLDER_OF_PYSPARK [--events 3000000]
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.engines import engine
from detente.operations import engine_check
from detente.settings import Engine
from tests.support import event_parts, studies
from tests.support.loopback import free_port

FILES = {file.table: file for file in sql_files()}
# Until a worker is killed, once the statements run again.
KILLED_AFTER_SECONDS = 1.5


@contextmanager
def process(spark: Path, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a class of Spark until the block ends."""
    environment = {**os.environ, "SPARK_HOME": str(spark), "SPARK_LOCAL_IP": "127.0.0.1"}
    with log.open("wb") as stream:
        started = subprocess.Popen(
            [str(spark / "bin" / arguments[0]), *arguments[1:]],
            env=environment,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
        try:
            yield started
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def wait_for(port: int) -> None:
    for _ in range(240):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"Nothing listens at port {port} after two minutes.")


@contextmanager
def cluster(spark: Path, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a master, two workers and a server; gives its address and the first worker."""
    master, port = free_port(), free_port()
    url = f"spark://127.0.0.1:{master}"
    package = "org.apache.spark.deploy"
    with ExitStack() as stack:
        start = lambda *words, name: stack.enter_context(  # noqa: E731
            process(spark, *words, log=folder / f"{name}.log")
        )
        start(
            "spark-class", f"{package}.master.Master", "--host", "127.0.0.1",
            "--port", str(master), "--webui-port", "0", name="master",
        )  # fmt: skip
        wait_for(master)
        workers = [
            start(
                "spark-class", f"{package}.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                "--memory", "1g", "--webui-port", "0", "--work-dir", str(folder / name), url,
                name=name,
            )
            for name in ("worker-1", "worker-2")
        ]  # fmt: skip
        start(
            "spark-submit", "--master", url,
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
            "--conf", "spark.driver.host=127.0.0.1",
            "--conf", f"spark.connect.grpc.binding.port={port}",
            "--conf", "spark.executor.memory=800m", "--conf", "spark.executor.cores=1",
            "--conf", "spark.sql.shuffle.partitions=8", "--conf", "spark.ui.enabled=false",
            "spark-internal", name="server",
        )  # fmt: skip
        wait_for(port)
        yield f"sc://127.0.0.1:{port}", workers[0]


def compare(warehouse: Warehouse, asked: engine.Engine, weighting: str, officials: str) -> None:
    """Run each statement in both engines; print the seconds and whether the answers agree."""
    warehouse.execute("update meta.study set weighting = ?, officials = ?", [weighting, officials])
    for table in engine.TABLES:
        started = time.perf_counter()
        asked.build(FILES[table])
        theirs, seconds = warehouse.frame(f"from {table}"), time.perf_counter() - started
        started = time.perf_counter()
        warehouse.build(table)
        own_seconds = time.perf_counter() - started
        found = engine_check.compared(table, warehouse.frame(f"from {table}"), theirs)
        verdict = "same" if found.works else found.message
        print(
            f"{table:24} {weighting:13} {officials:9} DuckDB {own_seconds:7.2f} s   "
            f"Spark {seconds:7.2f} s   {seconds / own_seconds:5.1f} times   {verdict}",
            flush=True,
        )
        if not found.works:
            raise SystemExit(1)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """Kill a worker with its executors, as a machine that loses its power does."""
    os.killpg(worker.pid, signal.SIGKILL)
    print("a worker was killed (-9)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spark", type=Path, required=True, help="the folder `pyspark`")
    parser.add_argument("--events", type=int, default=3_000_000)
    asked = parser.parse_args()
    # What was started is ended, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        study = studies.write_study(folder / "study", [studies.record_line("a", "2001-03-05")])
        event_parts.write(study, asked.events, n_parts=8, days=3650)
        address, worker = stack.enter_context(cluster(asked.spark.resolve(), folder))
        study = study.model_copy(update={"engine": Engine(url=address)})
        warehouse = stack.enter_context(Warehouse(folder / "built.duckdb"))
        event_parts.show(warehouse, study)
        spark = stack.enter_context(engine.opened(study, warehouse))
        print(f"{spark.title}, 2 workers; {asked.events} listed events of the first source")
        for weighting in ("none", "log_mentions"):
            for officials in ("all", "official"):
                compare(warehouse, spark, weighting, officials)
        threading.Timer(KILLED_AFTER_SECONDS, kill, [worker]).start()
        compare(warehouse, spark, "log_mentions", "all")


if __name__ == "__main__":
    main()
