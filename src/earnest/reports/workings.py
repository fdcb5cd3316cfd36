"""The numbers behind a campaign's report, as far as its verdict lets them be told, for files that compute.

    effect   extra revenue: two amounts whose difference it is, and its interval; or only the interval; or why none
    margin   what turns it into gross profit
    costs    what is taken off

From these three every return follows, so a workbook recomputes them when somebody changes the margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.verdict.bridge import Bridge
from earnest.verdict.story import ArmLine, CampaignStory, CostLine, ExperimentFacts
from earnest.verdict.verdict import Verdict

PROVEN = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS)
CLAIMS_TOLD = (*PROVEN, Verdict.INCONCLUSIVE, Verdict.NO_HOLDOUT)
MARGIN_MISSING = "margin-missing"
NO_HOLDOUT = Unavailable(
    "no-holdout",
    "nobody was held out by chance, so what would have come anyway is unknown",
    "Hold out some of the audience next time: earnest experiment add ID --campaign … --arm … --control …",
)
NOT_JUDGED = Unavailable(
    "not-judged-by-roi", "a service or brand campaign is judged by its own measures", "Read its measures."
)
WITHHELD = Unavailable("withheld", "a health check failed, so no figure of the effect is told", "Mend what it names.")


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody assigned to one side of the comparison: people, and what they paid in the outcome window."""

    people: int
    revenue: Money


@dataclass(frozen=True, slots=True)
class Point:
    """What a proven extra revenue is the difference of.

    Args:
        messaged: revenue of everybody assigned to be messaged.
        anyway: what would have come anyway: the hold-out's mean times the number messaged.
        groups: the messaged and the held-out that give these amounts; None where the story does not hold them.
    """

    messaged: Money
    anyway: Money
    groups: tuple[Group, Group] | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Extra revenue: its interval in major units, and the point, which is None where the verdict is open."""

    low: float
    high: float
    level: float
    method: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class Workings:
    """What a workbook computes with.

    Args:
        effect: extra revenue, or why none is told.
        margin: gross margin, 0–1, or why it is not known; `margin_assumed` is its basis.
        costs: lines of cost; `cost_total` is exact, so their rounded sum may differ from it by cents.
        lower_bound: whether some messages have no price.
        claims: revenue each attribution rule would claim; empty where none may stand beside the verdict.
        story: the campaign they were taken from; what it holds beyond the above is not to be told without its verdict.
    """

    currency: str
    level: float
    verdict: Verdict
    effect: Effect | Unavailable
    margin: Decimal | Unavailable
    margin_assumed: bool
    costs: tuple[CostLine, ...]
    cost_total: Money
    lower_bound: bool
    claims: tuple[tuple[str, Money], ...]
    story: CampaignStory


def workings_of(story: CampaignStory) -> Workings:
    """Take the numbers out of a story, leaving behind what its verdict does not let people see."""
    margin = story.margin
    return Workings(
        currency=story.currency,
        level=story.level,
        verdict=story.verdict,
        effect=_effect(story),
        margin=Decimal(str(margin.value)) if isinstance(margin, Estimate) else margin,
        margin_assumed=isinstance(margin, Estimate) and margin.basis == "assumed",
        costs=tuple(sorted(story.costs, key=lambda line: -line.amount.minor)),
        cost_total=story.cost_total,
        lower_bound=story.unrated_messages > 0,
        claims=tuple(story.claims.items()) if story.verdict in CLAIMS_TOLD else (),
        story=story,
    )


def returns_told(story: CampaignStory) -> bool:
    """Whether intervals of the returns may be told: after a proven or an open verdict."""
    return story.verdict in (*PROVEN, Verdict.INCONCLUSIVE)


def _effect(story: CampaignStory) -> Effect | Unavailable:
    extra = story.returns.get("incremental_revenue")
    if story.verdict is Verdict.NOT_JUDGED_BY_ROI:
        return NOT_JUDGED
    if story.verdict is Verdict.NO_HOLDOUT:
        return NO_HOLDOUT
    if story.verdict is Verdict.WITHHELD and not _only_margin_missing(story):
        return WITHHELD
    if isinstance(extra, Unavailable):
        return extra
    if extra is None or extra.low is None or extra.high is None:
        return WITHHELD
    point = _point(story, story.bridge) if story.verdict in PROVEN and story.bridge else None
    return Effect(extra.low, extra.high, extra.level or story.level, extra.method, point)


def _only_margin_missing(story: CampaignStory) -> bool:
    """Whether the verdict is withheld for want of a margin alone: the extra revenue is sound then, as a range."""
    blocking = {finding.code for finding in story.findings if finding.severity == "blocks"}
    left = story.returns.get("contribution")
    missing = isinstance(left, Unavailable) and left.code == MARGIN_MISSING
    return missing and not blocking - {MARGIN_MISSING} and not story.unrated_messages


def _point(story: CampaignStory, bridge: Bridge) -> Point:
    groups = _groups(story.experiment) if story.experiment else None
    if groups and not _agree(groups, bridge):
        groups = None
    return Point(bridge.messaged_revenue, bridge.would_have_come_anyway, groups)


def _groups(facts: ExperimentFacts) -> tuple[Group, Group] | None:
    messaged = _pooled([arm for arm in facts.arms if not arm.control])
    held = _pooled([arm for arm in facts.arms if arm.control])
    return (messaged, held) if messaged and held and held.people else None


def _pooled(arms: list[ArmLine]) -> Group | None:
    if not arms:
        return None
    total = arms[0].revenue
    for arm in arms[1:]:
        total = total + arm.revenue
    return Group(sum(arm.units for arm in arms), total)


def _agree(groups: tuple[Group, Group], bridge: Bridge) -> bool:
    """Whether the groups give the bridge: to half a unit, as far as a report shows it. Else the bridge alone is told."""
    messaged, held = groups
    anyway = held.revenue.decimal / held.people * messaged.people
    return messaged.revenue == bridge.messaged_revenue and abs(
        anyway - bridge.would_have_come_anyway.decimal
    ) < Decimal("0.5")
