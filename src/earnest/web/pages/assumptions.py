"""Assumptions: what are we taking on faith?"""

from __future__ import annotations

from typing import get_args

from earnest.reports.words.formats import plain
from earnest.usecases.assumptions import Assumptions, assumptions_in
from earnest.usecases.sensitivity import Assumed
from earnest.web import assumed
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.first_run import first_run
from earnest.web.page import Field, Form, Link, Listing, Page


def build(desk: Desk) -> Page:
    """The page."""
    if not desk.stories() and not desk.given:
        return first_run(desk)
    words, found = desk.words, assumptions_in(desk.workspace, desk.tables)
    moved = (one for code in get_args(Assumed) for one in assumed.moved(desk, found, code))
    return Page(
        title=words.label("menu", "Assumptions"),
        section="assumptions",
        exports=(Link(words.say("Assumptions (JSON)"), desk.asked.plain("/api/v1/assumptions")),),
        as_of=as_of_line(desk),
        blocks=(
            assumed.answer(found, words),
            assumed.believed(desk, found),
            *_rest(desk, found, tuple(moved)),
            *_forms(desk),
        ),
    )


def _rest(desk: Desk, found: Assumptions, moved: tuple[Listing, ...]) -> tuple[Listing, ...]:
    """The lists; the last one says which verdicts do not move, and why."""
    if not found.not_moved or not moved:
        return moved
    names = {story.campaign: story.name for story in desk.stories()}
    told = desk.words.formats.together([plain(names.get(one, one)) for one in found.not_moved])
    note = desk.words.say("Not listed, as their verdict rests on no interval of money: %(names)s.", names=told)
    *others, last = moved
    return (*others, Listing(last.title, last.subtitle, last.columns, last.rows, note=f"{last.note} {note}".strip()))


def _forms(desk: Desk) -> tuple[Form, ...]:
    """Change the margin; tell how many orders finance counts."""
    if not desk.may("definitions:write"):
        return ()
    return (_margin(desk), _capture(desk))


def _margin(desk: Desk) -> Form:
    words, given = desk.words, _given(desk, "margin")
    now = desk.tables.state.margin(desk.tables.day)
    shown = format((now * 100).normalize(), "f") if now is not None else ""
    fields = (
        Field("form", "", "hidden", "margin"),
        Field("percent", words.say("Gross margin, percent of net revenue"), "text", given.get("percent", shown), required=True,
              extra=(("inputmode", "decimal"), ("placeholder", "38"), ("maxlength", "8"))),
        Field("from", words.say("First day on which it holds"), "date", given.get("from", desk.tables.day.isoformat()), required=True),
    )  # fmt: skip
    note = words.say(
        "A campaign is judged by the margin in force on its first day of sending; earlier values stay in the journal."
    )
    title, submit = words.say("Change the gross margin"), words.say("Change it")
    action = desk.asked.plain("/assumptions/margin")
    return Form(title, action, fields, submit, "post", note, given.get("alert", ""))


def _capture(desk: Desk) -> Form:
    words, given = desk.words, _given(desk, "capture")
    fields = (
        Field("form", "", "hidden", "capture"),
        Field("orders", words.say("Orders that finance counts"), "number", given.get("orders", ""), required=True, extra=(("min", "1"),)),
        Field("from", words.say("First day"), "date", given.get("from", ""), required=True),
        Field("until", words.say("The day after the last"), "date", given.get("until", ""), required=True),
    )  # fmt: skip
    note = words.say("How many of them came here is then known, and no longer taken to be all.")
    title, submit = words.say("Tell how many orders there were"), words.say("Tell it")
    action = desk.asked.plain("/assumptions/orders")
    return Form(title, action, fields, submit, "post", note, given.get("alert", ""))


def _given(desk: Desk, form: str) -> dict[str, str]:
    """What was sent by this form, if it was this one."""
    return {name: str(text) for name, text in desk.given.items()} if desk.given.get("form") == form else {}


PAGE = PageAt("/assumptions", build, "assumptions", "Assumptions")
