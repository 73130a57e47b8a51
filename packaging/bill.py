"""Write the bill of materials of the package: every locked dependency with version and hashes.

CycloneDX 1.6 as JSON, the form that scanners of supply chains read. Runs in the environment of the
audit, whose lock brings the library that knows the form.

Run: python packaging/bill.py REQUIREMENTS VERSION OUTPUT
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?:.|\n(?=\s))*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(requirements: str) -> list[Component]:
    """Return the packages of a lock, in the order of their names."""
    return [
        Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=PackageURL("pypi", name=name.lower(), version=version),
            bom_ref=f"pkg:pypi/{name.lower()}@{version}",
            hashes=[
                HashType(alg=HashAlgorithm.SHA_256, content=one) for one in _HASH.findall(rest)
            ],
        )
        for name, version, rest in _PACKAGE.findall(requirements)
    ]


def bill(requirements: str, version: str) -> str:
    """Return the bill of the package as JSON."""
    own = Component(type=ComponentType.APPLICATION, name="detente", version=version)
    bom = Bom(components=components(requirements))
    bom.metadata.component = own
    bom.register_dependency(own, bom.components)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def main() -> int:
    """Write the bill and say how many packages it lists."""
    requirements, version, output = sys.argv[1:]
    text = Path(requirements).read_text(encoding="utf-8")
    Path(output).write_text(bill(text, version) + "\n", encoding="utf-8")
    sys.stdout.write(f"{output}: {len(components(text))} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
