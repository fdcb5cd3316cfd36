"""What a campaign's verdict asks for, in the words of its report; for campaigns without a hold-out with the size it takes."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.reports.sections.next_step import blocks
from earnest.reports.words import translator
from earnest.usecases.next_steps.ground import Ground, negated
from earnest.usecases.next_steps.sizes import size_of
from earnest.usecases.next_steps.step import Certainty, Effort, Rule, Step
from earnest.verdict import next_step
from earnest.verdict.next_step import Stance, step_after
from earnest.verdict.story import CampaignStory

_EFFORT: dict[next_step.Step, Effort] = {
    next_step.Step.WAIT: "minutes",
    next_step.Step.STOP: "minutes",
    next_step.Step.MEND: "hours",
    next_step.Step.HOLD_OUT: "hours",
}
_STANCE: dict[next_step.Step, Stance] = {next_step.Step.REPEAT: "more", next_step.Step.STOP: "less"}


def find(ground: Ground) -> Iterator[Step]:
    """One step a campaign."""
    for story in ground.stories.values():
        if not story.first_day:
            continue  # nothing was sent yet: lint speaks of its plan
        what = step_after(story.verdict, running=story.running)
        if what is next_step.Step.WAIT and story.experiment is not None and story.experiment.days_to_read_out == 0:
            yield _read_out(story.campaign, story.experiment.experiment, story.experiment.read_out)
            continue
        (block,) = blocks(story, translator())
        said = [
            sentence for sentence in block.sentences if not sentence.endswith(":")
        ]  # what follows there is the evidence here
        why = [*said, *_why(ground, story, what)]
        value, means, certainty = _value(ground, story, what)
        yield Step(
            code=what.value,
            campaign=story.campaign,
            action=f"{story.campaign}: {block.title}.",
            why=tuple(why),
            value=value,
            value_means=means,
            certainty=certainty,
            effort=_EFFORT.get(what, "days"),
            evidence=_evidence(story, what),
            stance=_STANCE.get(what),
        )


def _read_out(campaign: str, experiment: str, day: str) -> Step:
    """An experiment that may be read, and has not been."""
    return Step(
        code="read-out",
        campaign=campaign,
        action=f"{campaign}: read its experiment, the date has come.",
        why=(f"It may be read once, from {day} on; nobody has yet.",),
        value=Unavailable("value-unknown", "nothing may be said before it is read", "Read it."),
        value_means="value unknown",
        certainty="unknown",
        effort="minutes",
        evidence=(f"earnest experiment show {experiment}",),
    )


def _why(ground: Ground, story: CampaignStory, what: next_step.Step) -> list[str]:
    if what is next_step.Step.HOLD_OUT:
        size = size_of(ground, story)
        return [size.sentence()] if size is not None else []
    if what is next_step.Step.MEND:
        return [
            finding.message[0].upper() + finding.message[1:] + "."
            for finding in story.findings
            if finding.severity.startswith("blocks")
        ]
    contribution = story.estimate("contribution")
    if contribution is None or contribution.low is None or what in (next_step.Step.WAIT, next_step.Step.IMPROVE):
        return []
    ends = f"{contribution.low:,.2f} to {contribution.high:,.2f} {contribution.unit}".replace("-", "−")
    return [
        f"Contribution after messaging: {contribution.level or 0:.0%} interval {ends} (measured against the hold-out)."
    ]


def _value(ground: Ground, story: CampaignStory, what: next_step.Step) -> tuple[Figure, str, Certainty]:
    contribution = story.estimate("contribution")
    if what is next_step.Step.REPEAT and isinstance(contribution, Estimate):
        return contribution, "contribution of one more wave like it", "proven"
    if what is next_step.Step.STOP and isinstance(contribution, Estimate):
        return negated(contribution), "loss that is not made again", "proven"
    if what in (next_step.Step.HOLD_OUT, next_step.Step.MEND, next_step.Step.ENLARGE) and story.cost_total.minor > 0:
        spent = ground.money(story.cost_total, population=f"cost of {story.campaign}", definition="total_cost")
        return spent, "spent without knowing whether it pays", "counted"
    why = (
        "nothing may be said before the read-out"
        if what is next_step.Step.WAIT
        else "nothing on record says what it is worth"
    )
    return Unavailable("value-unknown", why, "Measure it against a hold-out."), "value unknown", "unknown"


def _evidence(story: CampaignStory, what: next_step.Step) -> tuple[str, ...]:
    show = f"earnest campaign show {story.campaign}"
    if what is next_step.Step.HOLD_OUT:
        return (show, "earnest experiment add --help")
    if what is next_step.Step.MEND:
        return (show, f"earnest quality check --campaign {story.campaign}")
    if story.experiment is not None:
        return (show, f"earnest experiment show {story.experiment.experiment}")
    return (show,)


RULE = Rule("after-verdict", "what the campaign's verdict asks for, as its report says it", find)
