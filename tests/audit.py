"""Ask pip-audit about the locked packages and say what it could and could not look at.

pip-audit ends well where no database of advisories answered, so its own exit code proves nothing
on a machine without a network. Run: python tests/audit.py PIP_AUDIT REQUIREMENTS
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def verdict(report: dict[str, Any]) -> tuple[int, str]:
    """Return an exit code and what to say of a report of pip-audit in JSON."""
    packages = report["dependencies"]
    audited = [one for one in packages if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no release yet'}"
        for one in audited
        for flaw in one["vulns"]
    ]
    if not audited:
        return 0, f"NOT AUDITED: no database of advisories knew any of {len(packages)} packages."
    text = f"{len(audited)} of {len(packages)} locked packages audited, {len(found)} advisories."
    return int(bool(found)), "\n".join([*found, text])


def main() -> None:
    program, requirements = sys.argv[1:]
    done = subprocess.run(
        [program, "--requirement", requirements, "--require-hashes", "--disable-pip",
         "--format", "json", "--progress-spinner", "off"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        code, text = verdict(json.loads(done.stdout))
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        code, text = 0, f"NOT AUDITED: pip-audit got no answer: {reason}"
    sys.stdout.write(text + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
