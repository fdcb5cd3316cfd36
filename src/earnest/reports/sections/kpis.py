"""KPI cards: each figure with its denominator, its interval and what is typical by the same definition."""

from __future__ import annotations

from earnest.charts.bullet import Bullet
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.reports.blocks import Block, Chip, Fact, KpiCard, KpiRow, Said
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.reports.words.units import between, figure
from earnest.verdict.story import CampaignStory, KpiLine
from earnest.verdict.verdict import Verdict

ALL_BASES = ("observed", "assumed", "attributed", "incremental")
EFFECTS_KEPT = {
    Verdict.WITHHELD: ("observed", "assumed"),
    Verdict.NOT_JUDGED_BY_ROI: ("observed", "assumed"),
    Verdict.NO_HOLDOUT: ("observed", "assumed", "attributed"),
}


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The cards under a title that counts how they stand, or nothing without KPIs."""
    cards = tuple(card(line, story, words) for line in shown(story))
    if not cards:
        return ()
    subtitle = words.say("Dot: this campaign. Band: what is typical, where a benchmark has the same definition.")
    return (KpiRow(_finding(story, words), subtitle, cards),)


def shown(story: CampaignStory) -> tuple[KpiLine, ...]:
    """KPIs this verdict lets be shown: no return where none is judged, no effect where it is withheld."""
    kept = EFFECTS_KEPT.get(story.verdict, ALL_BASES)
    lines = (line for line in story.kpis if isinstance(line.figure, Unavailable) or line.figure.basis in kept)
    if story.verdict is not Verdict.NOT_JUDGED_BY_ROI:
        return tuple(lines)
    return tuple(line for line in lines if "roi" not in line.kpi and "roas" not in line.kpi)


def state(line: KpiLine) -> str | None:
    """better, worse, in or outside the typical range; None where nothing comparable is known."""
    found = line.figure
    if isinstance(found, Unavailable) or bounded(found) or line.typical_low is None or line.typical_high is None:
        return None
    if line.typical_low <= found.value <= line.typical_high:
        return "in"
    if line.direction not in {"higher", "lower"}:
        return "outside"
    above = found.value > line.typical_high
    return "better" if above == (line.direction == "higher") else "worse"


def bounded(found: Estimate) -> bool:
    """Whether the figure is a pair of bounds: neither a point nor an interval of confidence."""
    return found.method == "bounds" and found.low is not None and found.high is not None


_LEADING = ("messages_delivered", "reply_rate", "opt_out_rate")


def leading(story: CampaignStory, words: Words) -> tuple[Fact, ...]:
    """Reach, replies and opt-outs as facts, for a verdict that is about them; others where one is missing."""
    facts = []
    for line in sorted(shown(story), key=lambda line: line.kpi not in _LEADING):
        if isinstance(line.figure, Estimate):
            told = card(line, story, words)
            facts.append(Fact(told.name, told.value, told.state, told.state_tone))
    return tuple(facts[:3])


def _hidden(line: KpiLine, story: CampaignStory) -> bool:
    """Whether the point must not be shown: an effect that is not proven."""
    open_ = story.verdict is Verdict.INCONCLUSIVE
    return open_ and isinstance(line.figure, Estimate) and line.figure.basis == "incremental"


def _finding(story: CampaignStory, words: Words) -> str:
    states = [found for line in shown(story) if not _hidden(line, story) and (found := state(line))]
    if not states:
        return words.say("No comparable benchmark for these measures")
    worse = states.count("worse")
    if not worse:
        return words.say("No measure is worse than typical")
    return words.count("%(n)s measure is worse than typical", "%(n)s measures are worse than typical", worse)


def card(line: KpiLine, story: CampaignStory, words: Words) -> KpiCard:
    """One KPI as a card: what everything that shows it takes its words from."""
    name = terms.kpi(line.kpi, line.name, words)
    found = line.figure
    if isinstance(found, Unavailable):
        why, remedy = Said(plain(found.reason), words.foreign), Said(plain(found.remedy), words.foreign)
        return KpiCard(name, words.say("n/a"), "none", None, (why,), None, None, remedy=remedy)
    if bounded(found):
        ends = _between(line.kpi, found, words)
        return KpiCard(name, ends, "range", _basis(found, words), _bounds(line, found, words), None, None)
    hidden = _hidden(line, story)
    value = _ends(line.kpi, found, words) if hidden else figure(line.kpi, found.value, found, words)
    stand = None if hidden else state(line)
    said, tone = _stand(stand, words)
    if found.basis == "attributed":
        tone = "plain"
    return KpiCard(
        name,
        value or words.say("n/a"),
        "range" if hidden else "attr" if found.basis == "attributed" else "plain",
        _basis(found, words),
        _details(line, found, hidden, words),
        _bullet(line, ": ".join((name, ", ".join(filter(None, (value, said))))), hidden),
        _typical(line, found, words),
        said,
        tone,
    )


def _stand(stand: str | None, words: Words) -> tuple[str | None, str]:
    said = {
        "in": (words.say("in range"), "plain"),
        "outside": (words.say("outside the range"), "plain"),
        "better": (words.say("better"), "pos"),
        "worse": (words.say("worse"), "neg"),
    }
    return said[stand] if stand else (None, "plain")


def _basis(found: Estimate, words: Words) -> Chip | None:
    chips = {
        "attributed": Chip(words.say("would claim"), "attr"),
        "incremental": Chip(words.say("extra"), "info"),
        "assumed": Chip(words.say("assumed"), "warn"),
    }
    return chips.get(found.basis)


def _details(line: KpiLine, found: Estimate, hidden: bool, words: Words) -> tuple[Said, ...]:
    said = _whole(line, found, words)
    if found.low is not None and found.level is not None:
        level = words.formats.level(found.level)
        if hidden:
            said.append(Said(words.say("%(level)s interval", level=level)))
        else:
            ends = _ends(line.kpi, found, words) or ""
            said.append(Said(words.say("%(level)s interval %(range)s", level=level, range=ends)))
    return tuple(said)


def _whole(line: KpiLine, found: Estimate, words: Words) -> list[Said]:
    """What the figure is a share of."""
    if not line.denominator:
        return []
    of = terms.denominator(line.denominator, words)
    if found.n is None:
        return [Said(words.say("of %(denominator)s", denominator=of))]
    return [Said(words.say("of %(n)s %(denominator)s", n=words.formats.count(found.n), denominator=of))]


def _bounds(line: KpiLine, found: Estimate, words: Words) -> tuple[Said, ...]:
    """The denominator, and why only bounds are known."""
    whys = {"adjusted_read_rate": words.say("bounds: receipts can be switched off")}
    why = whys.get(line.kpi, words.say("bounds: the true figure lies between them"))
    return (*_whole(line, found, words), Said(why))


def _ends(kpi: str, found: Estimate, words: Words) -> str | None:
    if found.low is None or found.high is None:
        return None
    if found.unit == "share" and found.low >= 0:
        return words.formats.share_range(found.low, found.high, 1 if found.low >= 0.01 else 2)
    return _between(kpi, found, words)


def _between(kpi: str, found: Estimate, words: Words) -> str:
    """Both ends in full: 70.0% to 90.0%."""
    assert found.low is not None, "a range has ends"
    assert found.high is not None, "a range has ends"
    low, high = (figure(kpi, end, found, words, point=False) for end in (found.low, found.high))
    return words.say("%(low)s to %(high)s", low=low, high=high)


def _typical(line: KpiLine, found: Estimate, words: Words) -> str:
    if line.typical_low is None or line.typical_high is None:
        return words.say("no comparable benchmark")
    ends = between(line.kpi, (line.typical_low, line.typical_high), found, words)
    return words.say("typical %(range)s", range=ends)


def _bullet(line: KpiLine, title: str, hidden: bool) -> Bullet | None:
    if not isinstance(line.figure, Estimate) or line.typical_low is None or line.typical_high is None:
        return None
    states = {"better": "good", "worse": "bad"}
    return Bullet(
        title=title,
        value=None if hidden else line.figure.value,
        low=line.typical_low,
        high=line.typical_high,
        ceiling=1.0 if line.figure.unit == "share" else None,
        state=states.get(state(line) or "", "plain"),
        hollow=line.figure.basis == "attributed",
    )
