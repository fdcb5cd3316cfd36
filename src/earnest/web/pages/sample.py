"""Sample data: what it is, how far it is, and taking it out."""

from __future__ import annotations

from earnest.kernel.errors import EarnestError
from earnest.reports.blocks import Block, Callout, Said
from earnest.usecases.jobs import Job, job_of
from earnest.usecases.sample import holds
from earnest.web.desk import Desk, PageAt
from earnest.web.first_run import sample_form
from earnest.web.import_words import outcome, working
from earnest.web.page import Empty, Form, Link, Page, WebBlock


def build(desk: Desk) -> Page:
    """The page."""
    words = desk.words
    job = job_of(desk.workspace)
    running = job is not None and job.running
    blocks: list[Block | WebBlock] = [*_alert(desk)]
    if running and job is not None:
        blocks.append(working(job, words))
    else:
        blocks += [*_ended(desk, job), _state(desk)]
    again = (Link(words.say("Look again"), desk.asked.plain("/sample"), "apply"),) if running else ()
    return Page(
        title=words.say("Sample data"),
        section="imports",
        crumbs=(Link(words.label("menu", "Imports"), desk.asked.plain("/imports")),),
        blocks=tuple(blocks),
        actions=again,
        wait=1 if running else 0,
        status=int(desk.given.get("status", 200)),
    )


def _alert(desk: Desk) -> tuple[Callout, ...]:
    error = desk.given.get("error")
    if not isinstance(error, EarnestError):
        return ()
    words = desk.words
    body = Said(error.hint, words.foreign) if error.hint else None
    return (Callout("warn", words.say("Nothing was changed"), Said(error.message, words.foreign), body),)


def _ended(desk: Desk, job: Job | None) -> tuple[Callout, ...]:
    """Why the last work on sample data did not come to its end, if so."""
    if job is None or not job.kind.startswith("sample"):
        return ()
    told = outcome(job, desk.words)
    return (told,) if told is not None else ()


def _state(desk: Desk) -> Empty:
    words, may = desk.words, desk.may("definitions:write")
    sample = desk.tables.state.sample
    if sample is not None:
        title = (
            words.say("The figures here are a simulated shop's.")
            if sample.whole
            else words.say("The sample data is not complete.")
        )
        out = Form(
            "", desk.asked.plain("/sample/remove"), (), words.say("Take the sample data out"), "post", small=True
        )
        text = words.say(
            "Nine months, twelve campaigns, and every kind of verdict; nobody in it exists. Taken out, the workspace is as empty as before."
        )
        over = Link(words.label("menu", "Overview"), desk.asked.plain("/"), "primary")
        return Empty(title, text, links=(over,), forms=(out,) if may else ())
    if holds(desk.workspace, desk.tables.state):
        return Empty(
            words.say("This workspace holds data of its own."),
            words.say("Sample data goes into an empty workspace only, so that it never mixes with yours."),
            steps=(Said("earnest demo", "en"),),
            links=(Link(words.label("menu", "Overview"), desk.asked.plain("/"), "primary"),),
        )
    return Empty(
        words.say("See every page with figures in it, before you bring your own."),
        words.say(
            "A simulated shop is made on this machine: about forty thousand messages, in half a minute. One press takes it out again."
        ),
        forms=(sample_form(desk),) if may else (),
    )


PAGE = PageAt("/sample", build, "imports", "Sample data", live=False)
