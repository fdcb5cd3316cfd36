"""Users and API keys: who may do what. A new key's text is shown once, in the answer that made it."""

from __future__ import annotations

from earnest.access.records import ApiKey, User
from earnest.access.roles import ROLES, SCOPES
from earnest.kernel.errors import EarnestError
from earnest.kernel.period import moment_of
from earnest.reports.blocks import Block, Callout, Chip, Said
from earnest.reports.words import Words
from earnest.usecases.access import open_access
from earnest.web.desk import Desk, PageAt
from earnest.web.page import Cell, Column, Field, Form, Link, Listing, Option, Page, WebBlock


def build(desk: Desk) -> Page:
    """The page."""
    words = desk.words
    with open_access(desk.workspace) as store:
        users, keys = store.users(), store.api_keys()
    now_us = desk.workspace.clock()
    blocks: list[Block | WebBlock] = [
        *_told(desk),
        _users(desk, users),
        _new_user(desk),
        _password(desk, users),
        _keys(desk, keys, now_us),
        _new_key(desk),
    ]
    return Page(
        title=words.say("Users and API keys"),
        section="settings",
        crumbs=(Link(words.label("menu", "Settings"), desk.asked.plain("/settings")),),
        blocks=tuple(blocks),
        status=int(desk.given.get("status", 200)),
    )


def role_name(role: str, words: Words) -> str:
    """A role, with what it may do."""
    names = {
        "viewer": words.say("viewer: reads"),
        "analyst": words.say("analyst: reads, declares and imports"),
        "admin": words.say("admin: everything, users too"),
    }
    return names.get(role, role)


def _told(desk: Desk) -> tuple[Callout, ...]:
    """A new key's text, or what went wrong."""
    words, error, key = desk.words, desk.given.get("error"), desk.given.get("key")
    if isinstance(key, str):
        body = words.say("Copy it now: it is not kept, and cannot be shown again.")
        return (Callout("info", words.say("The new API key"), Said(key, "en"), Said(body)),)
    if isinstance(error, EarnestError):
        hint = Said(error.hint, words.foreign) if error.hint else None
        return (Callout("warn", words.say("Nothing was changed"), Said(error.message, words.foreign), hint),)
    return ()


def _users(desk: Desk, users: list[User]) -> Listing:
    words = desk.words
    rows = tuple(_user_row(desk, user) for user in users)
    columns = (
        Column(words.say("Name")),
        Column(words.say("Role")),
        Column(words.say("Since"), wide=True),
        Column(words.say("May sign in")),
        Column(words.say("To do")),
    )
    title = words.count("%(n)s person has an account", "%(n)s people have an account", len(users))
    return Listing(title, words.say("A disabled user is out with the next request"), columns, rows)


def _user_row(desk: Desk, user: User) -> tuple[Cell, ...]:
    words, off = desk.words, user.disabled_us is not None
    fields = (Field("name", "", "hidden", user.name), Field("state", "", "hidden", "on" if off else "off"))
    press = words.say("Let in again") if off else words.say("Disable")
    form = Form("", desk.asked.plain("/settings/access/state"), fields, press, "post", small=True)
    chip = Chip(words.say("no"), "neg") if off else Chip(words.say("yes"), "pos")
    return (
        Cell(user.name),
        Cell(role_name(user.role, words)),
        Cell(_day(user.created_us, words)),
        Cell(chips=(chip,)),
        Cell(forms=(form,)),
    )


def _new_user(desk: Desk) -> Form:
    words = desk.words
    roles = tuple(Option(role, role_name(role, words)) for role in ROLES)
    fields = (
        Field("name", words.label("user", "Name"), hint=words.say("Lower-case letters, digits, dot, - and _."), required=True),
        Field("role", words.say("Role"), "select", "viewer", roles),
        Field("password", words.say("First password"), "password", hint=words.say("At least 8 characters; 15 are better."), required=True,
              extra=(("autocomplete", "new-password"),)),
    )  # fmt: skip
    return Form(
        words.say("Add a user"), desk.asked.plain("/settings/access/user"), fields, words.say("Add"), "post", plain=True
    )


def _password(desk: Desk, users: list[User]) -> Form:
    words = desk.words
    names = tuple(Option(user.name, user.name) for user in users)
    keep = Option("", words.say("as it is"))
    roles = (keep, *(Option(role, role_name(role, words)) for role in ROLES))
    fields = (
        Field("name", words.label("user", "Name"), "select", "", names),
        Field("role", words.say("Role"), "select", "", roles),
        Field("password", words.say("New password"), "password", hint=words.say("Empty: it stays."), extra=(("autocomplete", "new-password"),)),
    )  # fmt: skip
    note = words.say("Sessions of that user end.")
    action = desk.asked.plain("/settings/access/change")
    return Form(words.say("Change a user"), action, fields, words.say("Change"), "post", note, plain=True)


def _keys(desk: Desk, keys: list[ApiKey], now_us: int) -> Listing:
    words = desk.words
    live = sum(1 for key in keys if key.live(now_us))
    columns = (
        Column(words.say("Name")),
        Column(words.say("May"), wide=True),
        Column(words.say("Made"), wide=True),
        Column(words.say("Last used"), wide=True),
        Column(words.say("State")),
        Column(words.say("To do")),
    )
    title = (
        words.count("%(n)s API key is valid", "%(n)s API keys are valid", live)
        if live
        else words.say("No API key is valid")
    )
    empty = words.say("Programs use an API key instead of a session. There is none yet.")
    subtitle = words.say("A revoked key opens nothing with the next request")
    return Listing(title, subtitle, columns, tuple(_key_row(desk, key, now_us) for key in keys), empty)


def _key_row(desk: Desk, key: ApiKey, now_us: int) -> tuple[Cell, ...]:
    words, live = desk.words, key.live(now_us)
    ended = words.say("revoked") if key.revoked_us is not None else words.say("expired")
    chip = Chip(words.say("opens"), "pos") if live else Chip(ended, "plain")
    revoke = Form(
        "",
        desk.asked.plain("/settings/access/key/revoke"),
        (Field("id", "", "hidden", key.id),),
        words.say("Revoke"),
        "post",
        small=True,
    )
    scopes = ", ".join(sorted(key.scopes)) + (f" → {key.source}" if key.source else "")
    return (
        Cell(key.name, detail=Said(f"ek_{key.id}…", "en")),
        Cell(scopes, code=True),
        Cell(_day(key.created_us, words), detail=Said(key.created_by)),
        Cell(_day(key.used_us, words) if key.used_us else words.say("never")),
        Cell(chips=(chip,)),
        Cell(forms=(revoke,) if live else ()),
    )


def _new_key(desk: Desk) -> Form:
    words = desk.words
    scopes = tuple(Option(scope, scope) for scope in SCOPES)
    days = (
        Option("30", words.say("30 days")),
        Option("365", words.say("a year")),
        Option("", words.say("for ever")),
    )
    own = tuple(Option(name, name) for name, source in sorted(desk.tables.state.sources.items()) if source.enabled)
    fields = (
        Field(
            "name",
            words.label("key", "Name"),
            hint=words.say("Lower-case letters, digits, dot, - and _."),
            required=True,
        ),
        Field("scopes", words.say("May"), "checks", "reports:read", scopes),
        Field("source", words.say("Source it sends to"), "select", "", (Option("", words.say("none")), *own)),
        Field("days", words.say("Valid"), "select", "365", days),
    )
    note = words.say("A key that sends events names its source, and has no other scope.")
    action = desk.asked.plain("/settings/access/key")
    return Form(words.say("Make an API key"), action, fields, words.say("Make it"), "post", note, plain=True)


def _day(at_us: int, words: Words) -> str:
    return words.formats.day(moment_of(at_us).date().isoformat())


PAGE = PageAt("/settings/access", build, "settings", "Users and API keys", scope="access:manage", live=False)
