"""Settings: the workspace, its dated settings, one's password and keys."""

from __future__ import annotations

from earnest.definitions.setting import SETTINGS
from earnest.definitions.state import State
from earnest.kernel.declared import check_known
from earnest.kernel.errors import EarnestError, NotFound
from earnest.reports.blocks import Block, Callout, Fact, Said
from earnest.usecases.jobs import job_of
from earnest.web.desk import Desk, PageAt
from earnest.web.import_words import working
from earnest.web.page import Cell, Column, Facts, Field, Form, Link, Listing, Page, WebBlock
from earnest.web.setting_words import setting_meaning, setting_name

KEYS_COOKIE = "earnest-keys"


def build(desk: Desk) -> Page:
    """The page."""
    words, may = desk.words, desk.may("definitions:write")
    chosen = str(desk.given.get("name") or desk.asked.one("change"))
    if chosen:
        check_known(SETTINGS, chosen, what="setting", listed="Settings", refusal=(NotFound, "unknown-setting"))
    job = job_of(desk.workspace)
    running = job is not None and job.running and job.kind == "setting"
    blocks: list[Block | WebBlock] = [*_done(desk)]
    if running and job is not None:
        blocks.append(working(job, words))
    blocks.append(_workspace(desk))
    if chosen and may:
        blocks.append(_change(desk, chosen))
    blocks += [_settings(desk), *_own(desk), _docs(desk), _keys(desk)]
    people = (Link(words.say("Users and API keys"), desk.asked.plain("/settings/access"), "button"),)
    return Page(
        title=words.label("menu", "Settings"),
        section="settings",
        blocks=tuple(blocks),
        actions=people if desk.may("access:manage") else (),
        wait=1 if running else 0,
        status=int(desk.given.get("status", 200)),
    )


def _done(desk: Desk) -> tuple[Callout, ...]:
    words = desk.words
    if desk.asked.one("done") == "setting":
        title = words.say("The setting was changed. Figures follow it from its first day on.")
        return (Callout("info", words.say("Done"), Said(title)),)
    return ()


def _workspace(desk: Desk) -> Facts:
    words, state = desk.words, desk.tables.state
    items = (
        Fact(words.label("settings", "Workspace"), desk.name),
        Fact(words.say("Currency"), state.currency, words.say("of all amounts; fixed")),
        Fact(words.say("Time zone"), state.timezone, words.say("of business days; fixed")),
        Fact(words.say("Signed in as"), desk.who),
    )
    return Facts(words.say("This workspace"), "", items)


def _change(desk: Desk, name: str) -> Form:
    words, state, error = desk.words, desk.tables.state, _error(desk, "setting")
    value = str(desk.given.get("value", state.setting(name, desk.tables.day) or ""))
    since = str(desk.given.get("since") or desk.tables.day.isoformat())
    fields = (
        Field("name", "", "hidden", name),
        Field("value", setting_name(name, words), "text", value, hint=setting_meaning(name, words), required=True),
        Field("since", words.say("First day on which it holds"), "date", since, required=True),
    )
    title = words.say("Change: %(name)s", name=setting_name(name, words))
    note = words.say("Earlier days keep their value; the change itself stays in the journal.")
    return Form(title, desk.asked.plain("/settings/set"), fields, words.say("Save"), "post", note, error, width=12)


def _settings(desk: Desk) -> Listing:
    words, state = desk.words, desk.tables.state
    columns = [Column(words.say("Setting")), Column(words.say("Value today")), Column(words.say("Since"), wide=True)]
    may = desk.may("definitions:write")
    if may:
        columns.append(Column(words.say("Change")))
    rows = tuple(_row(desk, state, name)[: len(columns)] for name in SETTINGS)
    subtitle = words.say("Each holds from a day on; earlier days keep the value they had")
    return Listing(words.say("Dated settings"), subtitle, tuple(columns), rows)


def _row(desk: Desk, state: State, name: str) -> tuple[Cell, ...]:
    words, day = desk.words, desk.tables.day
    value = state.setting(name, day)
    begun = [one for one in state.settings.get(name, []) if one.since <= day]
    later = [one for one in state.settings.get(name, []) if one.since > day]
    since = words.formats.day(max(one.since for one in begun).isoformat()) if begun else words.say("default")
    coming = (
        words.say("%(value)s from %(day)s", value=later[0].value, day=words.formats.day(later[0].since.isoformat()))
        if later
        else ""
    )
    return (
        Cell(setting_name(name, words), detail=Said(setting_meaning(name, words))),
        Cell(value or words.say("not set"), tone="plain" if value else "none", detail=Said(coming) if coming else None),
        Cell(since if value else "–"),
        Cell(words.say("Change"), link=desk.asked.plain("/settings", change=name)),
    )


def _own(desk: Desk) -> tuple[Form, ...]:
    """One's own password; an API key has none."""
    if not desk.given.get("session", True):
        return ()
    words = desk.words
    fields = (
        Field("current", words.say("Password so far"), "password", required=True, extra=(("autocomplete", "current-password"),)),
        Field("new", words.say("New password"), "password", hint=words.say("At least 8 characters; 15 are better."), required=True,
              extra=(("autocomplete", "new-password"),)),
        Field("again", words.say("New password again"), "password", required=True, extra=(("autocomplete", "new-password"),)),
    )  # fmt: skip
    note = words.say("All your sessions end; sign in again with the new one.")
    action, error = desk.asked.plain("/settings/password"), _error(desk, "password")
    return (Form(words.say("Your password"), action, fields, words.say("Change it"), "post", note, error, plain=True),)


def _keys(desk: Desk) -> Form:
    words = desk.words
    off = desk.given.get(KEYS_COOKIE) == "off"
    note = words.say("g and a letter lead to a section, / searches, ? lists all. Kept in this browser.")
    submit = words.say("Switch them on") if off else words.say("Switch them off")
    title = words.say("Keyboard shortcuts are off") if off else words.say("Keyboard shortcuts are on")
    fields = (Field("keys", "", "hidden", "on" if off else "off"),)
    return Form(title, desk.asked.plain("/settings/keys"), fields, submit, "post", note, plain=True)


def _docs(desk: Desk) -> Listing:
    words = desk.words
    topics = (
        (words.say("Importing files"), "importing"),
        (words.say("Costs and rate cards"), "costs"),
        (words.say("Attribution"), "attribution"),
        (words.say("Audit of the data"), "audit"),
        (words.say("Users, roles and keys"), "access"),
        (words.say("Running the server"), "serving"),
    )
    rows = tuple((Cell(text), Cell(f"docs/{file}.md", code=True)) for text, file in topics)
    columns = (Column(words.say("About")), Column(words.say("File")))
    title, subtitle = words.say("Documentation"), words.say("It comes with the program")
    return Listing(title, subtitle, columns, rows, width=6)


def _error(desk: Desk, form: str) -> str:
    """What was wrong with what a form sent."""
    error = desk.given.get("error")
    if not isinstance(error, EarnestError) or desk.given.get("form") != form:
        return ""
    return f"{error.message}. {error.hint or ''}".strip()


PAGE = PageAt("/settings", build, "settings", "Settings", live=False)
