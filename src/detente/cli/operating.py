"""Commands that keep a study running."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from detente import settings
from detente.cli.app import BUILD, OPERATE, app
from detente.cli.bars import Bars
from detente.cli.options import ConfigOption, JsonOption
from detente.cli.output import err, open_database, out, print_json
from detente.cli.remembered import Reading


@app.command(rich_help_panel=BUILD)
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Run every check on the published database."""
    from detente.database import checks

    study = settings.load(config)
    with open_database(Reading.of(study)) as database:
        outcomes = list(
            Bars(err).track(checks.run(database), "Checking", len(checks.applicable(False)))
        )
    if as_json:
        print_json(
            [
                {
                    "check": one.check.name,
                    "passed": one.passed,
                    "n_failing": one.n_failing,
                    "failing": json.loads(one.failing.to_json(orient="records", date_format="iso")),
                }
                for one in outcomes
            ]
        )
    else:
        for one in outcomes:
            mark = "[green]pass[/green]" if one.passed else "[red]FAIL[/red]"
            out.print(f"{mark}  {one.check.sentence}", highlight=False)
            if not one.passed:
                out.print(escape(one.explain()), highlight=False)
    if not all(one.passed for one in outcomes):
        raise typer.Exit(1)


@app.command("doctor", rich_help_panel=OPERATE)
def doctor_command(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read everything and compare all checksums.")
    ] = False,
) -> None:
    """List what is wrong and the command that fixes it."""
    from detente.operations import doctor

    findings = doctor.examine(settings.load(config), deep=deep)
    colours = {"ok": "green", "note": "yellow", "problem": "red"}
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            colour = colours[finding.severity]
            out.print(
                f"[{colour}]{finding.severity:8}[/{colour}]"
                f"{escape(finding.subject)}: {escape(finding.message)}"
                + (f"\n        remedy: {escape(finding.remedy)}" if finding.remedy else ""),
                highlight=False,
            )
    if any(finding.severity == "problem" for finding in findings):
        raise typer.Exit(1)


@app.command("status", rich_help_panel=OPERATE)
def status_command(config: ConfigOption = None) -> None:
    """Write the status page from the accounts of the runs and print its path."""
    from detente.operations import status

    out.print(str(status.write(settings.load(config))), highlight=False, markup=False)


@app.command("notice", rich_help_panel=OPERATE)
def notice_command(config: ConfigOption = None) -> None:
    """Send a test notice to the addresses that the settings name under `notices`."""
    from detente.operations import notices

    study = settings.load(config)
    notices.send(study.notices, notices.of_test(study.study.name))
    out.print(f"sent to {', '.join(study.notices.to)}", highlight=False, markup=False)
