"""The KPI catalogue: one entry a KPI, grouped by family."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import replace

from earnest.kernel.errors import NotFound, closest
from earnest.kpis.kpi import Kpi

HEADLINE = (
    "messages_delivered", "delivery_rate", "failure_rate", "frequency_capped_rate", "invalid_number_rate", "read_rate",
    "adjusted_read_rate", "click_through_rate", "total_clicks", "bot_click_share", "reply_rate", "conversations", "conversion_rate",
    "opt_out_rate", "attributed_revenue", "revenue_per_recipient", "total_cost",
    "paid_share", "cost_per_order", "roas", "roi", "incremental_return",
)  # fmt: skip
"""Order in which KPIs are listed, and campaigns show theirs."""

STORY = (*HEADLINE, "csat", "nps", "survey_attributed_share", "survey_response_rate")
"""What a campaign's story shows; the others are asked for: `earnest kpi show`."""

HEADLINE_KPIS = ("messages_delivered", "conversion_rate", "attributed_revenue", "total_cost", "incremental_return")
SECONDARY_KPIS = ("click_through_rate", "reply_rate", "opt_out_rate", "roas")
"""Which 5 lead and which 4 follow until somebody sets others: reach, effect, claim, cost, proof; then what people did."""


def all_kpis() -> dict[str, Kpi]:
    """Every KPI, found in the family modules, in headline order and then by id."""
    return dict(_scanned())


def story_kpis() -> list[Kpi]:
    """The KPIs of a campaign's story, in the order in which it shows them."""
    return [kpi for name, kpi in _scanned().items() if name in STORY]


def find(name: str) -> Kpi:
    """Look up a KPI by id or synonym, in capitals or not: CTR, ctr, click-through-rate.

    Raises:
        NotFound: `no-such-kpi`.
    """
    entries = all_kpis()
    name = name.strip().lower().replace("-", "_")
    synonyms = {synonym: kpi.id for kpi in entries.values() for synonym in kpi.synonyms}
    if name not in entries and name not in synonyms:
        raise NotFound(
            "no-such-kpi",
            f"there is no KPI '{name}'{closest(name, [*entries, *synonyms])}",
            hint="See `earnest kpi list`.",
        )
    return entries[synonyms.get(name, name)]


@functools.cache
def _scanned() -> dict[str, Kpi]:
    entries: dict[str, Kpi] = {}
    for module in pkgutil.iter_modules(__path__):
        for kpi in importlib.import_module(f"{__name__}.{module.name}").KPIS:
            entries[kpi.id] = replace(kpi, family=module.name)
    order = {name: place for place, name in enumerate(HEADLINE)}
    return dict(sorted(entries.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))
