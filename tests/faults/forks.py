"""Fork refreshes of a study and let them come to grief; after each look whether all is well.

A process of its own: it imports the program once and opens no database itself, so that its forks
are like fresh processes that need no time to import.

Run: python -m tests.faults.forks HOME PART ..., where a part is one of
moments:KILLS:SEED   ended by the system at random moments of its own work
places:FIRST:STEP    killed before every STEP-th rename, removal or sync
full:PERCENT:...     no file may grow beyond a share of the database
together:N           N at once
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import detente.operations.doctor
import detente.operations.unattended  # noqa: F401 - imports everything before the first fork
from detente import settings
from detente.refresh import pipeline
from detente.refresh.job import Job, Step
from tests.support import world


def forked(work: Callable[[], Any]) -> Any:
    """Do the work in a fork and return what it returns."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            result = {"ok": work()}
        except BaseException as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(write, "w") as stream:
            json.dump(result, stream)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    answer = json.loads(text)
    if "error" in answer:
        raise AssertionError(answer["error"])
    return answer["ok"]


def refresh(
    home: Path, note: Callable[[str], None] = lambda line: None, full: bool = False
) -> None:
    study = settings.load(home / "detente.toml")

    def step(step: Step, job: Job) -> str:
        note(step.name)
        return pipeline.run_step(step, job)

    pipeline.refresh(study, runner=step, wait_seconds=60, full=full)


def complete(home: Path) -> dict[str, str]:
    """Refresh, look for faults, and return the digest."""
    refresh(home)
    study = settings.load(home / "detente.toml")
    found = world.faults(study)
    assert not found, found
    return world.digest(study.database)


def killed(home: Path, arm: Callable[[], None], full: bool = False) -> str:
    """Start a refresh that dies; return the step in which it died, or 'finished'.

    Parameters
    ----------
    arm
        Is called in the process of the refresh before it begins.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        arm()
        try:
            refresh(home, lambda name: os.write(write, name.encode() + b"\n") and None, full)
        except BaseException as error:
            text = f"{type(error).__name__}: {error}".replace("\n", " ")
            os.write(write, f"! {text}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(read) as stream:
        steps = stream.read().splitlines()
    if status == 0:
        return "finished"
    return steps[-1] if steps else "before"


def after_work(seconds: float) -> Callable[[], None]:
    """Return what makes the system end a process after so many seconds of its processors' time.

    Nobody handles SIGPROF, so that it ends a process like SIGKILL. Unlike a clock it strikes
    every step on a busy machine as on an idle one.
    """

    def arm() -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    return arm


def spent() -> float:
    """Return the processors' time of the processes that were waited for, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def at_call(number: int) -> Callable[[], None]:
    """Return what makes a process die before its so-many-th rename, removal or sync."""

    def arm() -> None:
        calls = 0

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)

            return call

        for name in ("replace", "unlink", "fsync"):
            setattr(os, name, counted(getattr(os, name)))

    return arm


def different(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Name the tables that differ."""
    return [
        f"{name}: {one.get(name)} and {other.get(name)}"
        for name in one | other
        if one.get(name) != other.get(name)
    ]


class Rounds:
    """A study with an evening's state that is restored, and a night's news that is loaded."""

    def __init__(self, home: Path) -> None:
        self.home, self.kept, self.mirror = home, home.parent / "kept", home.parent / "mirror"
        early = dict(world.export(index) for index in range(3))
        # Three new nights, a corrected file, a new record.
        self.late = dict(world.export(index) for index in range(6))
        self.late |= dict([world.export(1, version=1)])
        self.put(self.late, (1, 16))
        self.after = forked(lambda: complete(home))
        shutil.rmtree(home)
        self.put(early, (1,))
        self.before = forked(lambda: complete(home))
        assert self.before != self.after
        shutil.copytree(home, self.kept)
        self.evening()
        before = spent()
        assert killed(home, lambda: None) == "finished"
        self.usual = spent() - before
        self.look(["not at all"])

    def put(self, files: dict[str, bytes], records: tuple[int, ...]) -> None:
        world.write_study(self.home, world.write_mirror(self.mirror, files), records)

    def evening(self) -> None:
        """Restore the state before the night's run, with the news waiting."""
        shutil.rmtree(self.home)
        shutil.copytree(self.kept, self.home)
        self.put(self.late, (1, 16))

    def look_at_once(self, places: list[str]) -> None:
        """What readers see after a kill is the evening or the morning, nothing between."""
        database = self.home / "data" / "processed" / "detente.duckdb"
        seen = forked(lambda: world.digest(database))
        assert seen in (self.before, self.after), f"killed in {places}: a mixed state"

    def look(self, places: list[str]) -> None:
        """The next run completes and gives what one clean load gives."""
        differs = different(forked(lambda: complete(self.home)), self.after)
        assert not differs, f"killed in {places}: {differs}"


def at_random_moments(rounds: Rounds, kills: int, seed: int) -> Iterator[list[str]]:
    chosen = random.Random(seed)
    n_done = 0
    while n_done < kills:
        rounds.evening()
        places: list[str] = []
        # Now and then the run that should mend it is killed as well.
        for _ in range(min(chosen.choice((1, 1, 2, 4, 8)), kills - n_done)):
            places.append(killed(rounds.home, after_work(chosen.uniform(0.001, rounds.usual))))
            rounds.look_at_once(places)
        rounds.look(places)
        n_done += len(places)
        yield places


def at_every_place(rounds: Rounds, first: int, step: int) -> Iterator[list[str]]:
    number = first
    while True:
        rounds.evening()
        place = killed(rounds.home, at_call(number))
        if place == "finished":
            return
        rounds.look_at_once([place])
        rounds.look([place])
        yield [place]
        number += step


def with_a_full_disk(rounds: Rounds, shares: list[int]) -> Iterator[list[str]]:
    """A limit on the size of files stops a write as a full disk does."""
    for share in shares:
        rounds.evening()
        database = rounds.home / "data" / "processed" / "detente.duckdb"
        size = database.stat().st_size * share // 100

        def arm(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        place = killed(rounds.home, arm, full=True)
        assert place.startswith("!"), place
        rounds.look_at_once([place])
        rounds.look([place])
        yield [place]


def together(rounds: Rounds, n: int) -> Iterator[list[str]]:
    rounds.evening()
    pids = []
    for _ in range(n):
        pid = os.fork()
        if pid == 0:
            refresh(rounds.home)
            os._exit(0)
        pids.append(pid)
    ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert ended == [0] * n
    rounds.look(["together"])
    n_runs = len(list((rounds.home / "data" / "processed" / "runs").glob("*.json")))
    assert n_runs == 2, "one builds, the others wait and find nothing to do; one was before"
    yield ["finished"] * n


def main() -> None:
    rounds = Rounds(Path(sys.argv[1]))
    for part in sys.argv[2:]:
        kind, *texts = part.split(":")
        numbers = [int(one) for one in texts]
        found = {
            "moments": lambda numbers=numbers: at_random_moments(rounds, *numbers),
            "places": lambda numbers=numbers: at_every_place(rounds, *numbers),
            "full": lambda numbers=numbers: with_a_full_disk(rounds, numbers),
            "together": lambda numbers=numbers: together(rounds, *numbers),
        }[kind]()
        for places in found:
            sys.stdout.write(json.dumps([kind, places]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
