"""Pages of the dashboard over the rollups of 100 million messages: a campaign's page, whole, and rendering alone.

`python -m bench --only pages`
"""

from __future__ import annotations

import gzip
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.case import Ratio
from bench.kpis import laid_out
from earnest.usecases.tables import read_tables
from earnest.web.asked import Asked
from earnest.web.assets import assets
from earnest.web.desk import Desk
from earnest.web.page import Frame
from earnest.web.page_words import page_words
from earnest.web.pages.campaign import PAGE
from earnest.web.render import page_html

PAGES = 200
PAGE_MS, RENDER_MS = 300, 30
WORDS = page_words("en")
FRAME = Frame("en", "", "shop", "", "/")


def pages(_statuses: int) -> Iterator[Ratio]:
    """200 pages of different campaigns, each built for the first time; then rendering alone, and what goes over the wire."""
    with tempfile.TemporaryDirectory() as folder:
        shop = laid_out(Path(folder) / "shop", dense=False)
        with read_tables(shop) as tables:

            def desk(campaign: str, compare: str) -> Desk:
                asked = Asked("", f"/campaigns/{campaign}", compare=compare)
                return Desk(shop, tables, WORDS, asked, "shop", "bench", frozenset({"reports:read"}))

            chance = random.Random(7)
            names = [f"c{number:04d}" for number in chance.sample(range(500), PAGES)]
            started = time.perf_counter()
            first = PAGE.build(desk("c0000", ""), campaign="c0000")
            page_html(first, FRAME, WORDS)
            yield Ratio(
                "the first page of a generation, which measures every campaign",
                1000 * (time.perf_counter() - started),
                "ms",
            )
            taken = []
            for place, name in enumerate(names):
                compare = f"campaign:{names[place - 1]}" if place % 2 else ""
                started = time.perf_counter()
                body = page_html(PAGE.build(desk(name, compare), campaign=name), FRAME, WORDS)
                taken.append((1000 * (time.perf_counter() - started), len(gzip.compress(body))))
            page = PAGE.build(desk(names[0], f"campaign:{names[1]}"), campaign=names[0])
    times = [one for one, _ in taken]
    yield Ratio(f"{PAGES} campaign pages, median", statistics.median(times), "ms")
    yield Ratio(f"{PAGES} campaign pages, p95", statistics.quantiles(times, n=20)[18], "ms", bar=2 * PAGE_MS)
    rendered = []
    for _ in range(40):
        started = time.perf_counter()
        page_html(page, FRAME, WORDS)
        rendered.append(1000 * (time.perf_counter() - started))
    yield Ratio("rendering alone, without queries, median", statistics.median(rendered), "ms", bar=2 * RENDER_MS)
    yield Ratio("HTML of a page, gzip, largest", max(size for _, size in taken) / 1024, "KB", bar=15)
    for name, one in sorted(assets().items()):
        yield Ratio(
            name.split(".")[0] + "." + name.rsplit(".", 1)[1] + ", gzip", len(gzip.compress(one.body)) / 1024, "KB"
        )
