"""What a user would declare about the shop's campaigns and experiments before importing its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from earnest.simulation.plan import CampaignPlan, Purpose, ShopPlan, read_out_day

TREATMENT, CONTROL = "treatment", "control"


@dataclass(frozen=True, slots=True)
class CampaignDefinition:
    """A campaign as declared. `match` holds rules for messages that name neither callback id nor campaign."""

    id: str
    name: str
    programme: str
    purpose: Purpose
    funnel_stage: str
    objective: str
    primary_kpi: str
    match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExperimentDefinition:
    """An experiment as declared.

    Args:
        arms: arm → planned share, adding up to 1. control: the arm that gets nothing.
        window_days: outcome window from each unit's assignment on. starts: day of assignment.
        read_out: planned day of reading.
    """

    id: str
    campaign: str
    unit: str
    arms: dict[str, float]
    control: str
    window_days: int
    starts: date
    read_out: date
    primary_metric: str


def campaign_definition(plan: ShopPlan, campaign: CampaignPlan) -> CampaignDefinition:
    """Declare a campaign; one that only its template tells needs a match rule, but webhooks tell no template."""
    by_template = campaign.hint == "template" and not plan.by_webhook(campaign)
    return CampaignDefinition(
        id=campaign.id,
        name=campaign.name,
        programme=campaign.programme,
        purpose=campaign.purpose,
        funnel_stage=campaign.funnel_stage,
        objective=campaign.objective,
        primary_kpi=campaign.primary_kpi,
        match=(f"template={campaign.template}",) if by_template else (),
    )


def experiment_id(campaign: CampaignPlan) -> str:
    """Id of the hold-out experiment of a campaign."""
    return f"{campaign.id}-holdout"


def experiment_definition(campaign: CampaignPlan) -> ExperimentDefinition | None:
    """Declare the campaign's experiment, or None where nobody is held out."""
    if not campaign.holdout_share:
        return None
    return ExperimentDefinition(
        id=experiment_id(campaign),
        campaign=campaign.id,
        unit="contact",
        arms={TREATMENT: round(1 - campaign.holdout_share, 6), CONTROL: campaign.holdout_share},
        control=CONTROL,
        window_days=campaign.window_days,
        starts=campaign.day,
        read_out=read_out_day(campaign),
        primary_metric="revenue",
    )
