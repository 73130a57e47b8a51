"""The answer to a query: its columns, their SQL types, its rows."""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_INTEGERS: Mapping[str, str] = {
    "TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32", "BIGINT": "int64",
    "UTINYINT": "uint8", "USMALLINT": "uint16", "UINTEGER": "uint32", "UBIGINT": "uint64",
}  # fmt: skip
_FLOATS = re.compile(r"FLOAT|DOUBLE|U?HUGEINT|DECIMAL\(.*\)")
_MOMENTS = re.compile(r"DATE|TIMESTAMP(_S|_MS|_NS)?")
_NUMERIC = re.compile(rf"{'|'.join(_INTEGERS)}|{_FLOATS.pattern}")
# What rows are made of beside numbers and text; nothing else is ever unpacked.
_CLASSES = {
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"),
    ("datetime", "timedelta"), ("datetime", "timezone"), ("decimal", "Decimal"),
    ("uuid", "UUID"), ("uuid", "SafeUUID"), ("pytz", "_UTC"), ("pytz", "_p"),
}  # fmt: skip


class _Plain(pickle.Unpickler):
    """Unpacks values of a database and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is not a database value")
        return super().find_class(module, name)


def unpacked(content: bytes) -> Any:
    """Return packed rows or columns."""
    return _Plain(io.BytesIO(content)).load()


@dataclass(frozen=True)
class Answer:
    """The rows of a query.

    Attributes
    ----------
    columns
        Their names, in order; a name may come twice.
    types
        The SQL type of each column; empty where it is not known.
    packed
        The rows in pieces, packed: plain Python values take ten times the memory.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    packed: Sequence[bytes] = field(default=(), repr=False)
    n_rows: int = 0

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Answer:
        """Return a data frame as an answer; its columns' types decide how values are written."""
        import pandas as pd

        types = tuple(_type_of(frame.iloc[:, place]) for place in range(frame.shape[1]))
        plain = frame.astype(object).where(frame.notna(), None)
        rows = [
            tuple(
                one.to_pydatetime() if isinstance(one, pd.Timestamp) else _item(one) for one in row
            )
            for row in plain.itertuples(index=False, name=None)
        ]
        columns = tuple(str(name) for name in frame.columns)
        return cls(columns, types, (pickle.dumps(rows),), len(rows))

    @classmethod
    def of_rows(cls, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Answer:
        """Return rows of plain values as an answer."""
        kept = [tuple(row) for row in rows]
        return cls(tuple(columns), ("",) * len(columns), (pickle.dumps(kept),), len(kept))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows, values as Python knows them."""
        for piece in self.packed:
            yield from unpacked(piece)

    def first(self, n: int) -> Answer:
        """Return the first rows alone."""
        if self.n_rows <= n:
            return self
        rows = list(islice(self.rows(), n))
        return replace(self, packed=(pickle.dumps(rows),), n_rows=len(rows))

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers."""
        return tuple(_NUMERIC.fullmatch(kind) is not None for kind in self.types)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a data frame: days and moments as datetime64, missing integers as NA."""
        import pandas as pd

        rows = list(self.rows())
        series = [
            _series([row[place] for row in rows], kind) for place, kind in enumerate(self.types)
        ]
        frame = pd.DataFrame(dict(enumerate(series)), index=range(len(rows)))
        return frame.set_axis(list(self.columns), axis="columns")


def _series(values: list[Any], kind: str) -> pd.Series[Any]:
    import pandas as pd

    has_gaps = any(value is None for value in values)
    if kind in _INTEGERS:
        # Pandas' own integers, which know a gap, are spelt with capitals.
        name = _INTEGERS[kind]
        with_gaps = name.replace("i", "I").replace("u", "U")
        return pd.Series(values, dtype=with_gaps if has_gaps else name)
    if _FLOATS.fullmatch(kind):
        return pd.Series([None if one is None else float(one) for one in values], dtype="float64")
    if kind == "BOOLEAN":
        return pd.Series(values, dtype="boolean" if has_gaps else "bool")
    if _MOMENTS.fullmatch(kind):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)).astype("datetime64[us]"))
    if kind == "TIMESTAMP WITH TIME ZONE":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True))
    if kind == "INTERVAL":
        return pd.Series(values, dtype="timedelta64[us]")
    if kind == "VARCHAR":
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype=object)


def _type_of(values: pd.Series[Any]) -> str:
    """Return the SQL type that says how a column of a data frame is written."""
    from pandas.api import types

    if types.is_bool_dtype(values.dtype):
        return "BOOLEAN"
    if types.is_integer_dtype(values.dtype):
        return "BIGINT"
    if types.is_float_dtype(values.dtype):
        return "DOUBLE"
    if types.is_datetime64_any_dtype(values.dtype):
        known = values.dropna()
        return "DATE" if bool((known.dt.normalize() == known).all()) else "TIMESTAMP"
    return ""


def _item(value: Any) -> Any:
    """Return a value of NumPy as Python's own; a list of values as a list."""
    import numpy as np

    if isinstance(value, np.ma.MaskedArray | np.ndarray):
        return [_item(one) for one in value.tolist()]
    if isinstance(value, np.generic):
        return value.item()
    return value
