"""Costs: what did it really cost?"""

from __future__ import annotations

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.reports.blocks import Callout, Said
from earnest.reports.words.formats import plain
from earnest.usecases.profit_statement import ProfitStatement
from earnest.web import cost_book, statement
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.filters import model_field, period_bar
from earnest.web.first_run import first_run
from earnest.web.page import Link, Page


def build(desk: Desk) -> Page:
    """The page.

    Raises:
        NotFound: `no-such-campaign`. UsageError: `no-such-kind`, `no-such-basis`, `no-such-model`.
    """
    _check(desk)
    words = desk.words
    found, rows = statement.asked_statement(desk), cost_book.every_line(desk)
    if found.days is None and not rows and not desk.given:
        return first_run(desk)
    campaigns = sorted({row.campaign for row in rows if row.campaign and row.campaign != UNASSIGNED})
    return Page(
        title=words.label("menu", "Costs"),
        section="costs",
        filters=period_bar(desk, "/costs", *cost_book.filters(desk, campaigns), model_field(desk)),
        actions=_actions(desk),
        exports=_exports(desk, found),
        as_of=as_of_line(desk),
        blocks=(
            *cost_book.reversal(desk),
            *cost_book.addition(desk),
            statement.head(found, words),
            statement.by_kind(found, words),
            *statement.proven(found, words),
            *_findings(found, desk),
            statement.statement(found, words),
            cost_book.ledger(desk),
            cost_book.rates(desk, rows),
        ),
    )


def _check(desk: Desk) -> None:
    asked = desk.asked
    for name, known, code in (
        ("kind", cost_book.COST_KINDS, "no-such-kind"),
        ("evidence", cost_book.EVIDENCE, "no-such-basis"),
    ):
        if asked.one(name):
            check_known(known, asked.one(name), what=f"{name} of cost", listed="Known", refusal=(UsageError, code))


def _actions(desk: Desk) -> tuple[Link, ...]:
    """To the form that adds a line."""
    if not desk.may("definitions:write"):
        return ()
    own = {**desk.asked.own, "add": ("1",)}
    return (Link(desk.words.say("Add a line"), desk.asked.with_(own=own).address, "primary"),)


def _exports(desk: Desk, found: ProfitStatement) -> tuple[Link, ...]:
    """The same statement from the API."""
    words, asked = desk.words, desk.asked
    days = f"{found.days.first}..{found.days.last}" if found.days else ""
    address = asked.plain("/api/v1/profit", period=days, campaign=asked.one("campaign"), model=asked.model)
    return (Link(words.say("Profit statement (JSON)"), address),)


def _findings(found: ProfitStatement, desk: Desk) -> tuple[Callout, ...]:
    """What to know before believing the statement."""
    words = desk.words
    label = words.say("Watch out")
    return tuple(
        Callout("warn", label, Said(plain(one.message), words.foreign), Said(plain(one.remedy), words.foreign))
        for one in found.findings
    )


PAGE = PageAt("/costs", build, "costs", "Costs")
