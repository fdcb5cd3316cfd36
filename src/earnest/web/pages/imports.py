"""Imports: get data in."""

from __future__ import annotations

from earnest.definitions.state import Import
from earnest.kernel.errors import EarnestError
from earnest.reports.blocks import Block, Callout, Chip, Said
from earnest.usecases.jobs import Job, job_of
from earnest.usecases.uploads import KEPT_DAYS, Waiting, waiting
from earnest.web.desk import Desk, PageAt
from earnest.web.first_run import sample_form
from earnest.web.import_words import kind_name, moment, outcome, person, size, working
from earnest.web.page import Cell, Column, Empty, Field, Form, Link, Listing, Page, WebBlock

MOST_LISTED = 200


def build(desk: Desk) -> Page:
    """The page."""
    words, may = desk.words, desk.may("definitions:write")
    job = job_of(desk.workspace)
    files = waiting(desk.workspace)
    blocks: list[Block | WebBlock] = [*_alert(desk), *_job(desk, job), *_sample(desk)]
    if may and desk.tables.state.sample is None:
        blocks.append(_upload(desk))
    if files:
        blocks.append(_waiting(desk, files))
    blocks.append(_imports(desk))
    running = job is not None and job.running
    again = (Link(words.say("Look again"), desk.asked.plain("/imports"), "apply"),) if running else ()
    return Page(
        title=words.label("menu", "Imports"),
        section="imports",
        blocks=tuple(blocks),
        actions=again,
        wait=1 if running else 0,
        status=int(desk.given.get("status", 200)),
    )


def _alert(desk: Desk) -> tuple[Callout, ...]:
    """Why what was sent was not taken."""
    error = desk.given.get("error")
    if not isinstance(error, EarnestError):
        return ()
    words = desk.words
    body = Said(error.hint, words.foreign) if error.hint else None
    return (Callout("warn", words.say("Nothing was taken"), Said(error.message, words.foreign), body),)


def _job(desk: Desk, job: Job | None) -> tuple[Block | WebBlock, ...]:
    if job is None:
        return ()
    if job.running:
        return (working(job, desk.words),)
    told = outcome(job, desk.words)
    return (told,) if told is not None else ()


def _sample(desk: Desk) -> tuple[Block | WebBlock, ...]:
    """Sample data and one's own never meet."""
    words = desk.words
    if desk.tables.state.sample is None:
        return ()
    return (
        Empty(
            words.say("This workspace holds sample data."),
            words.say("Take it out before you import your own: figures of both together would mean nothing."),
            links=(Link(words.say("About the sample data"), desk.asked.plain("/sample"), "primary"),),
        ),
    )


def _upload(desk: Desk) -> Form:
    words = desk.words
    most = int(desk.given.get("most", 512 << 20))
    hint = words.say(
        "CSV, JSON Lines, Parquet or webhook bodies, also gzipped; up to %(most)s.", most=size(most, words)
    )
    extra = (
        ("multiple", "multiple"),
        ("data-most", str(most)),
        ("data-too-large", words.say("These files are too large.")),
    )
    files = Field("files", words.say("Files"), "file", hint=hint, required=True, extra=extra)
    note = words.say("Nothing is imported yet: you see first what each file holds, and try it.")
    action = desk.asked.plain("/imports/upload")
    return Form(words.say("Bring files"), action, (files,), words.say("Upload"), "post", note, upload=True, width=12)


def _waiting(desk: Desk, files: tuple[Waiting, ...]) -> Listing:
    words = desk.words
    columns = (
        Column(words.say("File")),
        Column(words.say("Size"), "num", wide=True),
        Column(words.say("Uploaded"), wide=True),
        Column(words.say("Tried")),
        Column(words.say("To do")),
    )
    rows = tuple(_waiting_row(desk, one) for one in files)
    title = words.count("%(n)s file waits to be imported", "%(n)s files wait to be imported", len(files))
    note = words.count("It is thrown away after %(n)s day.", "They are thrown away after %(n)s days.", KEPT_DAYS)
    return Listing(title, words.say("Nothing of them counts yet"), columns, rows, note=note)


def _waiting_row(desk: Desk, one: Waiting) -> tuple[Cell, ...]:
    words, address = desk.words, desk.asked.plain(f"/imports/waiting/{one.id}")
    forms: tuple[Form, ...] = ()
    if desk.may("definitions:write"):
        forms = (Form("", f"{address}/discard", (), words.say("Throw away"), "post", small=True),)
    return (
        Cell(one.name, link=address),
        Cell(size(one.size, words)),
        Cell(moment(desk, one.since_us), detail=Said(one.by)),
        _tried(desk, one),
        Cell(forms=forms),
    )


def _tried(desk: Desk, one: Waiting) -> Cell:
    words, checked = desk.words, one.checked
    if checked is None:
        return Cell(words.say("not yet"), tone="none")
    if "error" in checked:
        return Cell(chips=(Chip(words.say("cannot be read so"), "warn"),))
    counts = checked["counts"]
    named = {name: words.formats.count(counts[name]) for name in ("accepted", "rows")}
    return Cell(words.say("%(accepted)s of %(rows)s rows", **named))


def _imports(desk: Desk) -> Listing | Empty:
    words, state = desk.words, desk.tables.state
    found = sorted(state.imports.values(), key=lambda one: -one.seq)
    if not found:
        may = desk.may("definitions:write") and state.sample is None
        return Empty(
            words.say("Nothing has been imported yet."),
            words.say("Three files are enough: messages, orders, costs. Columns are recognised by their names."),
            forms=(sample_form(desk),) if may else (),
        )
    columns = (
        Column(words.say("File")),
        Column(words.say("Rows taken"), "num"),
        Column(words.say("Refused"), "num", wide=True),
        Column(words.say("When"), wide=True),
        Column(words.say("By"), wide=True),
        Column(words.say("State")),
    )
    counting = len(state.active_imports)
    title = (
        words.count("%(n)s import counts", "%(n)s imports count", counting)
        if counting
        else words.say("No import counts any more")
    )
    subtitle = words.say("Every file there ever was, the latest first; each can be undone")
    rows = tuple(_import_row(desk, one) for one in found[:MOST_LISTED])
    left = len(found) - len(rows)
    note = words.count("%(n)s earlier one is not shown.", "%(n)s earlier ones are not shown.", left) if left else ""
    return Listing(title, subtitle, columns, rows, note=note)


def _import_row(desk: Desk, one: Import) -> tuple[Cell, ...]:
    words, count = desk.words, desk.words.formats.count
    undone = one.undone_us is not None
    chip = Chip(words.label("import", "undone"), "plain") if undone else Chip(words.label("import", "counts"), "pos")
    refused = one.counts["quarantined"]
    return (
        Cell(one.file, link=desk.asked.plain(f"/imports/{one.seq}"), detail=Said(kind_name(one.kind, words))),
        Cell(count(one.counts["accepted"])),
        Cell(count(refused), tone="neg" if refused else "plain"),
        Cell(moment(desk, one.received_us)),
        Cell(person(one.by, words)),
        Cell(chips=(chip,)),
    )


PAGE = PageAt("/imports", build, "imports", "Imports", live=False)
