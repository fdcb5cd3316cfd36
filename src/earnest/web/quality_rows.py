"""Behind a check of the audit: its rows, its effect campaign by campaign; and what leaving orders out would change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from earnest.audit.result import CampaignEffect, CheckResult
from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.quality import Exclusion
from earnest.kernel.period import zone
from earnest.reports.blocks import Said
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.usecases.quality_exclude import CampaignShift, Preview, Shift, preview
from earnest.usecases.quality_rows import Failing, failing
from earnest.verdict.verdict import Verdict
from earnest.web.desk import Desk
from earnest.web.page import Cell, Column, Field, Form, Link, Listing
from earnest.web.quality_figures import effect

MOST_ROWS = 20


def rows_of(desk: Desk, code: str) -> Listing:
    """The first rows that fail a check.

    Raises:
        NotFound: `no-such-check`.
    """
    words = desk.words
    known: dict[str, Failing] = desk.tables.memo.setdefault("failing", {})
    if code not in known:
        known[code] = failing(desk.workspace, code, limit=MOST_ROWS, build=False)
    found = known[code]
    columns = (
        Column(words.say("Row")),
        Column(words.say("When"), wide=True),
        Column(words.say("Campaign"), wide=True),
        Column(words.say("Amount"), "num"),
        Column(words.say("Why it fails")),
    )
    title = words.count("%(n)s row fails: %(code)s", "%(n)s rows fail: %(code)s", found.count, code=code)
    more = None
    if found.excludable and found.count and desk.may("definitions:write"):
        more = Link(words.say("See what leaving them out would change"), desk.asked.plain("/quality", exclude=code))
    return Listing(
        title,
        plain(found.check.question),
        columns,
        tuple(_row(desk, one) for one in found.told),
        empty=words.say("No row fails it."),
        note=_note(found, words),
        more=more,
    )


def _note(found: Failing, words: Words) -> str:
    first = ""
    if found.count > len(found.told):
        number = words.formats.count(len(found.told))
        first = words.say(
            "The first %(n)s rows, oldest first; all of them: earnest quality show %(code)s --format csv.",
            n=number,
            code=found.check.code,
        )
    return f"{first} {plain(found.check.remedy)}".strip()


def _row(desk: Desk, row: dict[str, Any]) -> tuple[Cell, ...]:
    form, at = desk.words.formats, None
    if row["at"]:
        moment = datetime.fromisoformat(row["at"]).astimezone(zone(desk.tables.state.timezone))
        at = form.instant(moment.isoformat(timespec="minutes"))
    amount = form.money(float(row["amount"]), desk.currency, decimals=2) if row["amount"] is not None else "–"
    return (
        Cell(plain(str(row["id"] or "–")), detail=Said(plain(str(row["kind"])), "en")),
        Cell(at or "–"),
        Cell(plain(row["campaign"]) if row["campaign"] else "–"),
        Cell(amount),
        Cell(plain(row["why"] or "–")),
    )


def effects(desk: Desk, one: CheckResult) -> tuple[Listing, ...]:
    """What the defect adds to each campaign's figures; nothing where that is not known."""
    told = [found for found in one.campaigns if found.campaign]
    if not told:
        return ()
    words = desk.words
    columns = (
        Column(words.say("Campaign")),
        Column(words.say("Attributed revenue"), "num"),
        Column(words.say("Cost"), "num", wide=True),
        Column(words.say("Contribution, attributed"), "num", wide=True),
        Column(words.say("Extra revenue"), "num"),
    )
    title = words.count("It touches %(n)s campaign", "It touches %(n)s campaigns", len(told))
    subtitle = words.say("What the defect adds to the figures; plus means they are too good")
    return (Listing(title, subtitle, columns, tuple(_effect_row(desk, found) for found in told)),)


def _effect_row(desk: Desk, found: CampaignEffect) -> tuple[Cell, ...]:
    words = desk.words
    cost, none = effect(found.cost, words), Cell("–", tone="none", title=words.say("No experiment judges it."))
    extra = none
    if found.incremental is not None:
        told = effect(found.incremental, words)
        extra = Cell(told.text, tone="inc" if told.tone == "attr" else told.tone, title=told.title, detail=told.detail)
    return (
        _campaign(desk, found.campaign),
        effect(found.attributed, words),
        Cell(cost.text, title=cost.title, detail=cost.detail, tone="none" if cost.title else "plain"),
        effect(found.contribution, words),
        extra,
    )


def _campaign(desk: Desk, name: str) -> Cell:
    if name == UNASSIGNED:
        return Cell(desk.words.say("none"), title=desk.words.say("Messages that no campaign's rule takes."))
    return Cell(plain(name), link=desk.asked.to(f"/campaigns/{name}"))


def looked_at(desk: Desk, what: str) -> Preview:
    """Figures before and after leaving something out; each once a generation.

    Raises:
        UsageError, NotFound, DataRefused: as `quality_exclude.preview`.
    """
    known: dict[str, Preview] = desk.tables.memo.setdefault("exclusion_previews", {})
    if what not in known:
        known[what] = preview(desk.tables, what, workspace=desk.workspace)
    return known[what]


def before_after(desk: Desk, found: Preview) -> Listing:
    """What would change, campaign by campaign; those that stay as they are are left out."""
    words = desk.words
    moved = [one for one in found.campaigns if _moves(one)]
    columns = (
        Column(words.say("Campaign")),
        Column(words.say("Attributed revenue"), "num"),
        Column(words.say("Contribution, attributed"), "num", wide=True),
        Column(words.say("Extra revenue"), "num"),
    )
    number = found.chosen.orders
    title = words.count("Without %(n)s order, this would change", "Without %(n)s orders, this would change", number)
    told = in_words(found, words)
    subtitle = words.say("Before and after leaving out %(what)s; nothing is changed yet", what=told)
    return Listing(
        title,
        subtitle,
        columns,
        tuple(_shift_row(desk, one) for one in moved),
        empty=words.say("No campaign's figures would change."),
        note=words.say("Campaigns that are not listed stay as they are."),
    )


def in_words(found: Preview, words: Words) -> str:
    """What would be left out."""
    kind, _, value = found.chosen.what.partition("=")
    if kind == "day":
        return words.say("the orders of %(day)s", day=words.formats.day(value))
    if kind == "order":
        return words.say("the orders %(ids)s", ids=plain(value))
    return words.say("the orders that %(check)s finds", check=plain(kind))


def _moves(one: CampaignShift) -> bool:
    return any(
        shift is not None and abs(shift.after - shift.before) >= 0.005
        for shift in (one.attributed, one.contribution, one.incremental)
    )


def _shift_row(desk: Desk, one: CampaignShift) -> tuple[Cell, ...]:
    words = desk.words
    none = Cell("–", tone="none", title=words.say("No experiment judges it."))
    return (
        _campaign(desk, one.campaign),
        _shift(one.attributed, words, "attr"),
        _shift(one.contribution, words, "attr"),
        none if one.incremental is None else _extra(desk, one.campaign, one.incremental),
    )


def _extra(desk: Desk, campaign: str, shift: Shift) -> Cell:
    """Extra revenue before and after; the change alone where nothing is proven, as no point may be shown there."""
    proven = (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS)
    if any(story.campaign == campaign and story.verdict in proven for story in desk.stories()):
        return _shift(shift, desk.words, "inc")
    moved = desk.words.formats.signed(shift.after - shift.before, shift.currency)
    return Cell(moved, tone="inc", detail=Said(desk.words.say("the change; nothing is proven")))


def _shift(shift: Shift, words: Words, tone: str) -> Cell:
    form = words.formats
    before, after = form.amount(shift.before, shift.currency), form.amount(shift.after, shift.currency)
    if abs(shift.after - shift.before) < 0.005:
        return Cell(after, tone=tone, detail=Said(words.say("as it is")))
    return Cell(after, tone=tone, detail=Said(words.say("instead of %(before)s", before=before)))


def leave_out(desk: Desk, what: str) -> Form:
    """The form that leaves out what was looked at."""
    words = desk.words
    given = {name: str(text) for name, text in desk.given.items()}
    fields = (
        Field("form", "", "hidden", "exclude"),
        Field("what", "", "hidden", what),
        Field(
            "reason", words.say("Why"), "text", given.get("reason", ""), required=True, extra=(("maxlength", "200"),)
        ),
    )
    title = words.say("Leave it out of every figure")
    note = words.say(
        "The orders stay in the journal; they can be taken in again at any time. The reason stands in the audit log."
    )
    action, submit = desk.asked.plain("/quality/exclude"), words.say("Leave it out")
    return Form(title, action, fields, submit, "post", note, given.get("alert", ""), danger=True, width=12)


def choose_day(desk: Desk) -> Form:
    """The form that asks what a day without its orders would change."""
    words = desk.words
    field = Field(
        "day",
        words.say("Day"),
        "date",
        desk.asked.one("day"),
        required=True,
        extra=(("max", desk.tables.day.isoformat()),),
    )
    note = words.say(
        "A day of test orders or of a broken feed: you see every figure before and after, and nothing is changed."
    )
    title, submit = words.say("What if a day were left out?"), words.say("Show the effect")
    return Form(title, desk.asked.plain("/quality"), (field,), submit, "get", note)


def exclusions(desk: Desk) -> tuple[Listing, ...]:
    """What is left out now, and the way back."""
    words, known = desk.words, tuple(desk.tables.state.exclusions.values())
    if not known:
        return ()
    columns = (
        Column(words.say("Left out")),
        Column(words.say("Orders"), "num", wide=True),
        Column(words.say("Why")),
        *((Column(words.say("Change"), "num"),) if desk.may("definitions:write") else ()),
    )
    title = words.count("%(n)s exclusion is in force", "%(n)s exclusions are in force", len(known))
    rows = tuple(_exclusion(desk, one) for one in known)
    return (Listing(title, words.say("Left out of every figure until taken in again"), columns, rows, width=6),)


def _exclusion(desk: Desk, one: Exclusion) -> tuple[Cell, ...]:
    words = desk.words
    number = words.formats.count(len(one.keys)) if one.kind == "order" else words.say("a day's")
    back = Form("", desk.asked.plain("/quality/include"), (Field("number", "", "hidden", str(one.seq)),),
                words.say("Take in again"), "post", small=True)  # fmt: skip
    return (
        Cell(plain(one.what), detail=Said(words.say("Line %(id)s", id=str(one.seq)))),
        Cell(number),
        Cell(plain(one.reason)),
        *((Cell(forms=(back,)),) if desk.may("definitions:write") else ()),
    )
