"""An uploaded file before it is imported: what it holds, which column fills which field, a dry run, then the import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from earnest.importers.fields import FileKind
from earnest.importers.parsing import REASONS
from earnest.kernel.errors import EarnestError
from earnest.reports.blocks import Block, Callout, Chip, Fact, Said
from earnest.usecases.import_chosen import Choice as Chosen
from earnest.usecases.import_preview import ATTRIBUTE, Preview, SeenColumn, preview
from earnest.usecases.jobs import job_of
from earnest.usecases.uploads import Waiting, find_waiting, path_of
from earnest.web.desk import Desk, PageAt
from earnest.web.filters import bar
from earnest.web.import_words import kind_name, kind_options, moment, outcome, size, working
from earnest.web.page import (
    Cell,
    Choice,
    Choices,
    Column,
    Facts,
    Field,
    Form,
    Link,
    Listing,
    Option,
    Page,
    WebBlock,
)

MOST_COLUMNS = 150
"""Shown to be chosen for; further ones are read as they are recognised."""


def build(desk: Desk, upload: str) -> Page:
    """The page."""
    words = desk.words
    one = find_waiting(desk.workspace, upload)
    chosen = Chosen.of(one, kind=desk.asked.one("kind"), saved=desk.asked.one("saved"))
    seen, trouble = _looked(desk, one, chosen)
    job = job_of(desk.workspace)
    mine = job is not None and job.about == one.id
    blocks: list[Block | WebBlock] = []
    refused = desk.given.get("error")
    if isinstance(refused, EarnestError):
        blocks.append(_problem(refused, desk))
    if mine and job is not None:
        told = working(job, words) if job.running else outcome(job, words)
        blocks += [told] if told is not None else []
    running = mine and job is not None and job.running
    if trouble is not None:
        blocks.append(_problem(trouble, desk))
    elif seen is not None and not running:
        blocks += _answer(desk, one, chosen, seen)
        blocks.append(_choices(desk, one, chosen, seen))
    if not running and desk.may("definitions:write"):
        blocks.append(_discard(desk, one))
    kind = seen.kind if seen is not None else chosen.kind
    again = (Link(words.say("Look again"), desk.asked.address, "apply"),) if running else ()
    return Page(
        title=one.name,
        section="imports",
        crumbs=(Link(words.label("menu", "Imports"), desk.asked.plain("/imports")),),
        chips=(Chip(words.say("waits to be imported"), "info"),),
        filters=_bar(desk, one, kind, chosen),
        aside=words.say("%(size)s, uploaded %(when)s", size=size(one.size, words), when=moment(desk, one.since_us)),
        blocks=tuple(blocks),
        actions=again,
        wait=1 if running else 0,
        status=int(desk.given.get("status", 200)),
    )


def _looked(desk: Desk, one: Waiting, chosen: Chosen) -> tuple[Preview | None, EarnestError | None]:
    given = desk.given.get("error")
    if isinstance(given, EarnestError) and given.code in ("no-such-mapping",):
        return None, given
    path = path_of(desk.workspace, one)
    try:
        plain = preview(desk.workspace, path, kind=chosen.kind, options=chosen.begun())
        options = chosen.options(plain)
        return preview(desk.workspace, path, kind=plain.kind, options=options), None
    except EarnestError as error:
        try:
            return preview(desk.workspace, path, kind=chosen.kind), None
        except EarnestError:
            return None, error


def _problem(error: EarnestError, desk: Desk) -> Callout:
    words = desk.words
    body = Said(error.hint, words.foreign) if error.hint else None
    return Callout("warn", words.say("It cannot be read like this"), Said(error.message, words.foreign), body)


def _bar(desk: Desk, one: Waiting, kind: str, chosen: Chosen) -> Form:
    words = desk.words
    fields = [Field("kind", words.say("What it holds"), "select", kind, kind_options(words))]
    names = [name for name, body in desk.tables.state.mappings.items() if body["kind"] == kind]
    if names:
        options = (Option("", words.say("None")), *(Option(name, name) for name in sorted(names)))
        fields.append(Field("saved", words.say("Saved mapping"), "select", chosen.saved, options))
    return bar(desk, f"/imports/waiting/{one.id}", fields)


def _answer(desk: Desk, one: Waiting, chosen: Chosen, seen: Preview) -> list[Block | WebBlock]:
    """What the dry run said, if it was for what is chosen now."""
    checked = one.checked
    if checked is None or not chosen.checked(one, seen.kind):
        return []
    if "error" in checked:
        error = checked["error"]
        told = EarnestError(error["code"], error["message"], hint=error["hint"])
        return [_problem(told, desk)]
    blocks: list[Block | WebBlock] = [_counts(desk, checked)]
    if checked["counts"]["quarantined"]:
        blocks += [_reasons(desk, checked, seen), _examples(desk, checked)]
    blocks += _notes(desk, checked)
    if desk.may("definitions:write"):
        blocks.append(_import(desk, one, checked))
    return blocks


def _counts(desk: Desk, checked: Mapping[str, Any]) -> Facts:
    words, counts = desk.words, checked["counts"]
    told = {name: words.formats.count(counts.get(name, 0)) for name in ("rows", "accepted", "quarantined", "filtered")}
    items = [
        Fact(words.say("Rows in the file"), told["rows"]),
        Fact(words.say("Would be taken"), told["accepted"], tone="pos"),
        Fact(words.say("Would be refused"), told["quarantined"], tone="neg" if counts["quarantined"] else "plain"),
    ]
    if counts.get("filtered"):
        items.append(Fact(words.say("Left out by the filter"), told["filtered"]))
    title = words.say("%(taken)s of %(rows)s rows would be taken", taken=told["accepted"], rows=told["rows"])
    return Facts(title, words.say("Dry run: nothing was imported"), tuple(items))


def _reasons(desk: Desk, checked: Mapping[str, Any], seen: Preview) -> Listing:
    """Why rows would be refused, each reason with its number of rows and what to do."""
    words, reasons = desk.words, checked["counts"]["reasons"]
    rows = tuple(
        (
            Cell(code, code=True, detail=_meaning(code, desk)),
            Cell(words.formats.count(number), tone="neg"),
        )
        for code, number in reasons.items()
    )
    title = words.count("Rows would be refused for %(n)s reason", "Rows would be refused for %(n)s reasons", len(rows))
    columns = (Column(words.say("Reason")), Column(words.say("Rows"), "num"))
    return Listing(title, words.say("They are kept aside, and never counted"), columns, rows, width=6)


def _meaning(code: str, desk: Desk) -> Said | None:
    if code not in REASONS:
        return None
    wrong, remedy = REASONS[code]
    return Said(f"The value {wrong}. {remedy}", desk.words.foreign)


def _examples(desk: Desk, checked: Mapping[str, Any]) -> Listing:
    words = desk.words
    rows = tuple(
        (Cell(words.formats.count(one["row"])), Cell(detail=Said(one["message"], words.foreign)))
        for one in checked["rejects"]
    )
    columns = (Column(words.say("Row"), "num"), Column(words.say("Why")))
    return Listing(
        words.say("The first of them"), words.say("With the value that stands there"), columns, rows, width=6
    )


def _notes(desk: Desk, checked: Mapping[str, Any]) -> list[Callout]:
    words = desk.words
    told = [*checked["notes"]]
    if checked.get("already_imported_as"):
        number = str(checked["already_imported_as"])
        title = words.say("The same file was imported as %(number)s; it counts once.", number=number)
        return [Callout("info", words.say("Known already"), Said(title))]
    if not told:
        return []
    return [
        Callout("info", words.say("Assumed"), Said(told[0], words.foreign), Said(" ".join(told[1:]), words.foreign))
    ]


def _import(desk: Desk, one: Waiting, checked: Mapping[str, Any]) -> Form:
    words = desk.words
    note = words.say("The rows count from then on; the import can be undone.")
    title = words.say("Import %(rows)s rows", rows=words.formats.count(checked["counts"]["accepted"]))
    action = desk.asked.plain(f"/imports/waiting/{one.id}/commit")
    return Form(title, action, (), words.say("Import"), "post", note, width=12)


def _discard(desk: Desk, one: Waiting) -> Form:
    words = desk.words
    action = desk.asked.plain(f"/imports/waiting/{one.id}/discard")
    return Form(
        words.say("Throw the file away"), action, (), words.say("Throw away"), "post", small=True, danger=True, width=12
    )


def _choices(desk: Desk, one: Waiting, chosen: Chosen, seen: Preview) -> Choices:
    """Columns with values and the field each fills."""
    words = desk.words
    kind = seen.rows
    rows = (
        tuple(_row(desk, number, column, kind) for number, column in enumerate(seen.columns[:MOST_COLUMNS]))
        if kind
        else ()
    )
    read = sum(1 for column in seen.columns if column.field)
    title = (
        words.say(
            "%(read)s of %(all)s columns would be read",
            read=words.formats.count(read),
            all=words.formats.count(len(seen.columns)),
        )
        if kind
        else words.say("Webhook bodies need no mapping")
    )
    told = words.say("It looks like %(kind)s.", kind=kind_name(seen.kind, words)) if seen.guessed else ""
    alert = _missing(seen.problem, desk)
    checked = one.checked is not None and "error" not in one.checked and chosen.checked(one, seen.kind)
    may = desk.may("definitions:write")
    return Choices(
        title=title,
        subtitle=told or words.say("Choose for each column the field it fills"),
        action=desk.asked.plain(f"/imports/waiting/{one.id}/check"),
        header=(words.say("Column"), words.say("First values"), words.say("Field")),
        rows=rows,
        submit=words.say("Try it: dry run") if may else "",
        hidden=(Field("kind", "", "hidden", seen.kind), Field("saved", "", "hidden", chosen.saved)),
        more=_further(desk, chosen, seen) if may else (),
        more_label=words.say("How times and amounts are written, fixed values, filter"),
        open=bool(chosen.shown(desk.tables.state)),
        alert=alert,
        primary=not checked,
    )


def _missing(problem: EarnestError | None, desk: Desk) -> str:
    """What still has to be chosen."""
    if problem is None:
        return ""
    needed = problem.facts.get("needed")
    if problem.code != "missing-column" or not isinstance(needed, list):
        return problem.message
    fields = " / ".join(str(one) for one in needed)
    return desk.words.say("No column fills %(fields)s yet: choose one below, or give a fixed value.", fields=fields)


def _row(desk: Desk, number: int, column: SeenColumn, kind: FileKind) -> Choice:
    words = desk.words
    if column.fixed or not desk.may("definitions:write"):
        return Choice(column.name, column.examples, None, column.field if column.field else words.say("not read"))
    options = [Option("", words.say("– not read –"))]
    if kind.rest == "attributes":
        options.append(Option(ATTRIBUTE, words.say("an attribute of its own")))
    options += [Option(field.name, field.name) for field in kind.fields]
    label = words.say("Field for column %(name)s", name=column.name)
    return Choice(column.name, column.examples, Field(f"c{number}", label, "select", column.field, tuple(options)))


def _further(desk: Desk, chosen: Chosen, seen: Preview) -> tuple[Field, ...]:
    words, told = desk.words, chosen.shown(desk.tables.state)
    source = Field(
        "source",
        words.say("Source: namespace of the ids"),
        "text",
        told.get("source", ""),
        hint=words.say("Orders merge by id only within one source."),
    )
    if seen.rows is None:
        return (source,)
    marks = (Option("point", words.say("1234.56")), Option("comma", words.say("1.234,56")))
    fixed = "\n".join(told.get("fixed", "").splitlines())
    return (
        Field("timezone", words.say("Zone of clock times without one"), "text", told.get("timezone", ""), hint="Europe/Berlin"),
        Field("decimal", words.say("Amounts are written"), "select", told.get("decimal", "point"), marks),
        Field("date_format", words.say("Format of times that are not ISO 8601"), "text", told.get("date_format", ""), hint="%d.%m.%Y %H:%M"),
        Field("region", words.say("Country of phone numbers without a code"), "text", told.get("region", ""), hint="DE"),
        Field("fixed", words.say("Fixed values, one a line"), "textarea", fixed, hint="currency==EUR"),
        Field("where", words.say("Only rows that match"), "text", told.get("where", ""), hint="spend > 0 and segment != 'test'"),
        source,
        Field("save_as", words.say("Save this mapping as"), "text", told.get("save_as", ""), hint=words.say("Lower-case letters, digits, - and _.")),
    )  # fmt: skip


PAGE = PageAt("/imports/waiting/{upload}", build, "imports", "A file before it is imported", live=False)
