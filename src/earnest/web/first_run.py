"""An empty workspace: what to bring, and sample data one press away; and how sample data is marked while it is there."""

from __future__ import annotations

from earnest.reports.blocks import Chip, Said
from earnest.web.desk import Desk
from earnest.web.page import Empty, Form, Link, Page


def first_run(desk: Desk) -> Page:
    """The page of a workspace in which nothing is yet."""
    words, asked = desk.words, desk.asked
    steps = (
        Said(words.say("Messages: who was sent what, when, and whether it arrived.")),
        Said(words.say("Orders: who bought, when, and for how much.")),
        Said(
            words.say(
                "Costs: what the messages and everything round them cost. Message fees are rated by card if you have no bill."
            )
        ),
    )
    may = desk.may("definitions:write")
    return Page(
        title=words.label("menu", "Overview"),
        section="overview",
        blocks=(
            Empty(
                words.say("Three files, and you know what your messages earned."),
                words.say(
                    "CSV, JSON Lines or Parquet, with whatever column names they have. A dry run shows what would be taken before anything is."
                ),
                steps,
                (Link(words.say("Import files"), asked.plain("/imports"), "primary"),) if may else (),
                (sample_form(desk),) if may else (),
            ),
        ),
    )


def sample_form(desk: Desk) -> Form:
    """The button that fills an empty workspace."""
    words = desk.words
    return Form("", desk.asked.plain("/sample"), (), words.say("Look at sample data"), method="post", small=True)


def sample_chip(desk: Desk) -> Chip | None:
    """Says that the figures of a page are not the reader's own; None where they are."""
    sample = desk.tables.state.sample
    if sample is None:
        return None
    words = desk.words
    return Chip(words.say("Sample data") if sample.whole else words.say("Sample data, not complete"), "warn")
