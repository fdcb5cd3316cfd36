"""What to know before believing a figure: warnings, restatement, assumptions, method."""

from __future__ import annotations

from earnest.kernel.estimate import Estimate
from earnest.kernel.finding import Finding
from earnest.reports.blocks import Assumptions, Block, Callout, Fact, Method, Said
from earnest.reports.sections import kpis
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory, KpiLine
from earnest.verdict.verdict import Verdict

RANDOMISED = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE)


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """Callouts, assumptions, method."""
    warnings = [_callout(finding, words) for finding in story.findings if _shown(finding, story)]
    return (*_restated(story, words), *warnings, *_assumptions(story, words), _method(story, words))


def _shown(finding: Finding, story: CampaignStory) -> bool:
    """Warnings, and checks that would withhold the opposite verdict: what withheld this one stands at its top already."""
    return finding.severity in {"warns", "informs"} or (
        finding.severity in {"blocks-gain", "blocks-loss"} and story.verdict is not Verdict.WITHHELD
    )


def _callout(finding: Finding, words: Words) -> Callout:
    message, remedy = Said(plain(finding.message), words.foreign), Said(plain(finding.remedy), words.foreign)
    if finding.severity != "informs":
        return Callout("warn", words.say("Watch out"), message, remedy)
    return Callout("info", words.say("Good to know"), message, remedy)


def _restated(story: CampaignStory, words: Words) -> tuple[Callout, ...]:
    """By today's data, beside the recorded reading; its interval only, the recorded verdict stands."""
    today = (story.restated or {}).get("incremental_return")
    if story.verdict not in RANDOMISED or not isinstance(today, Estimate) or today.low is None or today.high is None:
        return ()
    low, high = (words.formats.per_one(end, story.currency) for end in (today.low, today.high))
    level = words.formats.level(today.level or story.level)
    title = words.say("By today's data the %(level)s interval is %(low)s to %(high)s", level=level, low=low, high=high)
    body = words.say(
        "Orders and refunds went on after the reading. The recorded reading stands; this is shown beside it."
    )
    return (Callout("info", words.say("Restated"), Said(title), Said(body)),)


def _assumptions(story: CampaignStory, words: Words) -> tuple[Assumptions, ...]:
    items = [_assumed(code, story, words) for code in story.assumptions]
    margin = story.margin
    if not items and isinstance(margin, Estimate) and margin.basis == "assumed":
        items.append(_assumed("margin", story, words))
    return (Assumptions(words.say("Assumed, not measured"), tuple(items)),) if items else ()


def _assumed(code: str, story: CampaignStory, words: Words) -> Said:
    """What a code stands for; a text of somebody else's as it is."""
    if code == "margin" and isinstance(story.margin, Estimate):
        return Said(words.say("Gross margin %(margin)s (assumed)", margin=words.formats.percent(story.margin.value, 1)))
    if code == "order-capture":
        return Said(words.say("The orders counted here are all there were, in both groups alike."))
    if code == "assumed-cost":
        amounts = [line.amount for line in story.costs if line.evidence == "assumed"]
        total = words.formats.exact(sum(amounts[1:], amounts[0])) if amounts else words.formats.exact(story.cost_total)
        return Said(words.say("%(amount)s of the cost is an estimate, not a bill.", amount=total))
    return Said(plain(code), words.foreign)


def _method(story: CampaignStory, words: Words) -> Method:
    say = words.say
    header = (say("Measure"), say("Formula"), say("Denominator"), say("Typical range from"))
    return Method(
        say("How this was measured"),
        tuple(_sentences(story, words)),
        say("Definitions of the measures"),
        header,
        tuple(_definition(line, words) for line in kpis.shown(story)),
        _provenance(story, words),
    )


def _sentences(story: CampaignStory, words: Words) -> list[str]:
    say, level = words.say, words.formats.level(story.level)
    sentences = []
    if story.verdict in RANDOMISED:
        sentences = [
            say("Chance decided who was messaged, so what the groups bought differs by the message and by luck alone."),
            say(
                "%(level)s interval: in %(level)s of such experiments a range made this way holds the true figure.",
                level=level,
            ),
            say("Cost and gross margin are taken as known, so the interval is that of the extra revenue."),
        ]
    elif story.verdict is Verdict.NO_HOLDOUT:
        sentences = [say("Attribution shares orders out over messages by a rule; it measures no effect.")]
    sentences.append(
        say("Revenue is what was paid, less tax, shipping and refunds; discounts are not counted as a cost.")
    )
    return sentences


def _definition(line: KpiLine, words: Words) -> tuple[Said, ...]:
    return (
        Said(terms.kpi(line.kpi, line.name, words)),
        Said(plain(line.formula), words.foreign),
        Said(terms.denominator(line.denominator, words) if line.denominator else "–"),
        Said(plain(line.typical_source), words.foreign)
        if line.typical_source
        else Said(words.say("no comparable benchmark")),
    )


def _provenance(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    say = words.say
    returned = story.estimate("incremental_return")
    facts = [Fact(say("Campaign"), plain(story.campaign))]
    if story.experiment:
        facts.append(Fact(say("Experiment"), plain(story.experiment.experiment)))
    if returned and story.verdict in RANDOMISED:
        facts.append(Fact(say("Interval method"), plain(returned.method)))
    facts.append(Fact(say("Data generation"), plain(story.generation)))
    facts.append(Fact(say("As of"), words.formats.instant(story.as_of)))
    facts.append(Fact(say("Earnest version"), plain(story.version)))
    return tuple(facts)
