"""Render a report as one self-contained HTML file that works offline."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from typing import Any

import jinja2
import vl_convert
from altair import SCHEMA_VERSION
from markupsafe import Markup

from detente.base import assets
from detente.report.charts import Spec
from detente.report.language import Language

# What a page needs to draw its charts. `actions` would offer to open the chart on a web site.
_SNIPPET = """
window.detenteDraw = (element, spec) => vegaEmbed(element, spec, {
  actions: false, renderer: "svg", tooltip: {theme: "detente"},
});
"""


@cache
def _javascript() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script, from the installed wheel."""
    bundle = vl_convert.javascript_bundle(
        _SNIPPET, vl_version=".".join(SCHEMA_VERSION.split(".")[:2])
    )
    # No text in the script may end the script element that it stands in.
    return re.sub("</(?=script)", r"<\\/", bundle, flags=re.IGNORECASE)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.templates()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrappable"] = _wrappable
    return environment


def page(template: str, charts: dict[str, Spec], say: Language, **content: Any) -> str:
    """Fill a template of `reports/templates`.

    Parameters
    ----------
    template
        Name of the file.
    charts
        Vega-Lite specifications by the id of the element that they are drawn in.
    say
        The texts, under this name in the template.
    content
        What the template shows. Text is escaped.
    """
    environment = _environment()
    return environment.get_template(template).render(
        style=_style(environment),
        javascript=Markup(_javascript()) if charts else "",  # noqa: S704  # the wheel's own
        charts=Markup(_json_for_script(charts)),  # noqa: S704  # no < is left in it
        has_charts=bool(charts),
        say=say,
        **content,
    )


def _style(environment: jinja2.Environment) -> Markup:
    """Return the style sheet with the font of native names inside it."""
    text, _, _ = environment.loader.get_source(environment, "style.css")  # type: ignore[union-attr]
    font = base64.b64encode((assets.fonts() / "names.otf").read_bytes()).decode("ascii")
    face = f'@font-face {{ font-family: "Detente Names"; src: url(data:font/otf;base64,{font}); }}'
    return Markup(f"{face}\n{text}")  # noqa: S704  # our own files


def fragment(template: str, say: Language, **content: Any) -> str:
    """Fill a template that is a part of a page or message. Text is escaped."""
    return _environment().get_template(template).render(say=say, **content)


def _wrappable(name: str) -> Markup:
    """Let the name of a column break after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def _json_for_script(content: object) -> str:
    """Return JSON that cannot end the script element that it stands in, whatever text it holds."""
    return json.dumps(content, sort_keys=True).replace("<", "\\u003c")
