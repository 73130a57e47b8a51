"""A question to the published database, from its text to the printed answer.

Typer, which takes longer to prepare than the answer, is not imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from detente.cli.choices import Format
from detente.cli.output import announce, err, n_rows, open_sandbox, out, print_answer, write_table
from detente.cli.remembered import Reading
from detente.cli.terminal import MOST_ROWS
from detente.database import queries, tables


def answer(
    published: Reading,
    query: str,
    given: Mapping[str, str] | None = None,
    form: Format = Format.table,
    output: Path | None = None,
    files: Mapping[str, Path] | None = None,
    *,
    is_explained: bool = False,
) -> None:
    """Ask the published database and print the answer, or write it to a file.

    Parameters
    ----------
    query
        SQL, a file of SQL or the name of a query.
    given
        Values of a named query, by parameter.
    files
        CSV files that the query may read as tables, by name.
    is_explained
        How the query would be carried out is the answer.
    """
    limit = published.timeout_seconds
    with open_sandbox(published, files) as sandbox:
        text = queries.statement(sandbox, query, published.queries, given)
        if is_explained:
            out.print(queries.explain(sandbox, text, limit), highlight=False, markup=False)
            return
        found = sandbox.ask(text, limit)
        told = queries.misspelt(sandbox, text)
        if not found.n_rows:
            told = told or queries.nothing(sandbox, query, published.queries)
    if output is None:
        # A person reads a terminal; a pipe gets every row.
        print_answer(found, form, MOST_ROWS if sys.stdout.isatty() else None)
    else:
        tables.write_file(found, output, form, write_table)
        err.print(f"{output}: {n_rows(found)}", highlight=False, markup=False)
    if told:
        announce(told)
