"""Made-up files of GDELT 2.0 and the lists that name them."""

from __future__ import annotations

from collections.abc import Mapping

from detente.sources.gdelt2 import COLUMNS
from tests.support.provider import md5

ADDRESS = "http://data.gdeltproject.org/gdeltv2/"


def row(values: Mapping[str, str]) -> str:
    """Return a line of an export file, its end not included; what is not given is empty."""
    return "\t".join(values.get(name, "") for name in COLUMNS)


def master_list(files: Mapping[str, bytes], address: str = ADDRESS) -> bytes:
    """Return the list of files as GDELT writes it: size, MD5, address.

    As there, a file of mentions stands after each, which the program has to pass over.
    """
    lines = []
    for name, content in sorted(files.items()):
        lines.append(f"{len(content)} {md5(content)} {address}{name}")
        mentions = name.replace(".export.CSV.zip", ".mentions.CSV.zip")
        lines.append(f"10 {'0' * 32} {address}{mentions}")
    return "".join(f"{line}\n" for line in lines).encode()
