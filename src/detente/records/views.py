"""Which records fill the views `event`, `launch`, `meeting` and `measure` of the database.

The sidecar of a file of records says it in tables `[views.NAME]`: the categories whose records are
rows of the view, and which column of the file fills which column of the view. So the views know no
study, and a study without launches has a view of launches that is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import model_validator

from detente.base.toml_models import Declared, Misplaced
from detente.settings import CameoCode

# What a file's own columns may fill, by view.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "event": ("kind", "stage", "issue"),
    "launch": ("missile_class", "missile_name", "n_missiles", "site", "outcome"),
    "meeting": ("format", "setting", "place", "participants", "occasion"),
    "measure": ("measure_name", "stage", "product", "legal_ref"),
}


class View(Declared):
    """How the records of one file fill one view.

    Attributes
    ----------
    categories
        The categories of the file whose records are rows of the view; by default all.
    columns
        The file's column by the view's column.
    """

    categories: tuple[str, ...] | None = None
    columns: dict[str, str] = {}


class MeasureView(View):
    """How the records of one file fill the view of measures.

    Attributes
    ----------
    effect, status
        The CAMEO codes of records by what the measure does, and by how far it is.
    """

    effect: dict[Literal["imposed", "eased"], tuple[CameoCode, ...]] = {}
    status: dict[Literal["announced", "in_force"], tuple[CameoCode, ...]] = {}

    @model_validator(mode="after")
    def _one_meaning_a_code(self) -> MeasureView:
        for key, by_word in (("effect", self.effect), ("status", self.status)):
            listed = [code for codes in by_word.values() for code in codes]
            if double := [code for code in listed if listed.count(code) > 1]:
                raise Misplaced((key,), f"code {double[0]!r} has two meanings")
        return self


class Views(Declared):
    """The views that a file fills."""

    event: View | None = None
    launch: View | None = None
    meeting: View | None = None
    measure: MeasureView | None = None

    def named(self) -> dict[str, View]:
        """Return the views that the file fills, by name."""
        return {name: view for name in COLUMNS if (view := getattr(self, name)) is not None}

    def rows(
        self, categories: Iterable[str]
    ) -> list[tuple[str, list[str], dict[str, str], dict[str, str], dict[str, str]]]:
        """Return name, categories, columns, effect and status by code of each view that is filled.

        Parameters
        ----------
        categories
            All categories of the file.
        """
        every = list(categories)
        return [
            (
                name,
                every if view.categories is None else list(view.categories),
                view.columns,
                by_code(view.effect) if isinstance(view, MeasureView) else {},
                by_code(view.status) if isinstance(view, MeasureView) else {},
            )
            for name, view in self.named().items()
        ]


def by_code(codes: Mapping[Any, Iterable[str]]) -> dict[str, str]:
    """Turn the codes listed under each word into the word of each code."""
    return {code: word for word, listed in codes.items() for code in listed}
