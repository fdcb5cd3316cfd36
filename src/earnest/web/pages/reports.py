"""Reports: show it to the boss. A list, a builder, and a report with its comments, snapshots and links."""

from __future__ import annotations

from earnest.definitions.report import Share
from earnest.kernel.period import moment_of, zone
from earnest.reports.audience import AUDIENCES
from earnest.reports.blocks import Block, Chip, Said, Title
from earnest.reports.campaign import ANCHORS
from earnest.reports.printers import PRINTERS
from earnest.reports.words import Words, languages
from earnest.reports.words.formats import plain
from earnest.usecases.report_draft import Draft, draft_of, reports_of
from earnest.usecases.report_told import tell, with_comments
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.export import LABELS
from earnest.web.page import Cell, Column, Empty, Field, Form, Link, Listing, Option, Page, WebBlock

LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "de": "Deutsch", "es": "Español", "pt_BR": "Português (Brasil)"}
WRITE = "definitions:write"


def listed(desk: Desk) -> Page:
    """Every report."""
    words, asked = desk.words, desk.asked
    new = (Link(words.say("Create report"), asked.plain("/reports/new"), "primary"),) if desk.may(WRITE) else ()
    drafts = [draft_of(desk.tables.state, one.id) for one in reports_of(desk.tables.state)]
    return Page(
        title=words.label("menu", "Reports"),
        section="reports",
        actions=new,
        as_of=as_of_line(desk),
        blocks=(_listing(desk, drafts),) if drafts else (_none(desk),),
    )


def new(desk: Desk) -> Page:
    """The builder of a report."""
    words, asked = desk.words, desk.asked
    return Page(
        title=words.say("Create report"),
        section="reports",
        crumbs=(Link(words.label("menu", "Reports"), asked.plain("/reports")),),
        blocks=(_builder(desk),),
    )


def shown(desk: Desk, report: str) -> Page:
    """A report as it is told now, with what belongs to it.

    Raises:
        NotFound: `no-such-report`.
    """
    words, asked = desk.words, desk.asked
    draft = draft_of(desk.tables.state, report)
    told = tell(desk.workspace, desk.tables, draft.report)
    kept = with_comments(told, draft.comments, desk.tables.state.timezone)
    blocks: tuple[Block, ...] = tuple(block for block in kept if not isinstance(block, Title))
    tools = _tools(desk, draft, [slug for slug, _ in told.sections]) if desk.may(WRITE) else ()
    return Page(
        title=draft.report.title,
        section="reports",
        crumbs=(Link(words.label("menu", "Reports"), asked.plain("/reports")),),
        chips=_chips(draft, words),
        exports=tuple(Link(LABELS[form], asked.plain(f"/reports/{report}/file", format=form)) for form in PRINTERS),
        as_of=as_of_line(desk),
        blocks=(*_made(desk), *blocks, *_snapshots(desk, draft), *tools),
    )


def _listing(desk: Desk, drafts: list[Draft]) -> Listing:
    words = desk.words
    columns = (
        Column(words.say("Report")),
        Column(words.say("Reader"), wide=True),
        Column(words.say("Language"), wide=True),
        Column(words.say("Comments"), "num", wide=True),
        Column(words.say("Snapshots"), "num"),
        Column(words.say("Links"), "num"),
    )
    now_us = desk.workspace.clock()
    rows = tuple(
        (
            Cell(
                plain(one.report.title), link=desk.asked.plain(f"/reports/{one.report.id}"), detail=Said(_of(one, desk))
            ),
            Cell(_reader(one.report.audience, words)),
            Cell(LANGUAGE_NAMES.get(one.report.language, one.report.language)),
            Cell(words.formats.count(len(one.comments))),
            Cell(words.formats.count(len(one.snapshots))),
            Cell(words.formats.count(sum(link.state_at(now_us) == "live" for link in one.shares))),
        )
        for one in drafts
    )
    subtitle = words.say("A draft is told anew of today's data; a snapshot never changes")
    return Listing(words.label("menu", "Reports"), subtitle, columns, rows)


def _none(desk: Desk) -> Empty:
    words = desk.words
    links = (Link(words.say("Create report"), desk.asked.plain("/reports/new"), "primary"),) if desk.may(WRITE) else ()
    text = words.say(
        "A report tells one audience, in one language, what was done and what came of it. Freeze it, and send a link that shows just that."
    )
    return Empty(words.say("No report yet."), text, links=links)


def _of(draft: Draft, desk: Desk) -> str:
    names = dict(desk.campaigns())
    return ", ".join(plain(names.get(one, one)) for one in draft.report.campaigns)


def _reader(audience: str | None, words: Words) -> str:
    """Who reads it, in words."""
    names = {
        "cfo": words.label("reader", "Finance"),
        "cmo": words.label("reader", "Head of marketing"),
        "crm": words.label("reader", "CRM manager"),
        "client": words.label("reader", "Agency or client"),
    }
    return names.get(audience or "", words.label("reader", "Everybody: all there is"))


def _chips(draft: Draft, words: Words) -> tuple[Chip, ...]:
    report = draft.report
    language = LANGUAGE_NAMES.get(report.language, report.language)
    hidden = (Chip(words.say("Costs hidden"), "warn"),) if report.hide_costs else ()
    return (Chip(words.say("Draft"), "info"), Chip(_reader(report.audience, words)), Chip(language), *hidden)


def _builder(desk: Desk) -> Form:
    words, asked = desk.words, desk.asked
    campaigns = tuple(Option(name, told) for name, told in desk.campaigns())
    chosen = asked.one("campaign")
    readers = (Option("", _reader(None, words)), *(Option(one, _reader(one, words)) for one in AUDIENCES))
    told = tuple(Option(one, LANGUAGE_NAMES.get(one, one)) for one in languages())
    name = next((option.text for option in campaigns if option.value == chosen), "")
    fields = (
        Field("title", words.say("Title"), "text", name, required=True, extra=(("maxlength", "200"),)),
        Field("campaign", words.label("menu", "Campaigns"), "checks", chosen, campaigns),
        Field("audience", words.say("Reader"), "select", "", readers),
        Field("language", words.say("Language"), "select", words.language, told),
        Field(
            "hide_costs", words.say("Hide internal costs"), "checkbox", hint=words.say("Only for an agency or client")
        ),
    )
    note = words.say("Who reads it decides what it opens with and what it leaves out; the verdict is the same for all.")
    return Form(
        words.say("What it tells, and whom"),
        asked.plain("/reports"),
        fields,
        words.say("Create report"),
        "post",
        note,
        width=12,
    )


def _made(desk: Desk) -> tuple[WebBlock, ...]:
    """The link that was just made: shown once."""
    url = desk.given.get("link")
    if not url:
        return ()
    words = desk.words
    text = words.say("Copy it now: only its fingerprint is kept, and it cannot be shown again.")
    return (Empty(words.say("The link is ready."), text, (Said(str(url), "en"),)),)


def _snapshots(desk: Desk, draft: Draft) -> tuple[Listing, ...]:
    words = desk.words
    if not draft.snapshots:
        return ()
    columns = (
        Column(words.say("Snapshot")),
        Column(words.say("When")),
        Column(words.say("Links")),
    )
    shares = {one.seq: [link for link in draft.shares if link.snapshot == one.seq] for one in draft.snapshots}
    rows = tuple(
        (
            Cell(
                f"{one.seq}",
                link=desk.asked.plain(f"/reports/{draft.report.id}/snapshots/{one.seq}"),
                detail=Said(plain(one.note)) if one.note else None,
            ),
            Cell(_moment(one.taken_us, desk), detail=Said(words.say("by %(name)s", name=plain(one.by)))),
            Cell(
                forms=tuple(_link(desk, draft, link) for link in shares[one.seq]), chips=_states(shares[one.seq], desk)
            ),
        )
        for one in reversed(draft.snapshots)
    )
    return (
        Listing(
            words.say("Snapshots"), words.say("What each shows never changes, whatever comes later"), columns, rows
        ),
    )


def _states(shares: list[Share], desk: Desk) -> tuple[Chip, ...]:
    words, now_us = desk.words, desk.workspace.clock()
    said = {
        "live": (words.label("link", "open"), "pos"),
        "expired": (words.label("link", "expired"), "plain"),
        "revoked": (words.label("link", "revoked"), "plain"),
    }
    return tuple(Chip(*said[one.state_at(now_us)]) for one in shares)


def _link(desk: Desk, draft: Draft, share: Share) -> Form:
    """The button that revokes a link; a link that opens nothing has none."""
    words = desk.words
    field = Field("link", "", "hidden", str(share.seq))
    action = desk.asked.plain(f"/reports/{draft.report.id}/revoke")
    return Form("", action, (field,), words.say("Revoke link %(number)s", number=str(share.seq)), "post", small=True)


def _tools(desk: Desk, draft: Draft, told: list[str]) -> tuple[WebBlock, ...]:
    """What an author can do with it."""
    words, asked = desk.words, desk.asked
    base = f"/reports/{draft.report.id}"
    sections = tuple(Option(slug, _section(slug, words)) for slug in told if slug in ANCHORS)
    comment = Form(
        words.say("Comment"), asked.plain(f"{base}/comment"),
        (Field("at", words.say("Section"), "select", "result" if "result" in told else told[0], sections),
            Field("text", words.say("What you say"), "textarea", required=True, extra=(("maxlength", "2000"),)),
        ),
        words.say("Add comment"), "post",
    )  # fmt: skip
    freeze = Form(
        words.say("Freeze it"), asked.plain(f"{base}/snapshot"),
        (Field("note", words.say("Why"), "text", hint=words.say("For the list of snapshots; may stay empty")),),
        words.say("Take a snapshot"), "post", words.say("The figures of this moment, for good; later data change nothing in it."),
    )  # fmt: skip
    share = Form(
        words.say("Share the last snapshot"), asked.plain(f"{base}/share"),
        (
            Field("days", words.say("Days it stays open"), "number", "30", hint=words.say("Empty: until it is revoked"), extra=(("min", "1"), ("max", "3650"))),
            Field("comments", words.say("Show the comments"), "checkbox"),
        ),
        words.say("Make a link"), "post", words.say("Whoever has the link sees the report and nothing else, without signing in."),
    )  # fmt: skip
    return (comment, freeze, *((share,) if draft.snapshots else ()))


def _section(slug: str, words: Words) -> str:
    names = {
        "opening": words.label("section", "Opening"),
        "result": words.label("section", "Result"),
        "money_first": words.label("section", "Money"),
        "goals": words.label("section", "Goals"),
        "kpis": words.label("section", "Measures"),
        "bridge": words.label("section", "Bridge"),
        "sensitivity": words.label("section", "Assumptions"),
        "costs": words.label("section", "Costs"),
        "charges": words.label("section", "Charges"),
        "reach": words.label("section", "Funnel"),
        "failures": words.label("section", "Failures"),
        "attribution": words.label("section", "Attribution"),
        "experiment": words.label("section", "Experiment"),
        "next_step": words.label("section", "Next step"),
        "caveats": words.label("section", "Caveats and method"),
    }
    return names.get(slug, slug)


def _moment(at_us: int, desk: Desk) -> str:
    told = moment_of(at_us).astimezone(zone(desk.tables.state.timezone))
    return desk.words.formats.instant(told.isoformat(timespec="minutes"))


PAGES = (
    PageAt("/reports", listed, "reports", "Reports"),
    PageAt("/reports/new", new, "reports", "Create a report", scope=WRITE),
    PageAt("/reports/{report}", shown, "reports", "One report"),
)
