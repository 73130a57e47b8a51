"""Six simulated nights of bench/soak.py, with every kind of trouble in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.soak import Soak
from tests.support import provider

pytestmark = pytest.mark.full


def test_after_six_nights_of_trouble_the_tables_are_those_of_one_clean_load(tmp_path: Path) -> None:
    with provider.serving() as server:
        # A seed with late files, a corrected one, faults of files and a night without provider.
        lived = Soak(tmp_path, server, nights=6, seed=3)
        nights = list(lived.run())
        assert len(nights) == 7
        assert lived.compare() == []
