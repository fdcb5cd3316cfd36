"""The bar of filters under a page's title."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.attribution.rule import stored_models
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.reports.words import terms
from earnest.web.desk import Desk
from earnest.web.page import Field, Form, Option

REFUSAL = UsageError, "no-such-model"


def bar(desk: Desk, path: str, fields: Sequence[Field]) -> Form:
    """A bar of these fields; what the address holds beside them is kept."""
    names = {one.name for one in fields}
    kept = tuple(Field(name, "", "hidden", text) for name, text in desk.asked.query if name not in names)
    words = desk.words
    title = words.say("Filters")
    return Form(title, desk.asked.root + path, (*fields, *kept), words.say("Apply"), small=True)


def period_bar(desk: Desk, path: str, *more: Field) -> Form:
    """First and last day, and what the page adds."""
    return bar(desk, path, (*period_fields(desk), *more))


def period_fields(desk: Desk) -> tuple[Field, Field]:
    """First and last day."""
    asked, words = desk.asked, desk.words
    today = desk.tables.day.isoformat()
    return (
        Field(
            "from", words.say("From"), "date", asked.first.isoformat() if asked.first else "", extra=(("max", today),)
        ),
        Field("to", words.say("To"), "date", asked.last.isoformat() if asked.last else ""),
    )


def model_field(desk: Desk) -> Field:
    """The rule of attribution."""
    words = desk.words
    check_known(
        [rule.id for rule in stored_models()],
        desk.asked.model,
        what="attribution model",
        listed="Rule models",
        refusal=REFUSAL,
    )
    options = tuple(Option(rule.id, terms.model(rule.id, words)) for rule in stored_models() if rule.rows)
    return Field("attr", words.say("Attribution"), "select", desk.asked.model, options)


def compare_field(desk: Desk, options: Sequence[Option]) -> Field:
    """What the page is held against."""
    words = desk.words
    none = Option("none", words.say("Nothing"))
    known = desk.asked.compare in [one.value for one in options]
    chosen = desk.asked.compare if known else none.value
    return Field("cmp", words.say("Compare with"), "select", chosen, (none, *options))
