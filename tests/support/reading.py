"""The text of a page as a reader meets it, part by part, with the language of each."""

from __future__ import annotations

from html.parser import HTMLParser

# Elements without an end, and those that nobody reads.
_VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "source", "path", "rect", "circle"})
_UNREAD = frozenset({"script", "style", "noscript", "pre", "code", "head"})
_SPOKEN = ("aria-label", "title", "placeholder", "alt")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.parts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        lang = values.get("lang") or (self.stack[-1][1] if self.stack else "")
        self.parts += [(lang, values[one] or "") for one in _SPOKEN if one in values]
        if tag not in _VOID:
            self.stack.append((tag, lang))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.stack and tag not in _VOID:
            if self.stack.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in _UNREAD for tag, _ in self.stack):
            self.parts.append((self.stack[-1][1] if self.stack else "", data.strip()))


def parts(page: str) -> list[tuple[str, str]]:
    """Return the texts of a page, each with its language; scripts, styles and code are left out."""
    reader = _Reader()
    reader.feed(page)
    return reader.parts
