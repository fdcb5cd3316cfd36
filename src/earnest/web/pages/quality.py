"""Data quality: can these figures be trusted?"""

from __future__ import annotations

from datetime import datetime

from earnest.audit.check import find_check
from earnest.audit.result import Quality
from earnest.kernel.period import zone
from earnest.reports.blocks import Block, Callout, Said, Table
from earnest.usecases.quality_held import HeldQuality, held_quality
from earnest.web import quality_figures, quality_rows
from earnest.web.as_of import as_of_line
from earnest.web.desk import Desk, PageAt
from earnest.web.first_run import first_run
from earnest.web.page import Folded, Link, Page, WebBlock, Working

LOOK_AGAIN_S = 2


def build(desk: Desk) -> Page:
    """The page, one check behind it, or what an exclusion would change.

    Raises:
        NotFound: `no-such-check`, `no-such-order`. UsageError, DataRefused: as an exclusion's preview.
    """
    what = _what(desk)
    if what:
        return _previewed(desk, what)
    code = desk.asked.one("check")
    if code:
        find_check(code)
    elif not desk.tables.con.execute("SELECT 1 FROM message LIMIT 1").fetchone() and not desk.stories():
        return first_run(desk)
    held = held_quality(desk.workspace, desk.tables)
    if held.quality is None:
        return _working(desk)
    blocks = _one_check(desk, held.quality, code) if code else _whole(desk, held.quality)
    return _page(desk, (*_older(desk, held), *blocks), wait=0 if held.current else LOOK_AGAIN_S, code=code)


def _what(desk: Desk) -> str:
    """What the address or a refused form asks to leave out."""
    if desk.given.get("form") == "exclude":
        return str(desk.given.get("what", ""))
    day = desk.asked.one("day")
    return f"day={day}" if day else desk.asked.one("exclude")


def _page(desk: Desk, blocks: tuple[Block | WebBlock, ...], *, wait: int = 0, code: str = "", title: str = "") -> Page:
    words, label = desk.words, desk.words.label("menu", "Data quality")
    crumbs = (Link(label, desk.asked.plain("/quality")),) if code or title else ()
    address = desk.asked.plain("/api/v1/quality" + (f"/{code}" if code else ""))
    return Page(
        title=title or code or label,
        section="quality",
        crumbs=crumbs,
        exports=() if title else (Link(words.say("Audit (JSON)"), address),),
        as_of=as_of_line(desk),
        blocks=blocks,
        wait=wait,
    )


def _working(desk: Desk) -> Page:
    words = desk.words
    block = Working(
        words.say("Auditing the data …"),
        words.say(
            "Every check is made, and every defect's effect computed. It takes seconds; load the page again to see it."
        ),
        None,
    )
    return _page(desk, (block,), wait=LOOK_AGAIN_S)


def _older(desk: Desk, held: HeldQuality) -> tuple[Callout, ...]:
    """That newer data are being audited, and of when these figures are."""
    if held.current or held.quality is None:
        return ()
    words = desk.words
    moment = datetime.fromisoformat(held.quality.as_of).astimezone(zone(desk.tables.state.timezone))
    time = words.formats.instant(moment.isoformat(timespec="minutes"))
    title = Said(words.say("This audit is as of %(time)s; a new one is being made.", time=time))
    return (Callout("info", words.say("Good to know"), title),)


def _whole(desk: Desk, found: Quality) -> tuple[Block | WebBlock, ...]:
    words = desk.words
    rows = quality_figures.passed(found, words)
    header = (words.say("Check"), words.say("Question"), words.say("Tested"))
    label = words.count("%(n)s check that did not fail", "%(n)s checks that did not fail", len(rows))
    table = Table(label, words.say("Nothing offends beyond what is tolerated"), header, rows, texts=2)
    may = desk.may("definitions:write")
    return (
        quality_figures.answer(found, words),
        *quality_figures.checks(desk, found),
        quality_figures.parts(found, words),
        *((quality_rows.choose_day(desk),) if may else ()),
        *quality_rows.exclusions(desk),
        Folded(label, (table,)),
    )


def _one_check(desk: Desk, found: Quality, code: str) -> tuple[Block | WebBlock, ...]:
    words = desk.words
    one = next((check for check in found.checks if check.code == code), None)
    if one is None:
        return (quality_rows.rows_of(desk, code),)
    label = words.say("Passed") if one.passed else quality_figures.severity(one.severity, words)
    tone = "info" if one.passed or one.severity == "informs" else "warn"
    told = Callout(tone, label, Said(one.message, words.foreign), Said(one.remedy, words.foreign))
    return (told, quality_rows.rows_of(desk, code), *quality_rows.effects(desk, one))


def _previewed(desk: Desk, what: str) -> Page:
    found = quality_rows.looked_at(desk, what)
    form = (quality_rows.leave_out(desk, what),) if desk.may("definitions:write") else ()
    title = desk.words.say("Without %(what)s", what=quality_rows.in_words(found, desk.words))
    return _page(desk, (quality_rows.before_after(desk, found), *form), title=title)


PAGE = PageAt("/quality", build, "quality", "Data quality")
