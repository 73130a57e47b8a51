"""Ask databases of advisories about the locked packages, and say what was and was not looked at.

pip-audit ends well where nobody answered, so its exit code alone proves nothing. Here a database
counts only if it knows the flaws of an old package that has some: else there is no network, or a
mirror that serves packages without advisories. Exit code 1: a flaw that a release mends; 0: none,
or not audited, which the last line says.

Run: python tests/audit.py FOLDER_OF_THE_TOOL LOCK_OF_THE_TOOL REQUIREMENTS
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Known to pip-audit; the first one that knows the old package is asked.
SERVICES = ("pypi", "osv")
KNOWN_BAD = "jinja2==2.4.1 --hash=sha256:" + 64 * "0" + "\n"
TIMEOUT_SECONDS = "5"

Report = dict[str, Any]


class NotAudited(Exception):
    """Why nothing can be said of the packages."""


def accepted(pyproject: Path = ROOT / "pyproject.toml") -> dict[str, str]:
    """Return the advisories that the project lives with, each with its reason."""
    found: dict[str, str] = (
        tomllib.loads(pyproject.read_text(encoding="utf-8"))
        .get("tool", {})
        .get("detente-audit", {})
        .get("accepted", {})
    )
    return found


def verdict(report: Report, lived_with: dict[str, str]) -> tuple[int, str]:
    """Return an exit code and what to say of a report of pip-audit.

    Parameters
    ----------
    lived_with
        Advisories that do not count, with the reason; their other names count too.
    """
    packages = report["dependencies"]
    audited = [one for one in packages if "skip_reason" not in one]
    lines, n_mendable = [], 0
    for one in audited:
        for flaw in one["vulns"]:
            names = [flaw["id"], *flaw.get("aliases", ())]
            reason = next((lived_with[name] for name in names if name in lived_with), None)
            repaired = ", ".join(flaw["fix_versions"])
            n_mendable += bool(repaired) and reason is None
            lines.append(
                f"{one['name']} {one['version']}: {flaw['id']}, "
                + (f"repaired in {repaired}" if repaired else "no release mends it yet")
                + (f"; accepted: {reason}" if reason else "")
            )
    if not audited:
        raise NotAudited(f"the database knew none of {len(packages)} packages")
    lines.append(
        f"{len(audited)} of {len(packages)} locked packages audited: {len(lines)} advisories, "
        f"{n_mendable} of them with a release to go to."
    )
    return int(n_mendable > 0), "\n".join(lines)


def knows_flaws(report: Report) -> bool:
    """Say whether a database that was asked about a bad package knows that it is bad."""
    return any(one.get("vulns") for one in report["dependencies"])


def ask(program: Path, requirements: Path, service: str) -> Report:
    """Have pip-audit ask one database about the packages of a file."""
    done = subprocess.run(
        [program, "--requirement", requirements, "--require-hashes", "--disable-pip",
         "--format", "json", "--progress-spinner", "off", "--vulnerability-service", service,
         "--timeout", TIMEOUT_SECONDS],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        report: Report = json.loads(done.stdout)
    except ValueError as error:
        raise NotAudited(_last_line(done.stderr)) from error
    return report


def audit(
    program: Path,
    requirements: Path,
    lived_with: dict[str, str],
    services: Sequence[str] = SERVICES,
) -> tuple[int, str]:
    """Ask the first database that can be trusted to answer; offline this costs two questions.

    Raises
    ------
    NotAudited
        There is none, or it broke off.
    """
    known_bad = program.parents[1] / "known-bad.txt"
    known_bad.write_text(KNOWN_BAD, encoding="utf-8")
    reasons = []
    for service in services:
        try:
            if knows_flaws(ask(program, known_bad, service)):
                return verdict(ask(program, requirements, service), lived_with)
            reasons.append(f"{service} knows no advisory of a package that has some")
        except NotAudited as error:
            reasons.append(f"{service}: {error}")
    raise NotAudited("; ".join(reasons))


def installed(folder: Path, lock: Path) -> Path:
    """Install pip-audit as its lock says, if it is not there; return its program.

    Raises
    ------
    NotAudited
        It cannot be had.
    """
    program, stamp = folder / "bin" / "pip-audit", folder / "installed.lock"
    content = lock.read_bytes()
    if program.is_file() and stamp.is_file() and stamp.read_bytes() == content:
        return program
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps",
         "--require-hashes", "--retries", "0", "--timeout", TIMEOUT_SECONDS,
         "--requirement", lock],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    if "DO NOT MATCH THE HASHES" in done.stderr:
        sys.exit(done.stderr)
    if done.returncode:
        raise NotAudited(f"pip-audit cannot be installed: {_last_line(done.stderr)}")
    stamp.write_bytes(content)
    return program


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1][:160]


def main() -> None:
    """Audit and say the verdict."""
    folder, lock, requirements = map(Path, sys.argv[1:])
    try:
        code, text = audit(installed(folder, lock), requirements, accepted())
    except NotAudited as error:
        code, text = 0, f"NOT AUDITED: {error}."
    sys.stdout.write(text + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
