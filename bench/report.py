"""How long the whole site takes, PDFs, bundles and charts included, and how heavy its pages are.

Beside it, in the same run, what the two engines under it need for the focal pair alone: its charts
as PNG and its two documents. A whole site should cost less than as many times that in a row.

Run: python bench/report.py [--config detente.toml]
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from pathlib import Path

import vl_convert

from detente import settings
from detente.database.published import Published
from detente.report import language
from detente.report import run as report
from detente.report.model import pairs
from detente.report.pages import documents, figures, pair

LIMIT_SECONDS = 20


def one_pair(study: settings.Settings) -> tuple[float, float]:
    """Return the seconds for the charts as PNG and for the brief of the focal pair."""
    say = language.load(study.report.language)
    with Published(study.database) as database:
        read = pairs.read(database, study)
    focal = read.pairs[0]
    made = list(figures.figures(focal, say).values())
    begun = time.perf_counter()
    for one in made:
        vl_convert.svg_to_png(one.alone(), scale=2)
    drawn = time.perf_counter()
    documents.brief_pdf(pair.view(read, focal, say), read.title, "", say, study.report.paper)
    return drawn - begun, time.perf_counter() - drawn


def weight(path: Path) -> int:
    """Return the bytes of a page without the explorer's data."""
    text = path.read_text(encoding="utf-8")
    return len(re.sub(r"<noscript.*?</noscript>", "", text, flags=re.S).encode())


def main() -> None:
    """Draw everything into a temporary folder and print seconds and sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=None)
    study = settings.load(parser.parse_args().config)
    charts, document = one_pair(study)
    with tempfile.TemporaryDirectory() as folder:
        paths = study.paths.model_copy(update={"reports": Path(folder)})
        begun = time.perf_counter()
        written = report.render_all(study.model_copy(update={"paths": paths}))
        seconds = time.perf_counter() - begun
        names = ["-".join(one) for one in study.study.dyad_pairs]
        sizes = {name: weight(Path(folder) / f"{name}.html") for name in names}
        overview = weight(Path(folder) / "index.html")
    largest = max(sizes, key=lambda name: sizes[name])
    print(f"{'cores':<34}{os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'files':<34}{len(written)}")
    print(f"{'whole site':<34}{seconds:.1f} s (limit {LIMIT_SECONDS} s)")
    print(f"{'focal pair: charts as PNG':<34}{charts:.2f} s")
    print(f"{'focal pair: brief':<34}{document:.2f} s")
    alone = (charts + document) * len(names)
    print(f"{'site / engines alone in a row':<34}{seconds / alone:.2f}")
    print(f"{'heaviest page of a pair':<34}{largest}, {sizes[largest] / 1e3:.0f} kB (limit 150 kB)")
    print(f"{'overview':<34}{overview / 1e3:.0f} kB (limit 80 kB)")


if __name__ == "__main__":
    main()
