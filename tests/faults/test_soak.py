"""Six simulated nights of bench/soak.py, with every kind of trouble in them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def test_after_six_nights_of_trouble_the_tables_are_those_of_one_clean_load(
    root: Path, tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("detente_soak", root / "bench" / "soak.py")
    assert spec
    assert spec.loader
    soak = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = soak
    spec.loader.exec_module(soak)
    with soak.provider.serving() as server:
        # A seed with late files, a corrected one, faults of files and a night without provider.
        lived = soak.Soak(tmp_path, server, nights=6, seed=3)
        nights = list(lived.run())
        assert len(nights) == 7
        assert lived.compare() == []
