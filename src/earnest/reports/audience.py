"""Audiences: who reads a report, what it tells them first, and what it leaves out. All are told in one order:

situation → what we did → result → next step, then what to know before believing it; titles are findings.

What a verdict allows to be said does not depend on who reads it: no audience sees a point of an inconclusive result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError
from earnest.kpis.catalogue import all_kpis
from earnest.reports.words import Words
from earnest.verdict.story import CampaignStory, KpiLine
from earnest.verdict.verdict import Verdict

OPENING, CLOSING = ("opening",), ("caveats",)
MONEY_FAMILIES = ("cost", "money", "incremental", "customers")
SEEN_FAMILIES = ("consent", "conversion", "delivery", "reading", "response", "satisfaction", "service", "standing")


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a report.

    Args:
        reader: who that is, in words. opens_with: what the result tells first, in words.
        sections: slugs of `campaign.SECTIONS` between the opening and the caveats, in order; what is not named is left out.
        kpi_families: families of the catalogue whose KPIs have a card. A campaign that is not judged by its return is judged by its
            KPIs: it shows all of them, to everybody.
        may_hide_costs: whether the internal costs can be left out.
    """

    id: str
    reader: str
    opens_with: str
    sections: tuple[str, ...]
    kpi_families: tuple[str, ...]
    may_hide_costs: bool = False

    def view(self, story: CampaignStory, *, hide_costs: bool = False) -> CampaignStory:
        """The story with the KPIs this audience sees; its verdict and figures stay what they are."""
        by_kpis = story.verdict is Verdict.NOT_JUDGED_BY_ROI
        kept = (*MONEY_FAMILIES, *SEEN_FAMILIES) if by_kpis else self.kpi_families
        if hide_costs:
            kept = tuple(family for family in kept if family not in MONEY_FAMILIES)
        return replace(story, kpis=tuple(line for line in story.kpis if _family(line) in kept))

    def kind(self, words: Words) -> str:
        """What the report calls itself."""
        kinds = {
            "cfo": words.say("Campaign report for finance"),
            "cmo": words.say("Campaign report for marketing"),
            "crm": words.say("Campaign report for the CRM team"),
            "client": words.say("Campaign report in short"),
        }
        return kinds[self.id]


AUDIENCES: dict[str, Audience] = {
    one.id: one
    for one in (
        Audience(
            "cfo",
            "finance",
            "what is left after all cost, its interval, and whether a loss lies within it",
            (
                "money_first",
                "bridge",
                "sensitivity",
                "costs",
                "charges",
                "kpis",
                "experiment",
                "attribution",
                "next_step",
            ),
            MONEY_FAMILIES,
        ),
        Audience(
            "cmo",
            "head of marketing",
            "goals reached or not, then what stands beside typical ranges",
            ("result", "goals", "kpis", "bridge", "reach", "attribution", "experiment", "next_step"),
            (*MONEY_FAMILIES, *SEEN_FAMILIES),
        ),
        Audience(
            "crm",
            "CRM manager",
            "the result and what to change next, then where messages are lost",
            ("result", "next_step", "goals", "reach", "failures", "kpis", "attribution", "experiment"),
            SEEN_FAMILIES,
        ),
        Audience(
            "client",
            "agency or client",
            "one page: the verdict, its charts and how it was measured",
            ("result", "bridge", "reach", "kpis", "next_step"),
            (),
            may_hide_costs=True,
        ),
    )
}
"""Every audience by its id, in the order in which they are offered."""


def find_audience(name: str) -> Audience:
    """An audience by its id.

    Raises:
        UsageError: `no-such-audience`.
    """
    return look_up(AUDIENCES, name, what="audience", listed="Audiences", refusal=(UsageError, "no-such-audience"))


def check_hiding(audience: Audience | None, *, hide_costs: bool) -> None:
    """Refuse to hide the costs from those who are to check them.

    Raises:
        UsageError: `costs-not-hidden`.
    """
    if hide_costs and (audience is None or not audience.may_hide_costs):
        whom = f"a report for {audience.reader}" if audience else "a report for everybody"
        raise UsageError(
            "costs-not-hidden",
            f"{whom} is about its costs, so they cannot be hidden in it",
            hint="Only the audience client leaves out internal costs: --audience client --hide-costs.",
        )


def _family(line: KpiLine) -> str | None:
    known = all_kpis().get(line.kpi)
    return known.family if known else None
