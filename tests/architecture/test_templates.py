"""A name that a template asks for is defined somewhere: a renamed attribute breaks no page."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes
from jinja2.runtime import LoopContext

from detente.report.render import html
from tests.support.studies import ROOT

TEMPLATES = ROOT / "reports" / "templates"


@cache
def _defined() -> set[str]:
    """Return the names of attributes, functions and fields of the report and what it shows."""
    names = {*dir(str), *dir(dict), *dir(list), *dir(LoopContext)}
    for path in (ROOT / "src" / "detente").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: Path(path).name)
def test_every_attribute_that_a_template_reads_is_defined(path: Path) -> None:
    tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    asked = {one.attr for one in tree.find_all(nodes.Getattr)}
    assert asked - _defined() == set()
    filters = {one.name for one in tree.find_all(nodes.Filter)}
    assert filters - html.environment().filters.keys() == set()
