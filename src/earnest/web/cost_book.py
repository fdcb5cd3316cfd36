"""The cost ledger on a page: its lines, the rates they were converted at, and the forms that add and reverse one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.money import Money
from earnest.reports.blocks import Chip, Said
from earnest.reports.sections.costs import TONES
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.usecases.allocation import KINDS
from earnest.usecases.cost_line import micro_text
from earnest.usecases.cost_list import CostRow, Wanted, cost_rows, fits
from earnest.web.desk import Desk
from earnest.web.page import Cell, Column, Field, Form, Link, Listing, Option

COST_KINDS = (*(kind for kind in KINDS if kind != "other"), "discount", "other")
EVIDENCE = ("invoiced", "measured", "allocated", "assumed")
MOST_LINES = 30
"""Lines on one page of the ledger."""
REVERSIBLE = ("in force", "split", "no rate")


def ledger(desk: Desk) -> Listing:
    """Every line that fits the filters, the newest first."""
    words, asked = desk.words, desk.asked
    rows = sorted(fitting(desk), key=lambda row: (row.since, row.id), reverse=True)
    number = max(1, int(asked.one("page")) if asked.one("page").isdecimal() else 1)
    shown = rows[(number - 1) * MOST_LINES : number * MOST_LINES]
    left = len(rows) - number * MOST_LINES
    more = None
    if left > 0:
        own = {**asked.own, "page": (str(number + 1),)}
        text = words.count("%(n)s earlier line", "%(n)s earlier lines", left)
        more = Link(text, asked.with_(own=own).address)
    columns = (
        Column(words.say("Item")),
        Column(words.say("Days"), wide=True),
        Column(words.say("Campaign"), wide=True),
        Column(words.say("Basis"), wide=True),
        Column(words.say("Amount"), "num"),
        *((Column(words.say("Change"), "num"),) if desk.may("definitions:write") else ()),
    )
    return Listing(
        words.say("Every line of the ledger"),
        words.say("A line is never edited: a wrong one is reversed, and both stay"),
        columns,
        tuple(_row(desk, row) for row in shown),
        empty=words.say("No line of cost fits."),
        more=more,
    )


def every_line(desk: Desk) -> list[CostRow]:
    """Every line, whatever is filtered; once a generation."""
    if "cost_rows" not in desk.tables.memo:
        desk.tables.memo["cost_rows"] = cost_rows(desk.tables)
    found: list[CostRow] = desk.tables.memo["cost_rows"]
    return found


def fitting(desk: Desk) -> list[CostRow]:
    """The lines that fit the filters."""
    asked = desk.asked
    wanted = Wanted(asked.one("campaign") or None, asked.one("kind") or None, desk.days)
    evidence = asked.one("evidence")
    return [row for row in every_line(desk) if fits(row, wanted) and (not evidence or row.evidence == evidence)]


def _row(desk: Desk, row: CostRow) -> tuple[Cell, ...]:
    words = desk.words
    detail, chips = plain(row.description) if row.description else "", _chips(row, words)
    where = (Chip(plain(row.campaign)),) if row.campaign and row.campaign != UNASSIGNED else ()
    said = Said(detail, words.foreign) if detail else None
    return (
        Cell(terms.cost(row.kind, words), detail=said, narrow=(*chips, *where)),
        Cell(_days(row, words), detail=_told_by(row, words)),
        _campaign(desk, row),
        Cell(chips=chips),
        _amount(row, words),
        *((_change(desk, row),) if desk.may("definitions:write") else ()),
    )


def _days(row: CostRow, words: Words) -> str:
    last = row.until - timedelta(days=1) if row.until is not None else row.since
    return words.formats.days(row.since.isoformat(), max(last, row.since).isoformat())


def _told_by(row: CostRow, words: Words) -> Said | None:
    """Which entry it is, and where it came from."""
    if not row.id:
        return None
    by = words.say("by hand") if row.by == "user" else plain(row.by or "")
    text = words.say("Line %(id)s, %(by)s", id=row.id, by=by) if by else words.say("Line %(id)s", id=row.id)
    return Said(text)


def _campaign(desk: Desk, row: CostRow) -> Cell:
    words = desk.words
    if row.campaign is None:
        return Cell(words.say("none"), tone="none", title=words.say("It belongs to no campaign; a rule can split it."))
    if row.campaign == UNASSIGNED:
        return Cell(words.say("none"), tone="none", title=words.say("Messages that no campaign's rule takes."))
    return Cell(plain(row.campaign), link=desk.asked.to(f"/campaigns/{row.campaign}"))


def _chips(row: CostRow, words: Words) -> tuple[Chip, ...]:
    state = {
        "reversed": Chip(words.say("reversed"), "warn"),
        "reversal": Chip(words.say("takes a line back"), "warn"),
        "split": Chip(words.say("split by a rule")),
        "part": Chip(words.say("part of a split")),
        "no rate": Chip(words.say("no exchange rate"), "neg"),
    }.get(row.status)
    basis = Chip(terms.evidence(row.evidence, words), TONES.get(row.evidence, "plain"))
    return (basis,) if state is None else (basis, state)


def _amount(row: CostRow, words: Words) -> Cell:
    """In the workspace's currency; beneath it what was told, and at which rate."""
    told = f"{micro_text(row.told_micro)} {row.told_currency}"
    if row.micro is None:
        reason = plain(row.description or "") if row.status == "no rate" else ""
        return Cell(words.say("n/a"), detail=Said(told), title=reason or words.say("There is no rate for its day."))
    amount = Money.from_micro(row.micro, row.currency)
    parts = [plain(row.rates) if row.rates else "", plain(row.reason) if row.reason else ""]
    detail = "; ".join(part for part in parts if part)
    tone = "none" if row.status in ("reversed", "reversal") else "plain"
    text = words.formats.money(amount, row.currency, decimals=2)
    return Cell(text, tone=tone, detail=Said(detail, words.foreign) if detail else None)


def _change(desk: Desk, row: CostRow) -> Cell:
    words, asked = desk.words, desk.asked
    if row.reversed_by is not None:
        return Cell(words.say("by line %(id)s", id=row.reversed_by), tone="none")
    if not row.id or row.status not in REVERSIBLE:
        return Cell("–", tone="none")
    own = {**asked.own, "reverse": (row.id,)}
    return Cell(words.say("Reverse"), link=asked.with_(own=own).address)


def reversal(desk: Desk) -> tuple[Form, ...]:
    """The form that reverses the line which the address names."""
    words, given = desk.words, _given(desk, "reverse")
    wanted = given.get("entry") or desk.asked.one("reverse")
    row = next((one for one in every_line(desk) if wanted and one.id == wanted), None)
    if row is None or row.status not in REVERSIBLE or not desk.may("definitions:write"):
        return ()
    told = f"{micro_text(row.told_micro)} {row.told_currency}"
    note = words.say(
        "%(amount)s, %(kind)s. A line of its own takes it back; both stay in the ledger.",
        amount=told,
        kind=terms.cost(row.kind, words),
    )
    fields = (
        Field("form", "", "hidden", "reverse"),
        Field("entry", "", "hidden", row.id),
        Field(
            "reason", words.say("Why"), "text", given.get("reason", ""), required=True, extra=(("maxlength", "200"),)
        ),
    )
    title, submit = words.say("Reverse line %(id)s", id=row.id), words.say("Reverse it")
    action = desk.asked.plain("/costs/reverse")
    return (Form(title, action, fields, submit, "post", note, given.get("alert", ""), danger=True, width=12),)


def addition(desk: Desk) -> tuple[Form, ...]:
    """The form that adds a line, where the address asks for it or it was refused."""
    words, given = desk.words, _given(desk, "add")
    if not desk.may("definitions:write") or not (given or desk.asked.one("add")):
        return ()
    title, note = (
        words.say("Add a line of cost"),
        words.say("Negative for a credit note; what a file told is not told again."),
    )
    action, submit = desk.asked.plain("/costs/add"), words.say("Add it")
    return (Form(title, action, _fields(desk, given), submit, "post", note, given.get("alert", ""), width=12),)


def _fields(desk: Desk, given: dict[str, str]) -> tuple[Field, ...]:
    words = desk.words
    kinds = tuple(Option(kind, terms.cost(kind, words)) for kind in COST_KINDS)
    evidence = tuple(Option(one, terms.evidence(one, words)) for one in EVIDENCE)
    none = Option("", words.say("none"))
    campaigns = (none, *(Option(one.id, plain(one.name)) for one in desk.tables.state.campaigns.values()))
    until = words.say("The day after the last; empty for a single day.")
    return (
        Field("form", "", "hidden", "add"),
        Field("amount", words.say("Amount"), "text", given.get("amount", ""), required=True, extra=(("inputmode", "decimal"), ("placeholder", "450.00"))),
        Field("currency", words.say("Currency"), "text", given.get("currency", desk.currency), extra=(("maxlength", "3"),)),
        Field("kind", words.say("Kind"), "select", given.get("kind", "content"), kinds),
        Field("campaign", words.say("Campaign"), "select", given.get("campaign", ""), campaigns),
        Field("from", words.say("First day"), "date", given.get("from", ""), required=True),
        Field("until", words.say("Until"), "date", given.get("until", ""), hint=until),
        Field("evidence", words.say("Basis"), "select", given.get("evidence", "assumed"), evidence),
        Field("covers", words.say("It pays the message fees of its campaign and days"), "checkbox", given.get("covers", "")),
        Field("description", words.say("Description"), "text", given.get("description", ""), extra=(("maxlength", "200"),)),
    )  # fmt: skip


def _given(desk: Desk, form: str) -> dict[str, str]:
    """What was sent by this form, if it was this one."""
    return {name: str(text) for name, text in desk.given.items()} if desk.given.get("form") == form else {}


def rates(desk: Desk, rows: Iterable[CostRow]) -> Listing:
    """Exchange rates told, the newest of each pair first; and whether anything needed one."""
    words, known = desk.words, desk.tables.state.fx_rates
    told = {row.told_currency for row in rows}
    other = sorted(told - {desk.currency})
    columns = (
        Column(words.say("Pair")),
        Column(words.say("Rate"), "num"),
        Column(words.say("From")),
        Column(words.say("Source"), wide=True),
    )
    newest = sorted(known, key=lambda one: (one.on, one.seq), reverse=True)[:10]
    shown = tuple(
        (
            Cell(f"{one.base}/{one.quote}"),
            Cell(one.rate),
            Cell(words.formats.day(one.on.isoformat())),
            Cell(plain(one.source)),
        )
        for one in newest
    )
    empty = words.say("Everything was told in %(currency)s; no rate was needed.", currency=desk.currency)
    if other:
        empty = words.say("No rate is known for %(codes)s.", codes=words.formats.together(other))
    subtitle = words.say(
        "Each line is converted at the rate of its first day; message fees at that of the day of sending"
    )
    note = _holding(desk, words, desk.tables.day) if shown else ""
    return Listing(words.say("Exchange rates"), subtitle, columns, shown, empty=empty, note=note)


def _holding(desk: Desk, words: Words, day: date) -> str:
    held = int(desk.tables.state.setting("fx_days", day) or 1)
    return words.count("A rate holds for %(n)s day.", "A rate holds for %(n)s days, its own included.", held)


def filters(desk: Desk, campaigns: Sequence[str]) -> tuple[Field, ...]:
    """Campaign, kind and basis."""
    words, asked = desk.words, desk.asked
    every = Option("", words.say("All"))
    names = {one.id: one.name for one in desk.tables.state.campaigns.values()}
    known = tuple(Option(one, plain(names.get(one, one))) for one in campaigns)
    kinds = tuple(Option(kind, terms.cost(kind, words)) for kind in COST_KINDS)
    basis = tuple(Option(one, terms.evidence(one, words)) for one in EVIDENCE)
    return (
        Field("campaign", words.say("Campaign"), "select", asked.one("campaign"), (every, *known)),
        Field("kind", words.say("Kind"), "select", asked.one("kind"), (every, *kinds)),
        Field("evidence", words.say("Basis"), "select", asked.one("evidence"), (every, *basis)),
    )
