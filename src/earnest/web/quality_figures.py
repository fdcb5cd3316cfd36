"""The audit on a page: grade and score with their parts, the interval of everything, checks by severity with what each touches."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.audit.result import SEVERITIES, CheckResult, PartScore, Quality
from earnest.kernel.estimate import Estimate, Figure
from earnest.reports.blocks import Chip, Fact, Said, Verdict
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.web.desk import Desk
from earnest.web.page import Cell, Column, Listing

TONES = {"blocks": "neg", "blocks-gain": "neg", "blocks-loss": "neg", "warns": "warn", "informs": "info"}
_STATES = {"A": "gain", "B": "gain", "C": "open", "D": "open", "E": "withheld"}


def answer(found: Quality, words: Words) -> Verdict:
    """Can these figures be trusted? The grade, what holds it down, and the strongest word it allows."""
    say, form = words.say, words.formats
    score = form.decimal(found.score, 0)
    label = say("Grade %(grade)s, score %(score)s of 100", grade=found.grade, score=score)
    facts = (
        Fact(say("Customers known"), _rate(found.facts["match_rate"], words), say("of all orders")),
        Fact(say("Finance's orders here"), *_capture(found, words)),
        Fact(say("Told twice"), form.share(found.facts["duplicate_share"]), say("of all orders")),
        Fact(say("Buyers in the smaller group"), form.count(found.facts["buyers"])),
        *_total(found, words),
    )
    return Verdict(
        _STATES[found.grade], label, _headline(found, words), _sentences(found, words), facts, _chips(found, words)
    )


def _headline(found: Quality, words: Words) -> str:
    said = {
        "A": words.say("These figures can be trusted."),
        "B": words.say("These figures can be trusted, with small reservations."),
        "C": words.say("These figures can be used with care."),
        "D": words.say("These figures only indicate; do not decide by them alone."),
        "E": words.say("Some of these figures cannot be trusted."),
    }
    return said[found.grade]


def _sentences(found: Quality, words: Words) -> tuple[str, ...]:
    told = []
    if found.graded.limits:
        names = words.formats.together([_limit(one, words) for one in found.graded.limits])
        told.append(words.say("What holds the grade down: %(limits)s.", limits=names))
    cap = {
        "proven": words.say("The strongest word these data allow is “proven”."),
        "suggests": words.say("The strongest word these data allow is “suggests”."),
        "would claim": words.say("The strongest word these data allow is “would claim”."),
        "indicates": words.say("The strongest word these data allow is “indicates”."),
        "cannot be told": words.say(
            "Until it is mended, nothing that rests on it can be told; campaigns that it does not touch stand."
        ),
    }[found.graded.wording_cap]
    return (*told, cap)


def _limit(name: str, words: Words) -> str:
    known = {
        "evidence": words.label("grade", "evidence"),
        "match rate": words.label("grade", "customers known"),
        "capture rate": words.label("grade", "finance's orders here"),
        "duplicate share": words.label("grade", "orders told twice"),
        "buyers": words.label("grade", "too few buyers"),
        "sample ratio": words.label("grade", "sizes of the experiment's groups"),
        "freshness": words.label("grade", "freshness"),
        "score": words.label("grade", "the score"),
    }
    return known.get(name, plain(name))


def _rate(rate: float | None, words: Words) -> str:
    return words.say("n/a") if rate is None else words.formats.share(rate)


def _capture(found: Quality, words: Words) -> tuple[str, str]:
    rate = found.facts["capture_rate"]
    if rate is None:
        return words.say("not told"), words.say("taken to be all of them")
    return words.formats.share(rate), words.say("as finance counts them")


def _total(found: Quality, words: Words) -> tuple[Fact, ...]:
    """The return with sampling and defects together: attributed, and said so."""
    figure, form = found.total, words.formats
    one = form.money(1, found.currency)
    label = words.say("Attributed gross profit for each %(one)s", one=one)
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return (Fact(label, words.say("n/a"), getattr(figure, "reason", None), "attr"),)
    low, high = form.per_one(figure.low, found.currency), form.per_one(figure.high, found.currency)
    ends = words.say("%(low)s to %(high)s", low=low, high=high)
    level = form.level(figure.level or 0.95)
    return (Fact(label, ends, words.say("%(level)s interval of chance and defects together", level=level), "attr"),)


def _chips(found: Quality, words: Words) -> tuple[Chip, ...]:
    passed = sum(one.passed and bool(one.tested) for one in found.checks)
    return (
        *(Chip(text, "neg" if gravest else "warn") for text, gravest in _failed(found, words)),
        Chip(words.count("%(n)s check passed", "%(n)s checks passed", passed), "pos"),
        Chip(words.count("%(n)s had nothing to look at", "%(n)s had nothing to look at", len(found.skipped))),
    )


def _failed(found: Quality, words: Words) -> list[tuple[str, bool]]:
    number = len(found.failed)
    gravest = any(one.severity.startswith("blocks") for one in found.failed)
    return [(words.count("%(n)s check failed", "%(n)s checks failed", number), gravest)] if number else []


def parts(found: Quality, words: Words) -> Listing:
    """The score, part by part: a part's share of passed checks, weighed."""
    columns = (
        Column(words.say("Part")),
        Column(words.say("Score"), "num"),
        Column(words.say("Weight"), "num", wide=True),
        Column(words.say("Failed"), wide=True),
    )
    worst = min(found.parts, key=lambda one: one.score, default=None)
    title = words.say("What the score is made of")
    if worst is not None and worst.score < 100:
        name = _part(worst.part, words)
        title = words.say("The weakest part: %(part)s", part=name)
    subtitle = words.say("Weighted mean of the parts; each is the weight of its checks that passed")
    return Listing(title, subtitle, columns, tuple(_part_row(one, words) for one in found.parts), width=6)


def _part_row(one: PartScore, words: Words) -> tuple[Cell, ...]:
    number = words.formats.count(one.checks)
    failed = Cell(words.say("none of %(checks)s", checks=number), tone="none")
    if one.failed:
        failed = Cell(", ".join(one.failed))
    return (
        Cell(_part(one.part, words), detail=Said(plain(one.why), words.foreign)),
        Cell(words.formats.decimal(one.score, 0), tone="plain" if one.score >= 90 else "neg"),
        Cell(words.formats.percent(one.weight, 0)),
        failed,
    )


def _part(code: str, words: Words) -> str:
    known = {
        "completeness": words.label("part", "Completeness"),
        "validity": words.label("part", "Validity"),
        "identity": words.label("part", "Identity"),
        "timeliness": words.label("part", "Timeliness"),
        "consistency": words.label("part", "Consistency"),
        "cost": words.label("part", "Cost"),
        "experiment": words.label("part", "Experiments"),
        "consent": words.label("part", "Consent"),
    }
    return known.get(code, plain(code))


def severity(code: str, words: Words) -> str:
    """What a failed check does to verdicts."""
    known = {
        "blocks": words.say("Withholds every verdict"),
        "blocks-gain": words.say("Withholds a gain"),
        "blocks-loss": words.say("Withholds a loss"),
        "warns": words.say("Warns"),
        "informs": words.say("For information"),
    }
    return known[code]


def checks(desk: Desk, found: Quality) -> tuple[Listing, ...]:
    """Failed checks, one list a severity; the gravest first."""
    words = desk.words
    columns = (
        Column(words.say("Check")),
        Column(words.say("Rows"), "num", wide=True),
        Column(words.say("Effect on contribution"), "num", hint=words.say("What the defect adds: plus means the figures are too good")),
        Column(words.say("Figures it touches"), wide=True),
        Column(words.say("How to mend it"), wide=True),
    )  # fmt: skip
    lists: list[Listing] = []
    for code in SEVERITIES:
        mine = [one for one in found.failed if one.severity == code]
        if mine:
            title, subtitle = severity(code, words), "" if lists else _basis(found, words)
            lists.append(Listing(title, subtitle, columns, tuple(_check_row(desk, one) for one in mine)))
    return tuple(lists)


def _basis(found: Quality, words: Words) -> str:
    if found.basis == "contribution":
        return words.say(
            "Effect in money on attributed revenue × margin − cost, found by computing again without the defect"
        )
    return words.say("Effect in money on attributed revenue − cost, as no margin is set")


def _check_row(desk: Desk, one: CheckResult) -> tuple[Cell, ...]:
    words, form = desk.words, desk.words.formats
    rows, tested = form.count(one.rows), form.count(one.tested)
    of = Said(words.say("of %(tested)s tested", tested=tested)) if one.tested else None
    return (
        Cell(
            one.code, link=desk.asked.plain("/quality", check=one.code), detail=Said(plain(one.message), words.foreign)
        ),
        Cell(rows, detail=of),
        effect(one.effect, words),
        _touched(desk, one),
        Cell(detail=Said(plain(one.remedy), words.foreign)),
    )


def effect(figure: Figure, words: Words) -> Cell:
    """An amount with its sign and interval, or why there is none."""
    if not isinstance(figure, Estimate):
        return Cell(words.say("n/a"), tone="none", title=f"{figure.reason}. {figure.remedy}", title_lang=words.foreign)
    form = words.formats
    text = form.signed(figure.value, figure.unit)
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return Cell(text, tone="attr", detail=Said(words.say("exact")))
    low, high = form.signed(figure.low, figure.unit), form.signed(figure.high, figure.unit)
    return Cell(text, tone="attr", detail=Said(words.say("%(low)s to %(high)s", low=low, high=high)))


def _touched(desk: Desk, one: CheckResult) -> Cell:
    """The figures it touches, and of how many campaigns."""
    words = desk.words
    names = [figure_name(code, words) for code in one.kpis]
    campaigns = [effect for effect in one.campaigns if effect.campaign]
    detail = None
    if campaigns:
        detail = Said(words.count("in %(n)s campaign", "in %(n)s campaigns", len(campaigns)))
    return Cell(", ".join(names), detail=detail)


def figure_name(code: str, words: Words) -> str:
    """A KPI by its id."""
    from earnest.kpis.catalogue import all_kpis
    from earnest.reports.words import terms

    known = all_kpis().get(code)
    return terms.kpi(code, known.name if known else code, words)


def passed(found: Quality, words: Words) -> tuple[tuple[str, ...], ...]:
    """Checks that passed, and those with nothing to look at, as rows of a table."""
    rows: list[tuple[str, ...]] = []
    for one in _sorted(found.checks):
        if one.passed:
            tested = words.formats.count(one.tested) if one.tested else words.say("nothing to look at")
            rows.append((one.code, plain(one.check.question), tested))
    return tuple(rows)


def _sorted(results: Sequence[CheckResult]) -> list[CheckResult]:
    return sorted(results, key=lambda one: (not one.tested, one.check.part.value, one.code))
