"""A small shop to make pages of: messages and orders that can be worked out on paper, a margin of 50 %, and four lines of cost.

content 100.00 invoiced for spring · staff 40.00 assumed for flash · subscription 30.00 allocated to nobody · 50.00 USD without a rate ·
a discount of 12.00 as a memo
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from earnest.access.principal import operator
from earnest.access.roles import ROLES
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.definitions.campaign import Campaign
from earnest.kernel.period import parse_day
from earnest.usecases.access import Administration, create_key
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from earnest.web.asked import Asked
from earnest.web.desk import Desk
from earnest.web.page import Listing, Page
from earnest.web.page_words import page_words
from unit.usecases.attribution_shop import filled

NOTHING = {"campaign": None, "currency": None, "until": None, "description": None, "covers": False}
LINES: tuple[dict[str, Any], ...] = (
    {"amount": "100.00", "kind": "content", "campaign": "spring", "evidence": "invoiced", "from": "2026-09-01"},
    {"amount": "40.00", "kind": "staff", "campaign": "flash", "evidence": "assumed", "from": "2026-09-03"},
    {"amount": "30.00", "kind": "subscription", "evidence": "allocated", "from": "2026-09-01"},
    {
        "amount": "50.00",
        "kind": "other",
        "campaign": "vip",
        "evidence": "invoiced",
        "from": "2026-09-02",
        "currency": "USD",
    },
    {"amount": "12.00", "kind": "discount", "campaign": "vip", "evidence": "measured", "from": "2026-09-02"},
)


def shop(folder: Path) -> Workspace:
    """The shop, with everything declared and imported."""
    workspace = init(folder / "shop", currency="EUR", timezone="Europe/Berlin")

    def imported(kind: str, *lines: str) -> None:
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n")
        import_files(workspace, [path], kind)

    filled(imported)
    for name in ("spring", "flash", "vip"):
        add_campaign(workspace, Campaign(name, name.title()))
    set_setting(workspace, "margin", "0.5", parse_day("2026-01-01"))
    for line in LINES:
        add_cost(workspace, NOTHING | line)
    return workspace


_NUMBERS = itertools.count()


@contextlib.contextmanager
def desk(workspace: Workspace, path: str, *pairs: tuple[str, str], role: str = "admin", **given: Any) -> Iterator[Desk]:
    """What a page is made from, for somebody of a role."""
    asked = Asked.read("", path, list(pairs))
    with open_tables(workspace) as tables:
        yield Desk(workspace, tables, page_words("en"), asked, "shop", "anna", frozenset(ROLES[role]), given)


def listing(page: Page, title: str) -> Listing:
    """The list whose title begins so."""
    return next(one for one in page.blocks if isinstance(one, Listing) and one.title.startswith(title))


def texts(found: Listing, column: int) -> list[str]:
    """The texts of a column."""
    return [row[column].text for row in found.rows]


def sent(workspace: Workspace, path: str, **fields: str) -> httpx.Response:
    """A form, as somebody who may change definitions."""
    return _answered(workspace, ("reports:read", "definitions:write"), "POST", path, fields)


def asked(workspace: Workspace, path: str) -> httpx.Response:
    """What an address answers to somebody who may read reports."""
    return _answered(workspace, ("reports:read",), "GET", path)


def _answered(
    workspace: Workspace, scopes: tuple[str, ...], method: str, path: str, fields: dict[str, str] | None = None
) -> httpx.Response:
    place = Place("shop", workspace)
    admin = Administration(workspace, place.access, operator("root"))
    key = create_key(admin, f"form-{next(_NUMBERS)}", scopes=scopes)[1]

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=make_app({"shop": place}))
        async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
            return await client.request(
                method, path, data=fields, headers={"authorization": f"Bearer {key}", "accept": "text/html"}
            )

    try:
        return asyncio.run(send())
    finally:
        place.close()
