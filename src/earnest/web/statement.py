"""The profit statement on a page: rows of time that add up; what a rule attributes is plum, what is proven stands beside it."""

from __future__ import annotations

from earnest.charts.cost_bar import CostChart, CostPart
from earnest.definitions.days import Days
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.reports.blocks import Chart, Fact, Said
from earnest.reports.sections.costs import TONES
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.usecases.profit import ProfitAsk, profit_in
from earnest.usecases.profit_statement import ProfitRow, ProfitStatement, Proven
from earnest.verdict.verdict import Verdict
from earnest.web.desk import Desk
from earnest.web.figures import verdict_word
from earnest.web.page import Cell, Column, Facts, Listing


def asked_statement(desk: Desk) -> ProfitStatement:
    """The statement of the days, the campaign and the rule of the address; each once a generation.

    Raises:
        UsageError, NotFound: as `profit_in`.
    """
    campaign, model = desk.asked.one("campaign") or None, desk.asked.model
    whole = kept_statement(desk, ProfitAsk(campaign=campaign, model=model))
    if desk.days is None or whole.days is None:
        return whole
    first, last = max(desk.days.first, whole.days.first), min(desk.days.last, whole.days.last)
    days = Days(first, last) if first <= last else Days(desk.days.last, desk.days.last)
    return kept_statement(desk, ProfitAsk(f"{days.first}..{days.last}", campaign=campaign, model=model))


def kept_statement(desk: Desk, ask: ProfitAsk) -> ProfitStatement:
    """A statement, computed once a generation."""
    known: dict[ProfitAsk, ProfitStatement] = desk.tables.memo.setdefault("statements", {})
    if ask not in known:
        known[ask] = profit_in(desk.workspace, desk.tables, ask)
    return known[ask]


def head(found: ProfitStatement, words: Words) -> Facts:
    """What it cost, how much of it is on a bill, and what a rule would claim to be left."""
    say, form = words.say, words.formats
    cost, left = _money(found.total("cost")), found.total("contribution")
    invoiced = sum(found.total_cost(*key).minor for key in found.cost_keys if key[1] == "invoiced")
    unrated = sum(row.unrated for row in found.rows)
    spent = form.exact(cost)
    bound = words.count("%(n)s message has no price", "%(n)s messages have no price", unrated) if unrated else None
    share = form.part(invoiced / cost.minor) if cost.minor > 0 else say("n/a")
    model = terms.model(found.model, words)
    claimed = say("%(model)s would claim; not causal", model=model)
    items = (
        Fact(say("Spent"), f"≥ {spent}" if unrated else spent, bound or _span(found, words)),
        Fact(say("Of it invoiced"), share, form.exact(Money(invoiced, found.currency))),
        Fact(say("Attributed revenue"), form.exact(_money(found.total("attributed"))), claimed, "attr"),
        Fact(say("Contribution after messaging"), *_left(left, unrated, words), "attr"),
        Fact(say("Discounts, a memo"), form.exact(_money(found.total("discounts"))), say("revenue is net of them, so they are no cost")),
    )  # fmt: skip
    return Facts("", "", items)


def _left(left: Money | Unavailable, unrated: int, words: Words) -> tuple[str, str]:
    if isinstance(left, Unavailable):
        return words.say("n/a"), left.reason
    text = words.formats.exact(left)
    if unrated:
        return f"≤ {text}", words.say("as attributed, at most")
    return text, words.say("as attributed, not proven")


def _span(found: ProfitStatement, words: Words) -> str | None:
    return words.formats.days(found.days.first.isoformat(), found.days.last.isoformat()) if found.days else None


def by_kind(found: ProfitStatement, words: Words) -> Chart:
    """The cost bar: kinds with what each rests on, the largest first."""
    cost = _money(found.total("cost"))
    total = words.formats.exact(cost)
    parts = [(key, found.total_cost(*key)) for key in found.cost_keys]
    parts.sort(key=lambda one: (-one[1].minor, one[0]))
    drawing = CostChart(
        title=words.say("Cost by kind: %(total)s in total", total=total),
        header=(words.say("Item"), words.say("Basis"), words.say("Amount")),
        parts=tuple(_part(key, amount, words) for key, amount in parts if amount.minor),
        total=(words.say("Total"), total),
        empty=words.say("No cost falls into these days."),
    )
    subtitle = words.say("%(total)s in total", total=total)
    if any(row.unrated for row in found.rows):
        subtitle = words.say("At least %(total)s in total; some messages have no price yet", total=total)
    return Chart(_finding(found, cost, words), subtitle, drawing)


def _part(key: tuple[str, str], amount: Money, words: Words) -> CostPart:
    kind, evidence = key
    basis, tone = terms.evidence(evidence, words), TONES.get(evidence, "plain")
    return CostPart(terms.cost(kind, words), words.formats.exact(amount), float(amount.decimal), basis, tone)


def _finding(found: ProfitStatement, cost: Money, words: Words) -> str:
    if cost.minor <= 0:
        return words.say("Nothing was spent")
    sums: dict[str, int] = {}
    for kind, evidence in found.cost_keys:
        sums[kind] = sums.get(kind, 0) + found.total_cost(kind, evidence).minor
    kind = max(sums, key=lambda one: (sums[one], one))
    share, name = words.formats.part(sums[kind] / cost.minor), terms.cost(kind, words)
    return words.say("%(kind)s: %(share)s of what it cost", kind=name, share=share)


def statement(found: ProfitStatement, words: Words) -> Listing:
    """Month by month: attributed revenue, what it cost, what is left of it under the rule."""
    say, model = words.say, terms.model(found.model, words)
    columns = (
        Column(say("Days")),
        Column(say("Net revenue, all orders"), "num", wide=True),
        Column(say("%(model)s would claim", model=model), "num"),
        Column(say("Cost of goods"), "num", wide=True),
        Column(say("Cost"), "num"),
        Column(say("Contribution"), "num"),
        Column(say("Running sum"), "num", wide=True),
    )
    rows = tuple(_month(row, words) for row in found.rows)
    note = say("Bookkeeping under a rule: what would have come anyway is in it. Only hold-outs prove anything.")
    unrated = any(row.unrated for row in found.rows)
    if unrated:
        bound = say("≤: some messages have no price, so the cost is at least, and what is left at most, this.")
        note = f"{note} {bound}"
    title, subtitle = (
        _headline(found, words),
        say("Attributed revenue − cost of goods − cost = contribution after messaging"),
    )
    return Listing(
        title, subtitle, columns, (*rows, _total(found, words)) if rows else (), tone="attr", note=note,
        empty=say("Nothing happened in these days: no order, no message, no cost."),
    )  # fmt: skip


def _headline(found: ProfitStatement, words: Words) -> str:
    left = found.total("contribution")
    if isinstance(left, Unavailable) or not found.rows:
        return words.say("Month by month, what a rule would claim")
    good = sum(isinstance(row.contribution, Money) and row.contribution.minor > 0 for row in found.rows)
    whole = words.formats.count(len(found.rows))
    told = words.formats.count(good)
    return words.say("By attribution, %(good)s of %(all)s months would have paid", good=told, all=whole)


def _month(row: ProfitRow, words: Words) -> tuple[Cell, ...]:
    exact = words.formats.exact
    return (
        Cell(words.formats.days(row.days.first.isoformat(), row.days.last.isoformat())),
        Cell(exact(row.net_revenue)),
        Cell(exact(row.attributed), tone="attr"),
        _cell(row.cost_of_goods, words),
        Cell(f"≥ {exact(row.cost)}" if row.unrated else exact(row.cost)),
        _cell(row.contribution, words, tone="attr", at_most=row.unrated > 0),
        _cell(row.cumulative, words, tone="attr", at_most=row.unrated_so_far > 0),
    )


def _total(found: ProfitStatement, words: Words) -> tuple[Cell, ...]:
    exact, unrated = words.formats.exact, any(row.unrated for row in found.rows)
    cost = exact(_money(found.total("cost")))
    return (
        Cell(words.say("In all")),
        Cell(exact(_money(found.total("net_revenue")))),
        Cell(exact(_money(found.total("attributed"))), tone="attr"),
        _cell(found.total("cost_of_goods"), words),
        Cell(f"≥ {cost}" if unrated else cost),
        _cell(found.total("contribution"), words, tone="attr", at_most=unrated),
        Cell("–", tone="none"),
    )


def _cell(amount: Money | Unavailable, words: Words, *, tone: str = "plain", at_most: bool = False) -> Cell:
    if isinstance(amount, Unavailable):
        return Cell(words.say("n/a"), tone="none", title=f"{amount.reason}. {amount.remedy}", title_lang=words.foreign)
    text = words.formats.exact(amount)
    return Cell(f"≤ {text}" if at_most else text, tone=tone)


def proven(found: ProfitStatement, words: Words) -> tuple[Listing, ...]:
    """What experiments say that were read out in these days: beside the statement, never in it."""
    trials = [one for row in found.rows for one in row.proven]
    if not trials:
        return ()
    say = words.say
    columns = (
        Column(say("Experiment")),
        Column(say("Read-out"), wide=True),
        Column(say("Verdict"), wide=True),
        Column(say("Contribution after messaging"), "num"),
    )
    rows = tuple(_trial(one, found.currency, words) for one in trials)
    subtitle = say("Measured against a hold-out and read out in these days; in no sum above")
    return (Listing(say("Beside it: what is proven"), subtitle, columns, rows, width=7),)


def _trial(one: Proven, currency: str, words: Words) -> tuple[Cell, ...]:
    kind, form = Verdict(one.verdict), words.formats
    figure = one.contribution
    shown = Cell(
        words.say("n/a"),
        tone="none",
        title=figure.reason if isinstance(figure, Unavailable) else "",
        title_lang=words.foreign,
    )
    if isinstance(figure, Estimate) and figure.low is not None and figure.high is not None:
        low, high = form.signed(figure.low, currency), form.signed(figure.high, currency)
        ends = words.say("%(low)s to %(high)s", low=low, high=high)
        open_ = kind not in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS)
        shown = Cell(
            ends if open_ else form.signed(figure.value, currency), tone="inc", detail=None if open_ else Said(ends)
        )
    chip = verdict_word(kind, words)
    return (
        Cell(plain(one.experiment), detail=Said(plain(one.campaign)), narrow=(chip,)),
        Cell(form.day(one.read_out.isoformat())),
        Cell(chips=(chip,)),
        shown,
    )


def _money(amount: Money | Unavailable) -> Money:
    assert isinstance(amount, Money)
    return amount
