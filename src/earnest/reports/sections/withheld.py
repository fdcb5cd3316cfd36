"""A verdict withheld: the check that failed, its size, and the fix. No figure of the effect."""

from __future__ import annotations

from earnest.kernel.estimate import Unavailable
from earnest.kernel.finding import Finding
from earnest.reports.blocks import Check, Chip, Fact, Said, Verdict
from earnest.reports.sections import facts
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory, ExperimentFacts

GROUP_SIZES = "sample-ratio-mismatch"
MARGIN = "margin-missing"


def verdict(story: CampaignStory, words: Words) -> Verdict:
    """The verdict block."""
    codes = {finding.code for finding in failed(story)} | _reason(story)
    return Verdict(
        "withheld",
        words.say("Result withheld"),
        _headline(story, codes, words),
        _sentences(story, codes, words),
        _facts(story, codes, words),
        _chips(story, codes, words),
        None,
        words.say("What has to be mended first"),
        tuple(_check(finding, words) for finding in failed(story)) or _unavailable(story, words),
    )


def failed(story: CampaignStory) -> tuple[Finding, ...]:
    """Checks that withhold the verdict, those that block everything first."""
    blocking = [finding for finding in story.findings if finding.severity == "blocks"]
    return tuple(
        blocking + [finding for finding in story.findings if finding.severity in ("blocks-gain", "blocks-loss")]
    )


def held_out(facts_: ExperimentFacts) -> tuple[float, float] | None:
    """Planned and actual share of people held out."""
    units = sum(arm.units for arm in facts_.arms)
    planned = sum(arm.planned_share for arm in facts_.arms)
    if not units or not planned:
        return None
    control = [arm for arm in facts_.arms if arm.control]
    return sum(arm.planned_share for arm in control) / planned, sum(arm.units for arm in control) / units


def _reason(story: CampaignStory) -> set[str]:
    contribution = story.returns.get("contribution")
    return {contribution.code} if isinstance(contribution, Unavailable) else set()


def _headline(story: CampaignStory, codes: set[str], words: Words) -> str:
    if GROUP_SIZES in codes:
        return words.say("The two groups are not comparable, so we show no figure.")
    blocking = any(finding.severity == "blocks" and finding.code != MARGIN for finding in story.findings)
    if MARGIN in codes and not blocking:
        return words.say("The gross margin is not known, so we cannot say whether it paid.")
    if failed(story) and not blocking:
        if all(finding.severity == "blocks-loss" for finding in failed(story)):
            return words.say("The cost counts more than the experiment, so we claim no loss.")
        return words.say("The cost is not complete, so we claim no gain.")
    return words.say("A check failed, so we show no figure.")


def _sentences(story: CampaignStory, codes: set[str], words: Words) -> tuple[str, ...]:
    shares = held_out(story.experiment) if story.experiment else None
    if GROUP_SIZES not in codes or shares is None or story.experiment is None:
        return (
            words.say("A figure that rests on this would be believed and repeated. It is shown once this is mended."),
        )
    planned, actual = (words.formats.percent(share, 1) for share in shares)
    p = story.experiment.srm_p
    if p is None:
        return (
            words.say(
                "The hold-out should be %(planned)s of the people but is %(actual)s.", planned=planned, actual=actual
            ),
        )
    return (
        words.say(
            "The hold-out should be %(planned)s of the people but is %(actual)s (%(p)s).",
            planned=planned,
            actual=actual,
            p=words.formats.p_value(p),
        ),
        words.say("Chance alone does not do that, so the groups differ in more than the message."),
    )


def _facts(story: CampaignStory, codes: set[str], words: Words) -> tuple[Fact, ...]:
    """Without a margin the extra revenue is still known, as a range; else nothing but the cost."""
    spent = facts.spent_only(story, words)
    others = any(finding.severity == "blocks" and finding.code != MARGIN for finding in story.findings)
    extra = facts.range_of(story, "incremental_revenue", words)
    if MARGIN not in codes or others or extra is None:
        return spent
    level = words.say("%(level)s interval", level=words.formats.level(story.level))
    return (*spent, Fact(words.say("Extra revenue, before cost of goods"), extra, level))


def _chips(story: CampaignStory, codes: set[str], words: Words) -> tuple[Chip, ...]:
    chips = []
    if GROUP_SIZES in codes:
        chips.append(Chip(words.say("Group sizes do not match"), "neg"))
    if MARGIN in codes:
        chips.append(Chip(words.say("Gross margin not known"), "warn"))
    if story.unrated_messages:
        chips.append(Chip(words.say("Cost is a lower bound"), "warn"))
    return tuple(chips)


def _check(finding: Finding, words: Words) -> Check:
    return Check(
        Said(plain(finding.message), words.foreign),
        size(finding, words),
        words.say("How to mend it"),
        Said(plain(finding.remedy), words.foreign),
    )


def size(finding: Finding, words: Words) -> str | None:
    """How many rows offend, of how many."""
    if finding.rows is None:
        return None
    rows = words.formats.count(finding.rows)
    if not finding.tested:
        return words.count("%(n)s row", "%(n)s rows", finding.rows)
    share = words.formats.share(finding.rows / finding.tested)
    tested = words.formats.count(finding.tested)
    return words.say("%(rows)s of %(tested)s (%(share)s)", rows=rows, tested=tested, share=share)


def _unavailable(story: CampaignStory, words: Words) -> tuple[Check, ...]:
    contribution = story.returns.get("contribution")
    if not isinstance(contribution, Unavailable):
        return ()
    reason, remedy = Said(plain(contribution.reason), words.foreign), Said(plain(contribution.remedy), words.foreign)
    return (Check(reason, None, words.say("How to mend it"), remedy),)
