"""Render a report as one self-contained HTML file that works offline."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from detente.base import assets
from detente.report.language import Language


@cache
def environment() -> jinja2.Environment:
    """Return what fills the templates, with the filters that they use."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets.templates()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["markup"] = Markup
    made.filters["bare"] = lambda drawing: Markup(drawing.bare())  # noqa: S704  # our own
    made.filters["clip"] = clip
    made.filters["ident"] = ident
    made.filters["non_breaking"] = non_breaking
    made.filters["host"] = lambda address: urlsplit(address).netloc or address
    return made


def fragment(template: str, say: Language, **content: Any) -> str:
    """Fill a template that is a part of a page or message. Text is escaped."""
    return environment().get_template(template).render(say=say, **content)


def plain_page(template: str, say: Language, title: str, **content: Any) -> str:
    """Fill a template that is a page of its own: the style, no navigation, no script."""
    return (
        environment()
        .get_template(template)
        .render(say=say, title=title, style=_sheet(()), policy=_policy(), **content)
    )


@dataclass(frozen=True)
class Frame:
    """What every page of a site has: the study's name, links, and the lines at the foot."""

    study: str
    nav: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]


def render(
    template: str,
    say: Language,
    frame: Frame,
    title: str,
    here: str = "",
    scripts: Sequence[str] = (),
    words: dict[str, Any] | None = None,
    notice: Sequence[str] = (),
    later: str = "",
    **content: Any,
) -> str:
    """Fill a template of `reports/templates` that extends `page.html.j2`.

    Parameters
    ----------
    template
        Name of the file.
    frame
        What all pages share.
    here
        The entry of the navigation that the page belongs to.
    scripts
        Names of files in `reports/templates/script`, joined into the page's one script.
    words
        Texts that the script shows.
    notice
        How far the data go.
    later
        Text that the script adds to the page: its letters are to be in the fonts too.
    content
        What the template shows. Text is escaped.
    """
    code = script(tuple(scripts), json.dumps(words or {}, ensure_ascii=False, sort_keys=True))
    fonts = _shorter((assets.templates() / "script" / "fonts.js").read_text(encoding="utf-8"))
    filled = (
        environment()
        .get_template(template)
        .render(
            say=say,
            site=frame,
            title=title,
            here=here,
            notice=notice,
            fonts=Markup(fonts),  # noqa: S704  # our own files
            script=Markup(code),  # noqa: S704  # our own files
            style=Markup(_STYLE),  # noqa: S704  # replaced below, when the page's letters are known
            policy=_policy(fonts, code, loads="explorer" in scripts),
            **content,
        )
    )
    return filled.replace(_STYLE, _sheet(added_faces(filled, later)), 1)


_NOTHING = "'none'"


def _policy(*codes: str, loads: bool = False) -> str:
    """Return the content security policy: these scripts and no other, and nothing from anywhere.

    `loads` allows what they add to the page themselves: the file of events beside it.
    """
    allowed = [f"'sha256-{_digest(code)}'" for code in codes if code]
    if loads:
        allowed.append("'strict-dynamic'")
    return (
        f"default-src 'none'; script-src {' '.join(allowed or [_NOTHING])}; "
        "style-src 'unsafe-inline'; img-src data:; font-src data:"
    )


def _digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")


@cache
def script(names: tuple[str, ...], words: str) -> str:
    """Return scripts as one, in strict mode and with names of their own.

    The page is drawn before they run. A script at its end would often run first, while the fonts
    are made ready, and the first picture would wait for it.
    """
    if not names:
        return ""
    folder = assets.templates() / "script"
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    body = "\n".join(parts).replace(
        'JSON.parse($("#words")?.textContent || "{}")', words.replace("<", "\\u003c")
    )
    return "requestAnimationFrame(() => setTimeout(() => {\n" + _shorter(body) + "}));"


def _shorter(code: str) -> str:
    """Leave out comments of whole lines and the spaces that begin a line."""
    lines = (line.strip() for line in code.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


_STYLE = "/*style*/"
# Family, file and what else is said of a face. A page has the first two; each of the others only
# if it has letters of that font, which are listed beside it.
_FACES = (
    ("Detente Sans", "sans", "font-weight:400 700;"),
    ("Detente Serif", "serif", "font-weight:700;"),
)
_ADDED = (
    ("Detente Sans", "sans-latin1", "font-weight:400 700;unicode-range:U+A1-FF;"),
    ("Detente Sans", "sans-latinext", "font-weight:400 700;unicode-range:U+100-25F;"),
    ("Detente Names", "names", ""),
)


def added_faces(*texts: str) -> tuple[tuple[str, str, str], ...]:
    """Return the fonts, beside those of every page, that hold letters of some texts."""
    letters = set().union(*texts)
    return tuple(one for one in _ADDED if not letters.isdisjoint(_letters(one[1])))


@cache
def _letters(font: str) -> frozenset[str]:
    """Return the letters of a font that not every page has."""
    text = (assets.fonts() / f"{font}.txt").read_text(encoding="utf-8")
    return frozenset(text.strip())


@cache
def _sheet(added: tuple[tuple[str, str, str], ...]) -> Markup:
    """Return the style sheet with the fonts inside it."""
    parts = []
    for family, name, extra in (*_FACES, *added):
        data = base64.b64encode((assets.fonts() / f"{name}.woff2").read_bytes()).decode("ascii")
        parts.append(
            f'@font-face{{font-family:"{family}";{extra}src:url(data:font/woff2;base64,{data})}}'
        )
    text = (assets.templates() / "report.css").read_text(encoding="utf-8")
    return Markup("\n".join([*parts, text]))  # noqa: S704  # our own files


def clip(text: str, limit: int) -> str:
    """Shorten a text at a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def non_breaking(text: str) -> str:
    """Keep a p-value on one line with its name."""
    return re.sub(r"\bp ([=<]) (?=\d)", "p\u00a0\\1\u00a0", text)


def ident(name: str) -> str:
    """Return a name that can stand as an id and in an address."""
    return "e-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
