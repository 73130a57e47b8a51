"""A test looks at something: loops that hold all its assertions name what has to be there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.some import some
from tests.support.studies import ROOT

FILES = sorted(path.relative_to(ROOT) for path in ROOT.glob("tests/*/test_*.py"))
# What these are given decides whether they yield anything.
_PASSING_ON = frozenset({
    "zip", "enumerate", "reversed", "sorted", "list", "tuple", "set", "product", "pairwise",
    "combinations", "permutations", "items", "values", "keys",
})  # fmt: skip


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _is_something(looked_at: ast.expr, known: dict[str, ast.expr]) -> bool:
    """Whether a loop over this has a turn at least, as far as the text of the test says."""
    match looked_at:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return bool(parts)
        case ast.Dict(keys=parts):
            return bool(parts)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            others = {key: value for key, value in known.items() if key != name}
            return name.isupper() or (name in known and _is_something(known[name], others))
        case ast.BinOp(left=left, right=right):
            return _is_something(left, known) or _is_something(right, known)
        case ast.Call():
            return _gives_something(looked_at, known)
        case (
            ast.GeneratorExp(generators=loops)
            | ast.ListComp(generators=loops)
            | ast.DictComp(generators=loops)
        ):
            return all(not one.ifs and _is_something(one.iter, known) for one in loops)
    return False


def _gives_something(call: ast.Call, known: dict[str, ast.expr]) -> bool:
    name = _name(call.func)
    if name in ("some", "range"):
        return True
    given = list(call.args)
    if isinstance(call.func, ast.Attribute) and not given:
        given = [call.func.value]
    found = [_is_something(one, known) for one in given]
    if any(one.arg == "strict" for one in call.keywords):  # as many of one as of the other
        return any(found)
    return name in _PASSING_ON and all(found)


def _assertions(body: list[ast.stmt], known: dict[str, ast.expr]) -> Iterator[bool]:
    """Yield of each assertion whether the test makes sure that it looks at something."""
    for one in body:
        match one:
            case ast.Assert(test=ast.Call(func=ast.Name(id="all"), args=[given])):
                yield _is_something(given, known)
            case ast.Assert():
                yield True
            case ast.For(iter=looked_at, body=inner):
                is_something = _is_something(looked_at, known)
                yield from (is_something and inside for inside in _assertions(inner, known))
            case ast.With(items=items, body=inner):
                if any("raises" in ast.unparse(item.context_expr) for item in items):
                    yield True
                yield from _assertions(inner, known)
            case ast.If(body=inner, orelse=other):
                yield from _assertions([*inner, *other], known)
            case ast.Try(body=inner) | ast.While(body=inner):
                yield from _assertions(inner, known)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = value


def _idle(path: Path) -> list[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    ]
    found = {one: list(_assertions(one.body, {})) for one in tests}
    return [f"{one.name}:{one.lineno}" for one, sure in found.items() if sure and not any(sure)]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_test_passes_where_there_is_nothing_to_look_at(path: Path) -> None:
    """`tests.support.some.some` says that there has to be something."""
    assert _idle(path) == []


@pytest.mark.parametrize(
    ("text", "is_idle"),
    [
        ("for one in rows():\n        assert one", True),
        ("for one in some(rows()):\n        assert one", False),
        ("for one in rows():\n        assert one\n    assert rows()", False),
        ("for one in (1, 2):\n        assert one", False),
        ("for one in ():\n        assert one", True),
        ("assert all(one for one in rows())", True),
        ("found = some(rows())\n    assert all(one for one in found)", False),
        ("assert all(one for one in some(rows()) if one)", True),
        ("for one, two in zip(NAMES, rows()):\n        assert one", True),
        ("for key, one in NAMES.items():\n        assert one", False),
        ("with open() as file:\n        for one in file:\n            assert one", True),
    ],
)
def test_what_counts_as_nothing_to_look_at(tmp_path: Path, text: str, is_idle: bool) -> None:
    file = tmp_path / "test_made_up.py"
    file.write_text(f"def test_x():\n    {text}\n", encoding="utf-8")
    assert bool(_idle(file)) == is_idle


def _is_of_package(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.keyword)
        and node.arg == "scope"
        and isinstance(node.value, ast.Constant)
        and node.value.value == "package"
    )


def test_what_a_folder_shares_ends_with_its_tests() -> None:
    """Without an `__init__.py` pytest lets a server of a folder run until all tests are done."""
    sharing = [
        path
        for path in ROOT.glob("tests/*/conftest.py")
        if any(map(_is_of_package, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
    ]
    assert all(path.with_name("__init__.py").is_file() for path in some(sharing))


def test_no_example_fails_because_the_machine_is_busy() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    # None of its own either: one place says it for all.
    own = [path for path in ROOT.glob("tests/**/*.py") if _gives_deadline(path)]
    assert own == [ROOT / "tests/conftest.py"]


def _gives_deadline(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(one, ast.keyword) and one.arg == "deadline" for one in ast.walk(tree))
