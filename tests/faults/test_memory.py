"""Files that unfold to gigabytes stay within the memory of a refresh, and cost no other file.

Each is a few megabytes on the disk. The system measures the peak of the process that reads them.
"""

from __future__ import annotations

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.loading import ask, put
from tests.support.provider import zipped
from tests.support.studies import STUDY, MakeStudy

pytestmark = pytest.mark.full

MOST_MIB = 2048
N_MIB = 2048
# Repeats too seldom to be refused by its ratio: a zip of it is about a hundredth of its size.
_BLOCK = bytes(random.Random(0).choices(b"abcdefghijklmnop", k=1 << 14))
_MIB = _BLOCK * 64


def one_line() -> Iterator[bytes]:
    """One line of two gigabytes."""
    return (_MIB for _ in range(N_MIB))


def long_lines() -> Iterator[bytes]:
    """Lines a little shorter than the longest that is read."""
    return (_MIB * 15 + b"\n" for _ in range(N_MIB // 15))


def many_fields() -> Iterator[bytes]:
    """Lines of a hundred thousand fields."""
    return (_MIB.replace(b"a", b"\t") + b"\n" for _ in range(N_MIB))


def short_lines() -> Iterator[bytes]:
    """More lines than any file has, each with too few fields."""
    return ((_BLOCK[:63] + b"\n") * (1 << 14) for _ in range(N_MIB // 8))


MEASURED = """
import sys
from pathlib import Path
from detente import settings
from detente.refresh import ingest, publish
study = settings.load(Path(sys.argv[1]))
with publish.only_writer(study.processed):
    ingest.update(study, ["gdelt2"], offline=True)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize("content", [one_line, long_lines, many_fields, short_lines])
def test_a_file_that_unfolds_takes_no_more_memory_than_it_may(
    make_study: MakeStudy, tmp_path: Path, content: Callable[[], Iterator[bytes]]
) -> None:
    study = make_study(toml=STUDY + '[sources.gdelt2]\nbase_url = "http://127.0.0.1:9/"\n')
    hostile = tmp_path / "20191024003000.export.CSV.zip"
    with (
        zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open("20191024003000.export.CSV", "w", force_zip64=True) as member,
    ):
        for piece in content():
            member.write(piece)
    good = "20191024010000.export.CSV.zip"
    put(study, "gdelt2", hostile.name, hostile, 2019)
    put(study, "gdelt2", good, zipped(good.removesuffix(".zip"), b""), 2019)
    hostile.unlink()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(study.home / "detente.toml")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    peak = int(done.stdout.split()[-1]) >> 10
    sys.stdout.write(f"{content.__name__}: {peak} MiB at the most\n")
    assert peak <= MOST_MIB
    told = "select status, n_loaded, n_rejected from meta.raw_file order by raw_file_id"
    (refused, other) = ask(study, told)
    assert other == ("no_rows", 0, 0)
    assert refused[0] == "unreadable" or (refused[1] == 0 and refused[2] > 0)
