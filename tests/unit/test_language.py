"""The texts of the reports: one catalogue, every key used, none missing, no text elsewhere."""

from __future__ import annotations

import json
import re
import string

import pytest

from detente.base import assets
from detente.base.errors import DetenteError, UsageError
from detente.report import language
from tests.support.some import some
from tests.support.studies import ROOT

SAY = language.load()
TEMPLATES = ROOT / "reports" / "templates"


def _used() -> set[str]:
    keys: set[str] = set()
    for path in [*(ROOT / "src" / "detente" / "report").rglob("*.py"), *TEMPLATES.glob("*.*")]:
        text = path.read_text(encoding="utf-8")
        keys |= set(re.findall(r"""["']([a-z]+\.[a-z_0-9]+)["']""", text))
        # Keys that are joined from a beginning and what comes with it.
        begun = re.findall(r"""f["']([a-z]+\.[a-z_0-9]*)\{""", text)
        begun += re.findall(r"""say\(["']([a-z]+\.[a-z_0-9]*)["'] \+""", text)
        begun += re.findall(r"""say\(["']([a-z]+\.[a-z_0-9]*)["'] ~""", text)
        keys |= {key for key in SAY.texts for start in begun if key.startswith(start)}
        # Lists of names that a section of the catalogue goes with.
        names = set(re.findall(r"""["']([a-z_0-9]+)["']""", text))
        sections = set(re.findall(r"""f?["']([a-z]+)\.\{""", text))
        sections |= {"methods"} if 'm("' in text else set()
        keys |= {
            key
            for key in SAY.texts
            if key.partition(".")[0] in sections and key.partition(".")[2] in names
        }
    # A count chooses between two texts.
    # Names of kinds and states are asked for by what the data hold, those of columns by the charts.
    keys |= {key for key in SAY.texts if key.startswith(("kinds.", "actors."))}
    keys |= {f"column.{name}" for name in _names_in_pages()}
    return keys | {f"{key}_{number}" for key in keys for number in ("one", "many")}


def _names_in_pages() -> set[str]:
    pages = (ROOT / "src" / "detente" / "report" / "pages").rglob("*.py")
    return {
        name
        for path in pages
        for name in re.findall(r"""["']([a-z_0-9]+)["']""", path.read_text(encoding="utf-8"))
    }


def _asked() -> set[str]:
    keys: set[str] = set()
    for path in [*(ROOT / "src" / "detente" / "report").rglob("*.py"), *TEMPLATES.glob("*.*")]:
        text = path.read_text(encoding="utf-8")
        keys |= set(re.findall(r"""say\(\s*["']([a-z]+\.[a-z_0-9]+)["']""", text))
    return keys


def test_every_key_that_is_asked_for_has_a_text() -> None:
    assert len(_asked()) > 100
    assert _asked() - set(SAY.texts) == set()


def test_every_text_is_used() -> None:
    assert _fixed(SAY) - _used() == set()


def _fixed(say: language.Language) -> set[str]:
    """Keys but those of states and results, of which a language has as many as it likes."""
    return {key for key in say.texts if not key.startswith(("actors.", "result."))}


def test_every_language_has_the_keys_and_values_of_english() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for path in some(assets.languages().glob("*.toml")):
        other = language.load(path.stem)
        assert _fixed(other) == _fixed(SAY)
        assert len(other.months) == len(other.short_months) == 12
        for key in _fixed(SAY):
            text = SAY.texts[key]
            assert values(other.texts[key]) <= values(text), key


# The notice and the status page are in English altogether.
PAGES = ("page", "parts", "pair", "overview", "events", "document", "embed")
DOCUMENTS = ("brief", "document")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_holds_text_of_its_own(name: str) -> None:
    text = (TEMPLATES / f"{name}.html.j2").read_text(encoding="utf-8")
    text = re.sub(r"<script.*?</script>|<style.*?</style>", " ", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", text, flags=re.S)
    spoken = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', text)
    spoken += re.sub(r"<[^>]*>", " ", text).split()
    names = {"détente", "detente"}
    assert [w for w in spoken if re.search(r"[A-Za-z]{2}", w) and w not in names] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_holds_text_of_its_own(name: str) -> None:
    code = re.sub(r"//.*", "", (TEMPLATES / f"{name}.typ").read_text(encoding="utf-8"))
    # Three words in a row are a sentence; a heading or a quoted capital is a text.
    found = re.findall(r"(?<![\w.-])[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w-])", code)
    known = {"import", "let", "for", "if", "else", "in", "not", "show", "set", "and", "or"}
    codes = {"cannot be checked"}  # a verdict's name in the model, not its text
    assert [one for one in found if not known & set(one.split()) and one not in codes] == []
    assert re.findall(r"^=+ [A-Za-z]", code, flags=re.M) == []
    quoted = re.findall(r'"([A-Z][a-z]+ [^"]*)"', code)
    assert [one for one in quoted if one.split()[0] not in {"Detente", "Libertinus"}] == []


def test_numbers_and_days_are_written_one_way() -> None:
    assert SAY.signed(-8.04) == "−8.0"
    assert SAY.signed(-0.04) == "0.0"
    assert [SAY.plus(value) for value in (12.7, -8.0, 0.0, -0.04)] == ["+12.7", "−8.0", "0", "0"]
    assert SAY.acts(1) == "1 act"
    assert SAY.acts(2345) == "2,345 acts"
    assert [SAY.listed(list(items)) for items in ("", "a", "ab", "abc")] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip


def test_a_missing_text_or_language_is_named() -> None:
    with pytest.raises(DetenteError, match=r"en\.toml: the text `no\.such` lacks"):
        SAY("no.such")
    with pytest.raises(DetenteError, match="lacks 'day'"):
        SAY("format.day")
    with pytest.raises(UsageError, match="Expected a language of en"):
        language.load("xx")


def test_the_fonts_of_the_pdf_have_every_letter_of_every_language() -> None:
    known = set(json.loads((assets.fonts() / "widths.json").read_text(encoding="utf-8"))["400"])
    for name in ("names.txt", "hangul.txt"):
        known |= set((assets.fonts() / name).read_text(encoding="utf-8"))
    for path in some(assets.languages().glob("*.toml")):
        say = language.load(path.stem)
        letters = {one for text in (*say.texts.values(), *say.months) for one in text}
        assert {one for one in letters - known if one.isalpha()} == set(), path.name
