"""The agreement of coders that docs/methods.md prints is what the coded sample gives."""

from __future__ import annotations

import re

import pytest

from detente.records import agreement
from detente.refresh import record_review
from detente.settings import Settings
from tests.support.studies import ROOT

ROWS = {"day": "day", "actors and direction": "actors", "CAMEO code": "code",
        "CAMEO root code": "root", "Goldstein value": "scale value"}  # fmt: skip


def test_the_documented_alphas_are_those_of_the_sample(real_settings: Settings) -> None:
    known, codes = record_review.vocabulary(real_settings)
    files, _ = record_review.read_all(real_settings, known)
    records = [one for _, file in files for one in file.records]
    sample = real_settings.raw / "records" / record_review.DOUBLE / "second.csv"
    second = record_review.codings(sample, known, [one.record_id for one in records])
    assert {one.record_id for one in second} <= {one.record_id for one in records}
    found = agreement.alphas(
        [*record_review.first_codings(records), *second],
        {code.cameo_code: code.value for code in codes},
    )
    by_name = {one.variable: one for one in found}
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    table = re.findall(
        r"^\| ([\w ]+) \| (\w+) \| (0\.\d+) \| (0\.\d+) to ([01]\.\d+) \| (\d+)% of (\d+) \|$",
        text,
        flags=re.M,
    )
    assert {row[0] for row in table} == set(ROWS)
    for name, level, alpha, lower, upper, same, n_records in table:
        one = by_name[ROWS[name]]
        assert (one.level, one.n_records) == (level, int(n_records))
        assert one.alpha == pytest.approx(float(alpha), abs=5e-4)
        assert one.lower == pytest.approx(float(lower), abs=5e-4)
        assert one.upper == pytest.approx(float(upper), abs=5e-4)
        assert one.share_same == pytest.approx(float(same) / 100, abs=6e-3)
