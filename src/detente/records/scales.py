"""Scales: what each CAMEO code is worth, one file a scale, so that a study can bring its own.

A scale is a CSV in `data/raw/reference/scales` of the study or of the package, with the columns
`cameo_code`, `value` and,
optionally, `category` (from which category of another scheme the value was carried over), and a
TOML of the same name that says what it is. `goldstein` is the one without a CSV: its values stand
beside the codes in `cameo.csv`.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, model_validator

from detente.base import assets, toml_models
from detente.base.errors import RawFileError
from detente.base.toml_models import Declared, Misplaced, Text
from detente.database.builder import Warehouse

FOLDER = "scales"
DEFAULT = "goldstein"
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
# Values are kept in millionths of a point, so that sums are exact whatever their order.
DECIMALS = 6

# Value and category of each code.
Values = dict[str, tuple[float | None, str | None]]

_TEXTS = ("title", "unit", "mapping", "leaves_out", "citation", "url", "licence")


class Description(Declared):
    """What a scale is, in the words of the file beside its values."""

    title: Text
    unit: Text
    lowest: float = Field(strict=True, allow_inf_nan=False)
    highest: float = Field(strict=True, allow_inf_nan=False)
    # What the column `category` of the values holds; for the reader of the file.
    category: str = ""
    mapping: Text
    leaves_out: Text
    citation: Text
    url: Text
    licence: Text

    @model_validator(mode="after")
    def _has_a_range(self) -> Description:
        if not self.lowest < self.highest:
            raise Misplaced(
                ("highest",), f"expected more than `lowest`, {self.lowest:g}; got {self.highest:g}"
            )
        return self


@dataclass(frozen=True)
class Scale:
    """One scale as its files describe it.

    Attributes
    ----------
    name
        The file's name.
    lowest, highest
        The ends of the scale, in its own points; every value lies between them.
    values
        Value and category of each CAMEO code; None where the scale gives the code no value.
    texts
        Title, unit, mapping, what is left out, citation, address and licence.
    """

    name: str
    lowest: float
    highest: float
    values: Values
    texts: dict[str, str]


def load(warehouse: Warehouse, reference: Path) -> None:
    """Fill `core.scale` and `meta.scale`; `core.cameo` is filled already.

    Raises
    ------
    RawFileError
        A scale has no sidecar, names an unknown code, or holds a value outside its range.
    """
    cameo: dict[str, float | None] = dict(
        warehouse.rows("select cameo_code, goldstein from core.cameo order by cameo_code")
    )
    for scale in _own_and_packaged(reference / FOLDER, cameo):
        pairs = [scale.values.get(code, (None, None)) for code in cameo]
        warehouse.execute(
            "insert into core.scale select ?, unnest(?::varchar[]), unnest(?::double[]), "
            "unnest(?::varchar[])",
            [scale.name, list(cameo), [value for value, _ in pairs], [name for _, name in pairs]],
            where="core.scale",
        )
        n_valued = sum(value is not None for value, _ in scale.values.values())
        warehouse.insert(
            "meta.scale",
            ["scale", "lowest", "highest", "n_codes", "n_valued", *_TEXTS],
            [
                (
                    scale.name,
                    scale.lowest,
                    scale.highest,
                    len(cameo),
                    n_valued,
                    *(scale.texts[key] for key in _TEXTS),
                )
            ],
        )


def _own_and_packaged(own: Path, cameo: dict[str, float | None]) -> list[Scale]:
    """Return the scales of a study's folder, and those of the package that it does not replace."""
    packaged = assets.reference() / FOLDER
    if own.resolve() == packaged.resolve():
        return read_all(own, cameo)
    names = _names(own)
    found = [_read(own, name, cameo) for name in names]
    found += [_read(packaged, name, cameo) for name in _names(packaged) - names]
    return sorted(found, key=lambda one: one.name)


def _names(folder: Path) -> set[str]:
    return {path.stem for pattern in ("*.toml", "*.csv") for path in folder.glob(pattern)}


def read_all(folder: Path, cameo: dict[str, float | None]) -> list[Scale]:
    """Read every scale of a folder.

    Parameters
    ----------
    cameo
        The known codes with their Goldstein value.

    Raises
    ------
    RawFileError
        As `load`; also if the default scale is not described.
    """
    names = _names(folder)
    if DEFAULT not in names:
        raise RawFileError(
            f"{folder}: expected {DEFAULT}.toml, which describes the default scale; it is missing."
        )
    return [_read(folder, name, cameo) for name in sorted(names)]


def _read(folder: Path, name: str, cameo: dict[str, float | None]) -> Scale:
    path = folder / f"{name}.toml"
    if not NAME.match(name):
        raise RawFileError(
            f"{path}: expected a name of small letters, digits and underscores, got {name!r}."
        )
    if not path.is_file():
        raise RawFileError(
            f"{folder / name}.csv: expected {path.name} beside it, which says what the scale is."
        )
    text, content = toml_models.read(path, RawFileError, str(path))
    found = toml_models.validated(Description, content, text, error=RawFileError, shown=str(path))
    values: Values = (
        {code: (value, None) for code, value in cameo.items()}
        if name == DEFAULT
        else _values(folder / f"{name}.csv", set(cameo), found.lowest, found.highest)
    )
    texts = {key: str(getattr(found, key)).strip() for key in _TEXTS}
    return Scale(name, found.lowest, found.highest, values, texts)


def _values(path: Path, known: set[str], low: float, high: float) -> Values:
    found: Values = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if (reader.fieldnames or [])[:2] != ["cameo_code", "value"]:
                raise RawFileError(
                    f"{path}: expected the columns cameo_code,value and perhaps category, got "
                    f"{','.join(reader.fieldnames or [])}."
                )
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                code = row["cameo_code"]
                if code not in known:
                    raise RawFileError(
                        f"{where}: expected a code of cameo.csv, got {code!r}. Codes are text: a "
                        "spreadsheet turns 010 into 10."
                    )
                if code in found:
                    raise RawFileError(f"{where}: expected each code once, got {code} again.")
                found[code] = (_value(row["value"], low, high, where), row.get("category") or None)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RawFileError(f"{path}: expected a scale as CSV in UTF-8: {error}") from error
    return found


def _value(text: str | None, low: float, high: float, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise RawFileError(f"{where}: expected a number or nothing, got {text!r}.") from error
    if not math.isfinite(value) or not low <= value <= high:
        raise RawFileError(f"{where}: expected a value from {low:g} to {high:g}, got {text}.")
    if round(value, DECIMALS) != value:
        raise RawFileError(f"{where}: expected at most {DECIMALS} decimals, got {text}.")
    return value
