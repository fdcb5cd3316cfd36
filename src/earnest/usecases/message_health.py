"""Health checks of what a provider did with a campaign's messages: categories changed, people Meta chose not to reach."""

from __future__ import annotations

from earnest.events.failure import FailureClass
from earnest.kernel.finding import Finding
from earnest.usecases.measure import Measured

_NOTABLE = 0.005
"""Share of the sent messages from which Meta's own choice of whom to skip is worth a word."""


def message_findings(measured: Measured) -> list[Finding]:
    """What a reader must know of how the provider treated the messages."""
    return [*_recategorised(measured), *_chosen_by_meta(measured)]


def _recategorised(measured: Measured) -> list[Finding]:
    """One campaign, several categories: a template changed category, or several kinds of templates were sent."""
    spans = [span for span in measured.provider.categories if not span.category.endswith("_lite")]
    if len({span.category for span in spans}) < 2:
        return []
    told = [
        f"{span.messages:,} as {span.category} ({span.first_day} to {span.last_day}{_price(measured, span.category)})"
        for span in spans
    ]
    return [
        Finding(
            "category-changed",
            "informs",
            f"Meta charges this campaign's messages in {len(spans)} categories: {', '.join(told)}",
            "If a template was recategorised, the price changed with it: see `earnest account notices --topic template_category_update`.",
            rows=sum(span.messages for span in spans[1:]),
            tested=sum(span.messages for span in spans),
        )
    ]


def _price(measured: Measured, category: str) -> str:
    """ ", on average USD 0.0564 a charged message"."""
    lines = [line for line in measured.provider.charges if line.category == category and line.micro]
    messages = sum(line.charged for line in lines)
    if not messages or len({line.currency for line in lines}) != 1:
        return ""
    average = sum(line.micro or 0 for line in lines) / messages / 1_000_000
    return f", on average {lines[0].currency} {average:.4f} a charged message"


def _chosen_by_meta(measured: Measured) -> list[Finding]:
    """Meta skipped people by a rule of its own: comparing those reached with the others would be biased."""
    kinds = (FailureClass.CAPPED_BY_META, FailureClass.HIDDEN_EXPERIMENT)
    skipped = sum(f.messages for f in measured.provider.failures if f.failure_class in kinds)
    sent = measured.measures["sent"]
    if not sent or skipped < _NOTABLE * sent:
        return []
    return [
        Finding(
            "chosen-by-meta",
            "informs",
            f"Meta held back {skipped:,} of {sent:,} messages (per-person cap or its own experiment): it chose whom",
            "Nothing to do: the verdict counts everybody as assigned. Do not compare people reached with people not reached.",
            rows=skipped,
            tested=sent,
        )
    ]
