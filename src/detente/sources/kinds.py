"""What a file is that is no table of text, by how it begins; and what to do about it."""

from __future__ import annotations

from detente.sources.failures import is_page

_LOOKED_AT = 4096
_AS_TEXT = "Save the table as CSV"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# How files begin that stand in the place of a table, however they are named.
_BEGINNINGS = (
    (b"\x1f\x8b", "packed text (gzip)", "Let its name end in .gz"),
    (b"\xd0\xcf\x11\xe0", "a workbook of the old Excel format", "Save it as .xlsx or CSV"),
    (b"PAR1", "a Parquet file", f"{_AS_TEXT}, for instance with to_csv in pandas"),
    (b"ARROW1", "an Arrow file", f"{_AS_TEXT}, for instance with to_csv in pandas"),
    (b"<stata_dta", "a data set of Stata", f"{_AS_TEXT} with `export delimited`"),
    (b"RDX", "a data file of R", f"{_AS_TEXT} with write.csv"),
    (b"SQLite format 3", "a database of SQLite", _AS_TEXT),
    *((mark, "text in UTF-16", "Save it as UTF-8") for mark in UTF_16),
    (b"%PDF", "a PDF", "Fetch the table itself"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file", "Run `git lfs pull`"),
)
# Names that people give to what programs write, and how these write text.
_WRITTEN_BY = {
    "rds": "R: write.csv", "rda": "R: write.csv", "rdata": "R: write.csv",
    "dta": "Stata: export delimited", "sav": "SPSS: save as CSV", "parquet": "pandas: to_csv",
    "feather": "pandas: to_csv", "pkl": "pandas: to_csv", "xls": "Excel: save as .xlsx or CSV",
    "xlsb": "Excel: save as .xlsx or CSV", "ods": "LibreOffice: save as CSV",
    "json": "pandas: read_json, then to_csv",
}  # fmt: skip


def told(beginning: bytes) -> str:
    """Return what a file is and what to do, as ', got a PDF. Fetch the table itself.'; or nothing.

    Parameters
    ----------
    beginning
        Its first bytes.
    """
    head = beginning[:_LOOKED_AT]
    found = next(((what, do) for mark, what, do in _BEGINNINGS if head.startswith(mark)), None)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if is_page(head):
        found = ("a web page", "It may tell an error or ask for a login: open it, and fetch again")
    elif not found and text.startswith((b"{", b"[{")):
        found = ("JSON", "It may be the answer of an interface, or its error: save a table as CSV")
    return f"got {found[0]}. {found[1]}." if found else ""


def advice(name: str) -> str:
    """Return how to write a table as text, for a name that says which program wrote the file."""
    way = _WRITTEN_BY.get(name.lower().rpartition(".")[2])
    return f"; only text and .xlsx are read ({way})" if way else ""
