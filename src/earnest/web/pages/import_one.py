"""One import: what was taken and how it was read, what was refused and why; and undoing it."""

from __future__ import annotations

from earnest.definitions.state import Import
from earnest.kernel.errors import NotFound
from earnest.reports.blocks import Block, Chip, Fact, Said
from earnest.usecases.quarantine import quarantined
from earnest.web.desk import Desk, PageAt
from earnest.web.import_words import kind_name, moment, person
from earnest.web.page import Cell, Column, Facts, Form, Link, Listing, Page, WebBlock

SHOWN = 20


def build(desk: Desk, number: str) -> Page:
    """The page."""
    words = desk.words
    one = (
        desk.tables.state.imports.get(int(number))
        if number.isascii() and number.isdigit() and len(number) < 16
        else None
    )
    if one is None:
        raise NotFound("no-such-import", "there is no such import", hint="See the list of imports.")
    undone = one.undone_us is not None
    chip = Chip(words.label("import", "undone"), "plain") if undone else Chip(words.label("import", "counts"), "pos")
    blocks: list[Block | WebBlock] = [_facts(desk, one), _mapping(desk, one)]
    if one.counts["quarantined"]:
        blocks.append(_refused(desk, one))
    if not undone and desk.may("definitions:write") and desk.tables.state.sample is None:
        blocks.append(_undo(desk, one))
    return Page(
        title=one.file,
        section="imports",
        crumbs=(Link(words.label("menu", "Imports"), desk.asked.plain("/imports")),),
        chips=(Chip(kind_name(one.kind, words), "info"), chip),
        blocks=tuple(blocks),
    )


def _facts(desk: Desk, one: Import) -> Facts:
    words, count = desk.words, desk.words.formats.count
    items = [
        Fact(words.say("Rows in the file"), count(one.counts["rows"])),
        Fact(words.say("Taken"), count(one.counts["accepted"]), tone="pos"),
        Fact(
            words.say("Refused"), count(one.counts["quarantined"]), tone="neg" if one.counts["quarantined"] else "plain"
        ),
        Fact(words.say("Imported"), moment(desk, one.received_us), person(one.by, words)),
    ]
    if one.undone_us is not None:
        items.append(Fact(words.say("Undone"), moment(desk, one.undone_us), person(one.undone_by, words)))
    title = words.say("%(taken)s of %(rows)s rows were taken", taken=items[1].value, rows=items[0].value)
    note = words.say(
        "Import %(number)s. The file is kept under its content's hash %(hash)s.",
        number=str(one.seq),
        hash=one.file_hash[:12],
    )
    return Facts(title, "", tuple(items), note)


def _mapping(desk: Desk, one: Import) -> Listing:
    words, told = desk.words, one.mapping
    pairs = [*told["fields"].items(), *((f"attribute.{name}", column) for name, column in told["attributes"].items())]
    rows = tuple((Cell(field, code=True), Cell(_from(str(source), desk))) for field, source in pairs)
    columns = (Column(words.say("Field")), Column(words.say("Read from")))
    empty = words.say("Webhook bodies have no columns to map.")
    return Listing(
        words.say("How it was read"), words.say("Fields, and the columns that fill them"), columns, rows, empty, width=6
    )


def _from(source: str, desk: Desk) -> str:
    if source.startswith("="):
        return desk.words.say("always “%(value)s”", value=source[1:])
    return desk.words.say("the row's number") if source == "@row" else source


def _refused(desk: Desk, one: Import) -> Listing:
    words = desk.words
    found = quarantined(desk.workspace, one.seq, limit=SHOWN)
    rows = tuple(
        (
            Cell(words.formats.count(row.row)),
            Cell(row.field or "–"),
            Cell(detail=Said(row.sentence(one.file), words.foreign)),
        )
        for row in found.rows
    )
    columns = (Column(words.say("Row"), "num"), Column(words.say("Field"), wide=True), Column(words.say("Why")))
    title = words.count("%(n)s row was refused", "%(n)s rows were refused", found.count)
    left = found.count - len(rows)
    note = words.count("%(n)s more row is not shown.", "%(n)s more rows are not shown.", left) if left else ""
    subtitle = words.say("Mend them in the file, and import it again: what was taken counts once")
    return Listing(title, subtitle, columns, rows, note=note, width=6)


def _undo(desk: Desk, one: Import) -> Form:
    words, count = desk.words, desk.words.formats.count
    taken = sum(segment.rows for segment in one.segments)
    note = words.say(
        "Its %(rows)s rows, kept as %(events)s entries, count no more from then on. Figures as of earlier moments keep them, and the"
        " file can be imported again.",
        rows=count(one.counts["accepted"]),
        events=count(taken),
    )
    action = desk.asked.plain(f"/imports/{one.seq}/undo")
    return Form(words.say("Undo this import"), action, (), words.say("Undo"), "post", note, danger=True, width=6)


PAGE = PageAt("/imports/{number}", build, "imports", "One import", live=False)
