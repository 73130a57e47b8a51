"""The statements of `sql/` in the dialect of Spark: the same files, translated and never copied.

sqlglot passes what it does not know through as it stands, and another engine may then take it for
something else. So a statement is refused here, before anything is sent, unless every part of it is
among those whose meaning is known to be the same on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from detente.base.errors import DetenteError
from detente.database.sql_files import SqlFile

# The parts of statements that mean the same in DuckDB and in Spark.
_KNOWN: frozenset[type[exp.Expr]] = frozenset({
    # Queries.
    exp.Select, exp.Union, exp.With, exp.CTE, exp.Subquery, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Values, exp.Tuple, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Paren,
    # Values.
    exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var, exp.Cast, exp.DataType,
    # Operators. What is left out differs: `//`, `%` of negative numbers, patterns, texts.
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.EQ,
    exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Case, exp.If, exp.Between,
    # Functions.
    exp.Coalesce, exp.Abs, exp.Ln, exp.Round, exp.Least, exp.Greatest,
    # Aggregates.
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.Filter, exp.Distinct,
})  # fmt: skip
_UNITS = ("DAY",)

# Types of DuckDB as Spark has them. An integer of 128 bits becomes the widest decimal without
# digits after the point, which is as exact.
TYPES: Mapping[str, str] = {
    "VARCHAR": "STRING", "TEXT": "STRING", "BIGINT": "BIGINT", "INTEGER": "INT", "INT": "INT",
    "SMALLINT": "SMALLINT", "TINYINT": "SMALLINT", "UTINYINT": "SMALLINT", "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE", "DATE": "DATE", "TIMESTAMP": "TIMESTAMP_NTZ", "HUGEINT": "DECIMAL(38, 0)",
    "INT128": "DECIMAL(38, 0)",
}  # fmt: skip

_PARAMETERS = re.compile(r"\((?P<names>[^()]*)\)\s*as\s+table\b", re.IGNORECASE)
# A macro's parameter, and what it is unless the call says otherwise.
_PARAMETER = re.compile(r"(?P<name>\w+)(?:\s*:=\s*(?P<default>.+))?", re.DOTALL)
_PART = re.compile(r"part_(\w+)")

Columns = Callable[[str], Sequence[str]]
Constant = Callable[[str], object]


class Unportable(DetenteError):
    """A statement holds something that no other engine is known to understand alike."""


@dataclass(frozen=True)
class Ported:
    """A query of `sql/` for another engine.

    Attributes
    ----------
    text
        In the dialect of Spark.
    tables
        The tables and views of the database that it reads, `core.event` as ``core.event``.
    parts
        The kinds of parts of the event store that it reads.
    order
        How DuckDB is to sort its rows, in DuckDB's dialect; empty where the file says nothing.
    """

    text: str
    tables: tuple[str, ...]
    parts: tuple[str, ...]
    order: str = ""


class Port:
    """Translates the files of `sql/`.

    Parameters
    ----------
    files
        All of them, by the table that they build.
    columns
        Returns the columns of a table or view, in order, as the other engine has it.
    constant
        Returns the value of a query of one row and column, asked of the database that is being
        built; the arguments of a macro are such queries.
    """

    def __init__(self, files: Mapping[str, SqlFile], columns: Columns, constant: Constant) -> None:
        self.files, self.columns, self.constant = files, columns, constant

    def file(self, file: SqlFile) -> Ported:
        """Translate the query of a table or view.

        Raises
        ------
        Unportable
            It holds a function, type or construct that is not known to mean the same.
        """
        return self.query(file.query, file.table)

    def query(self, text: str, name: str) -> Ported:
        """Translate a query; `name` stands in the error."""
        tree = self._inlined(_parsed(text, name), name)
        order = tree.args.get("order")
        if order is not None:
            tree.set("order", None)
        _demand_known(tree, name, self.files)
        parts = tuple(sorted({one for one in map(_part_of, tree.find_all(exp.Table)) if one}))
        named = [one for one in tree.find_all(exp.Table) if one.db and not _part_of(one)]
        tables = tuple(sorted({_full_name(one) for one in named}))
        self._by_name(tree)
        _spell_out_groups(tree)
        _merge_used(tree, name)
        for one in tree.find_all(exp.DataType):
            one.replace(exp.DataType.build(TYPES[one.this.value], dialect="spark"))
        for table in tree.find_all(exp.Table):
            _rename(table)
        return Ported(
            tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE),
            tables,
            parts,
            order.sql("duckdb") if order is not None else "",
        )

    def _inlined(self, tree: exp.Expr, name: str) -> exp.Expr:
        """Put the bodies of table macros in the place of their calls."""
        for table in list(tree.find_all(exp.Table)):
            if not isinstance(table.this, exp.Anonymous) or _part_of(table):
                continue
            if table.this.name.lower() == "query" and not table.db:
                table.replace(_asked(table, name))
                continue
            called = f"{table.db}.{table.this.name}".lower()
            file = self.files.get(called)
            if file is None or not file.is_table_macro:
                raise _refused(name, f"the function {table.this.name}")
            body = self._body(file, table.this.expressions)
            table.replace(
                exp.Subquery(
                    this=body,
                    alias=exp.TableAlias(this=exp.to_identifier(table.alias or file.name)),
                )
            )
        return tree

    def _body(self, file: SqlFile, arguments: Sequence[exp.Expr]) -> exp.Expr:
        found = _PARAMETERS.search(file.body)
        if found is None:
            raise _refused(file.table, "a macro with parameters that are not plain names")
        given = [one.sql("duckdb") for one in arguments]
        values = {
            one: self._value(argument)
            for one, argument in _arguments(file, found["names"], given).items()
        }
        body = _parsed(file.body[found.end() :], file.table)
        for column in list(body.find_all(exp.Column)):
            if not column.table and column.name in values:
                value = values[column.name].copy()
                # A bare argument in a list of columns has the parameter's name.
                is_listed = (
                    isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
                )
                column.replace(exp.alias_(value, column.name) if is_listed else value)
        return self._inlined(body, file.table)

    def _value(self, argument: str) -> exp.Expr:
        """Return what an argument is: itself, or the answer of the query that it stands for."""
        tree = sqlglot.parse_one(argument, read="duckdb")
        if isinstance(tree, exp.Literal):
            return tree
        return exp.convert(self.constant(f"select {argument}"))

    def _by_name(self, tree: exp.Expr) -> None:
        """Spell out `select * from one union all by name select * from other`."""
        for union in list(tree.find_all(exp.Union)):
            if not union.args.get("by_name"):
                continue
            sides = [union.left, union.right]
            own = [self._columns_of_all(side) for side in sides]
            every = list(dict.fromkeys([*own[0], *own[1]]))
            for side, has in zip(sides, own, strict=True):
                side.set(
                    "expressions",
                    [
                        exp.column(one) if one in has else exp.alias_(exp.null(), one)
                        for one in every
                    ],
                )
            union.set("by_name", False)

    def _columns_of_all(self, side: exp.Expr) -> Sequence[str]:
        table = side.find(exp.Table)
        is_plain = isinstance(side, exp.Select) and side.is_star and not side.args.get("joins")
        if table is None or not is_plain:
            raise _refused("union all by name", "anything but `select * from a_table`")
        return self.columns(_full_name(table))


def _parsed(text: str, name: str) -> exp.Expr:
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise _refused(name, f"what cannot be read ({str(error).splitlines()[0]})") from error
    if not isinstance(tree, exp.Select | exp.Union):
        raise _refused(name, "a statement that is not a query")
    return tree


def _arguments(file: SqlFile, names: str, given: Sequence[str]) -> dict[str, str]:
    """Return what each parameter of a macro is in a call, by its name."""
    parameters = [_PARAMETER.fullmatch(one.strip()) for one in names.split(",") if one.strip()]
    if None in parameters:
        raise _refused(file.table, "a macro with parameters that are not plain names")
    known = [one for one in parameters if one is not None]
    defaults = [one["default"] for one in known[len(given) :]]
    if len(given) > len(known) or None in defaults:
        raise _refused(file.table, f"a call with {len(given)} of {len(known)} arguments")
    return dict(zip((one["name"] for one in known), [*given, *defaults], strict=True))


def _asked(table: exp.Table, name: str) -> exp.Expr:
    """Return the query whose text `query('...')` was given."""
    texts = table.this.expressions
    if len(texts) != 1 or not isinstance(texts[0], exp.Literal) or not texts[0].is_string:
        raise _refused(name, "query() of anything but a text")
    alias = exp.TableAlias(this=exp.to_identifier(table.alias)) if table.alias else None
    return exp.Subquery(this=_parsed(texts[0].this, name), alias=alias)


def _refused(name: str, what: str) -> Unportable:
    return Unportable(
        f"{name}: expected a statement that other engines understand as DuckDB does, got {what}. "
        'Set `[engine] url = "duckdb"`, or say it otherwise in the SQL file.'
    )


# Of those that can say more than is known to mean the same: what they may say.
_SAID: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({
        "with_", "expressions", "from_", "joins", "where", "group", "having", "order", "distinct",
    }),
    exp.Union: frozenset({"this", "expression", "distinct", "by_name", "with_", "order"}),
    exp.Table: frozenset({"this", "db", "alias"}),
    exp.Join: frozenset({"this", "on", "using", "side", "kind"}),
    exp.Star: frozenset(),
    exp.Distinct: frozenset({"expressions"}),
    exp.Group: frozenset({"expressions", "all"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
}  # fmt: skip
_KINDS_OF_JOIN = ("", "INNER", "CROSS", "OUTER")


def _demand_known(tree: exp.Expr, name: str, tables: Mapping[str, SqlFile]) -> None:
    named = [one.alias for one in tree.find_all(exp.CTE)]
    if len(set(named)) < len(named):
        raise _refused(name, "two named queries of one name")  # they would become one
    for node in tree.walk(prune=lambda one: _part_of(one) is not None):
        if _part_of(node):
            continue
        if type(node) not in _KNOWN:
            what = node.name if isinstance(node, exp.Anonymous) else type(node).__name__
            raise _refused(name, f"{what} in `{_shortened(node)}`")
        said = {key for key, value in node.args.items() if value}
        if odd := sorted(said - _SAID.get(type(node), said)):
            raise _refused(name, f"{odd[0].strip('_')} in `{_shortened(node)}`")
        if not _is_known_in_full(node, named, tables):
            raise _refused(name, f"`{_shortened(node)}`")


def _is_known_in_full(node: exp.Expr, named: Sequence[str], tables: Mapping[str, SqlFile]) -> bool:
    """Say whether the type, unit, join or table that a node names is a known one."""
    if isinstance(node, exp.DataType):
        return node.this.value in TYPES and not node.expressions and not node.args.get("nested")
    if isinstance(node, exp.Interval):
        return str(node.args.get("unit")).upper() in _UNITS
    if isinstance(node, exp.Join):
        return node.kind in _KINDS_OF_JOIN
    if isinstance(node, exp.Table):
        alias = node.args.get("alias")
        is_plain = alias is None or not alias.args.get("columns")
        return is_plain and (_full_name(node) in tables if node.db else node.name in named)
    return True


def _shortened(node: exp.Expr) -> str:
    text = node.sql("duckdb")
    return text if len(text) <= 60 else f"{text[:57]}..."


def _part_of(node: exp.Expr) -> str | None:
    """Return the kind of parts that `core.part_KIND()` reads."""
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Anonymous):
        return None
    found = _PART.fullmatch(node.this.name.lower()) if node.db.lower() == "core" else None
    return found[1] if found else None


def _full_name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}"


def view_of(table: str) -> str:
    """Return the name under which the other engine has a table or view of the database."""
    return table.replace(".", "__")


def view_of_parts(kind: str) -> str:
    """Return the name under which it has the parts of a kind."""
    return f"part__{kind}"


def _rename(table: exp.Table) -> None:
    kind = _part_of(table)
    if kind is None and not table.db:
        return
    name = view_of_parts(kind) if kind else view_of(_full_name(table))
    # What names a column by its table goes on doing so.
    alias = table.alias or (table.name if kind is None else "")
    table.replace(
        exp.to_table(name) if not alias else exp.alias_(exp.to_table(name), alias, table=True)
    )


def _merge_used(tree: exp.Expr, name: str) -> None:
    """Name the columns of `using (...)` without their table: not every engine knows both names."""
    for select in tree.find_all(exp.Select):
        using = set()
        for join in select.args.get("joins") or ():
            used = {one.name for one in join.args.get("using") or ()}
            if used and join.side:
                raise _refused(name, f"`using` in a {join.side.lower()} join")
            using |= used
        for column in select.find_all(exp.Column) if using else ():
            if column.name in using and column.find_ancestor(exp.Select) is select:
                column.set("table", None)


def _spell_out_groups(tree: exp.Expr) -> None:
    """Name the columns of `group by all`: what a select lists without adding up."""
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if group is None or not group.args.get("all"):
            continue
        keys = [one.unalias() for one in select.expressions if not one.find(exp.AggFunc)]
        select.set(
            "group",
            exp.Group(expressions=[one.copy() for one in keys if one.find(exp.Column)]),
        )
