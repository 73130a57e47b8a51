"""How long the whole theatre takes to draw, HTML, PDF and bundle, and how big its pages are.

Beside it, in the same run, what the two engines under it need for the focal dyad's page alone: the
charts as SVG and the typesetting. Many pages side by side should cost less than as many times that.

Run: python bench/report.py [--config detente.toml]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import vl_convert

from detente import settings
from detente.database.published import Published
from detente.report import language, model
from detente.report import run as report
from detente.report.pages import site
from detente.report.render import pdf

LIMIT_SECONDS, LIMIT_BYTES = 30, 2_000_000


def one_page(study: settings.Settings) -> tuple[float, float]:
    """Return the seconds for the charts and for the document of the focal dyad's page."""
    first, second = sorted(study.study.focal_dyad)
    with Published(study.database) as database:
        page = site.dyad_page(model.dyad(database, study, (first, second)), study)
    charts = {**page.charts, **page.still_charts}
    for spec in charts.values():
        vl_convert.vegalite_to_svg(spec)  # the renderer starts with its first chart
        break
    begun = time.perf_counter()
    for spec in charts.values():
        vl_convert.vegalite_to_svg(spec)
    drawn = time.perf_counter()
    content = {**page.content, "drawn": sorted(page.charts)}
    pdf.document("dyad.typ", charts, content, language.load(page.language), page.paper)
    done = time.perf_counter()
    charts_alone, document = drawn - begun, done - drawn
    return charts_alone, document - charts_alone  # a document draws its charts, too


def main() -> None:
    """Draw everything into a temporary folder and print seconds and sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=None)
    study = settings.load(parser.parse_args().config)
    charts, typesetting = one_page(study)
    with tempfile.TemporaryDirectory() as folder:
        paths = study.paths.model_copy(update={"reports": Path(folder)})
        begun = time.perf_counter()
        written = report.render_all(study.model_copy(update={"paths": paths}))
        seconds = time.perf_counter() - begun
        pages = {path.name: path.stat().st_size for path in written if path.suffix == ".html"}
    largest = max(pages, key=lambda name: pages[name])
    alone = (charts + typesetting) * len(pages)
    print(f"{'cores':<34}{os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'pages':<34}{len(pages)}")
    print(f"{'whole theatre':<34}{seconds:.1f} s (limit {LIMIT_SECONDS} s)")
    print(f"{'focal dyad: charts as SVG':<34}{charts:.2f} s")
    print(f"{'focal dyad: typesetting':<34}{typesetting:.2f} s")
    print(f"{'theatre / engines alone in a row':<34}{seconds / alone:.2f}")
    print(f"{'largest page':<34}{largest}, {pages[largest] / 1e6:.2f} MB (limit 2 MB)")


if __name__ == "__main__":
    main()
