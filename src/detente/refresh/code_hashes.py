"""What the code of a step is made of: the modules that it rests on, hashed by what they do.

A module is hashed by its syntax tree without docstrings, as it is compiled, so that a comment, a
docstring or a line broken elsewhere changes nothing, and every other edit does. What a function
rests on follows from its imports: those that it names itself, what these import in turn, and so on.
No list is kept by hand that somebody could forget to extend.
"""

from __future__ import annotations

import ast
import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType

import detente

PACKAGE = "detente"
_FOLDER = Path(detente.__file__).parent
# Modules of ours that much imports and that cannot change a number: how a mistake is told, where a
# file lies, how far the work is, how a published database is read, what is due. Values of the
# settings are inputs of their own.
NO_NUMBERS = frozenset(
    {
        "detente",
        "detente.base.assets",
        "detente.base.clock",
        "detente.base.toml_models",
        "detente.base.errors",
        "detente.base.processes",
        "detente.base.progress",
        "detente.base.threads",
        "detente.database.answer",
        "detente.database.sandbox",
        "detente.database.published",
        "detente.refresh.code_hashes",
        "detente.refresh.build_plan",
        "detente.refresh.step_inputs",
        "detente.settings.operations",
    }
)
# How a provider's files are fetched and read: the event store keeps what came of it, and a database
# is built from the store. `detente rebuild` reads the files again.
READS_FILES_OF_PROVIDERS = (
    "detente.refresh.failed_files",
    "detente.refresh.ingest",
    "detente.refresh.lookups",
    "detente.refresh.source_plan",
    "detente.sources",
    "detente.store.batches",
    "detente.store.loader",
    "detente.store.raw_file",
    "detente.store.reading",
)
# Packages of others by the name that is imported: those whose version can change a number.
PACKAGES: Mapping[str, str] = {
    "arch": "arch",
    "duckdb": "duckdb",
    "numpy": "numpy",
    "openpyxl": "openpyxl",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "python_calamine": "python-calamine",
    "scipy": "scipy",
    "statsmodels": "statsmodels",
}

_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Code:
    """What a function rests on.

    Attributes
    ----------
    modules
        Names of our modules.
    packages
        Names under which the packages of others are imported.
    own
        The function, and what it uses of its own module, as hashed.
    """

    modules: frozenset[str]
    packages: frozenset[str]
    own: str


@cache
def behind(module: str, function: str) -> Code:
    """Return what a function of a module rests on."""
    with _without_garbage_collection():
        return _behind(module, function)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Look for no garbage: syntax trees are many objects, and looking doubles the time."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def _behind(module: str, function: str) -> Code:
    tree = _tree(module)
    imported, defined = _names_of_imports(tree), _definitions(tree)
    used, waiting = set[str](), [function]
    roots = set[str]()
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        used.add(name)
        roots |= imported.get(name, set())
        for node in defined.get(name, ()):
            waiting += _names(node)
            # What it imports itself, when it is called.
            roots |= {behind for part in _statements(node) for _, behind in _targets(part)}
    modules = _closure(roots)
    own = "\n".join(
        f"{name} {ast.dump(node)}" for name in sorted(used) for node in defined.get(name, ())
    )
    packages = {one for one in roots if not _is_ours(one)}
    for one in modules:
        packages |= {name for name in _imports(one) if not _is_ours(name)}
    return Code(
        modules=frozenset(modules),
        packages=frozenset(one.partition(".")[0] for one in packages),
        own=_sha256(own),
    )


@cache
def fingerprint(module: str) -> str:
    """Return the hash of what a module does, whatever its comments and docstrings."""
    return of_text(_source(module))


@cache
def of_text(text: bytes | str) -> str:
    """Return the hash of what a text of Python does."""
    return of_tree(_parsed(text))


def of_tree(tree: ast.Module) -> str:
    """Return the hash of a syntax tree as it is compiled, without the numbers of its lines."""
    digest = hashlib.sha256()
    waiting = [compile(tree, "", "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        kept = [one for one in code.co_consts if not isinstance(one, CodeType)]
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
        # A set has no order of its own.
        values = [
            sorted(map(repr, one)) if isinstance(one, frozenset) else repr(one) for one in kept
        ]
        signature = (code.co_name, code.co_argcount, code.co_posonlyargcount,
                     code.co_kwonlyargcount, code.co_flags, code.co_names, code.co_varnames,
                     code.co_freevars, code.co_cellvars, values)  # fmt: skip
        digest.update(code.co_code + code.co_exceptiontable + repr(signature).encode())
    return digest.hexdigest()


def _closure(roots: Iterable[str]) -> set[str]:
    found, waiting = set[str](), list(roots)
    while waiting:
        module = waiting.pop()
        if module not in found and _counts(module):
            found.add(module)
            waiting += _imports(module)
    return found


def _counts(module: str) -> bool:
    """Say whether a module is ours and can change a number."""
    of_providers = any(
        module == one or module.startswith(f"{one}.") for one in READS_FILES_OF_PROVIDERS
    )
    return _is_ours(module) and module not in NO_NUMBERS and not of_providers


def _is_ours(module: str) -> bool:
    return module == PACKAGE or module.startswith(f"{PACKAGE}.")


@cache
def _path(module: str) -> Path | None:
    place = _FOLDER.joinpath(*module.split(".")[1:])
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@cache
def _source(module: str) -> bytes:
    path = _path(module)
    if path is None:
        raise ModuleNotFoundError(module)
    return path.read_bytes()


def _tree(module: str) -> ast.Module:
    return _parsed(_source(module))


# Remembered by what it says, not by whose it is: an edited module is never taken for what it was.
@cache
def _parsed(text: bytes | str) -> ast.Module:
    return _without_docstrings(ast.parse(text))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Leave out docstrings, and the numbers of lines."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # A text that stands alone does nothing, whether first or under an attribute.
            node.body = [one for one in node.body if not _is_text(one)] or [
                ast.Pass(lineno=1, col_offset=0)
            ]
        if isinstance(node, ast.expr | ast.stmt):
            # Where a line breaks decides what is compiled: an instruction that does nothing.
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
        # As `ast.walk`, in a third of its time.
        for value in vars(node).values():
            if value.__class__ is list:
                waiting += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST):
                waiting.append(value)
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _imports(module: str) -> frozenset[str]:
    """Return the modules that a module imports, wherever in it, types alone left out."""
    return frozenset(name for node in _statements(_tree(module)) for _, name in _targets(node))


def _names_of_imports(tree: ast.Module) -> dict[str, set[str]]:
    """Return the modules behind each name that a module imports, functions and classes left out."""
    found: dict[str, set[str]] = {}
    for node in _statements(tree, inside_definitions=False):
        for alias, name in _targets(node):
            found.setdefault(alias, set()).add(name)
    return found


def _names(node: ast.AST) -> set[str]:
    """Return the names that a definition uses; those of types, which do nothing, left out."""
    found, waiting = set[str](), [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Name):
            found.add(one.id)
        for field, value in ast.iter_fields(one):
            if field not in {"annotation", "returns"}:
                values = value if isinstance(value, list) else [value]
                waiting += [part for part in values if isinstance(part, ast.AST)]
    return found


def _definitions(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """Return the statements that give a value to each name of a module, in their order."""
    found: dict[str, list[ast.stmt]] = {}
    for node in _statements(tree, inside_definitions=False):
        if isinstance(node, _DEFINITIONS):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in {one for target in targets for one in _names(target)}:
                found.setdefault(name, []).append(node)
    return found


def _statements(node: ast.AST, *, inside_definitions: bool = True) -> Iterator[ast.stmt]:
    """Yield every statement inside a node, those that only a type checker reads left out."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.stmt):
                yield child
            if inside_definitions or not isinstance(child, _DEFINITIONS):
                yield from _statements(child, inside_definitions=inside_definitions)


def _targets(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an import statement defines, and the module behind each."""
    if isinstance(node, ast.Import):
        for one in node.names:
            yield one.asname or one.name.partition(".")[0], one.name
    elif isinstance(node, ast.ImportFrom) and node.module:
        for one in node.names:
            whole = f"{node.module}.{one.name}"
            is_module = _is_ours(whole) and _path(whole) is not None
            yield one.asname or one.name, whole if is_module else node.module


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
