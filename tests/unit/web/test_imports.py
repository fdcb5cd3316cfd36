"""The pages of imports say what the use cases say, to the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.kernel.errors import NotFound
from earnest.reports.blocks import Callout
from earnest.usecases.import_chosen import check, chosen, take
from earnest.usecases.jobs import start, wait_for
from earnest.usecases.tables import open_tables, quiet
from earnest.usecases.uploads import Waiting, find_waiting, keep_upload, new_place
from earnest.usecases.workspace import Workspace, init
from earnest.web.asked import Asked
from earnest.web.desk import Desk, PageAt
from earnest.web.page import Choices, Facts, Form, Listing, Page
from earnest.web.page_words import page_words
from earnest.web.pages import import_one, import_waiting, imports

ORDERS = "Order ID,E-mail,Placed,Total,Remark\no1,a@b.org,2026-09-01T10:00:00Z,119.00,x\no2,c@d.org,yesterday,20.00,y\n"
WRITER = frozenset({"reports:read", "definitions:write"})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin")


def uploaded(workspace: Workspace, text: str = ORDERS, name: str = "orders.csv") -> Waiting:
    number, path = new_place(workspace, name)
    path.write_text(text)
    return keep_upload(workspace, number, path, by="anna")


def made(workspace: Workspace, at: PageAt, path: str, *, scopes: frozenset[str] = WRITER, **parameters: str) -> Page:
    with open_tables(workspace) as tables:
        desk = Desk(workspace, tables, page_words(), Asked.read("", path, []), "w", "anna", scopes)
        return at.build(desk, **parameters)


def of(page: Page, kind: type) -> list[object]:
    return [block for block in page.blocks if isinstance(block, kind)]


def test_a_preview_names_what_fills_each_field_and_what_is_missing(workspace: Workspace) -> None:
    one = uploaded(workspace)
    page = made(workspace, import_waiting.PAGE, f"/imports/waiting/{one.id}", upload=one.id)
    (choices,) = of(page, Choices)
    assert isinstance(choices, Choices)
    told = {row.name: (row.examples, row.field.value if row.field else None) for row in choices.rows}
    assert told == {
        "Order ID": (("o1", "o2"), "order_id"),
        "E-mail": (("a@b.org", "c@d.org"), "email"),
        "Placed": (("2026-09-01T10:00:00Z", "yesterday"), ""),
        "Total": (("119.00", "20.00"), "total"),
        "Remark": (("x", "y"), ""),
    }
    assert choices.alert == "No column fills ordered_at yet: choose one below, or give a fixed value."
    assert choices.title == "3 of 5 columns would be read"


def test_the_dry_run_and_the_import_stand_on_their_pages_as_counted(workspace: Workspace) -> None:
    one = uploaded(workspace)
    columns = {0: "order_id", 1: "email", 2: "ordered_at", 3: "total", 4: ""}
    chosen(workspace, one, kind="orders", saved="", columns=columns, further={})
    check(workspace, one.id, quiet)
    page = made(workspace, import_waiting.PAGE, f"/imports/waiting/{one.id}", upload=one.id)
    (facts,) = of(page, Facts)
    assert isinstance(facts, Facts)
    assert [(item.label, item.value) for item in facts.items] == [
        ("Rows in the file", "2"), ("Would be taken", "1"), ("Would be refused", "1"),
    ]  # fmt: skip
    assert not workspace.state().imports
    take(workspace, one.id, quiet, by="anna")
    (done,) = workspace.state().imports.values()
    listed = made(workspace, imports.PAGE, "/imports")
    (listing,) = of(listed, Listing)
    assert isinstance(listing, Listing)
    assert [cell.text for cell in listing.rows[0]][:3] == ["orders.csv", "1", "1"]
    assert listing.rows[0][4].text == "anna"
    shown = made(workspace, import_one.PAGE, f"/imports/{done.seq}", number=str(done.seq))
    assert any(isinstance(block, Form) and block.danger for block in shown.blocks)
    read = made(
        workspace, import_one.PAGE, f"/imports/{done.seq}", scopes=frozenset({"reports:read"}), number=str(done.seq)
    )
    assert not of(read, Form)


def test_another_kind_begins_anew_and_an_old_dry_run_is_not_shown_for_it(workspace: Workspace) -> None:
    one = uploaded(workspace)
    chosen(workspace, one, kind="orders", saved="", columns={2: "ordered_at"}, further={})
    check(workspace, one.id, quiet)
    with open_tables(workspace) as tables:
        asked = Asked.read("", f"/imports/waiting/{one.id}", [("kind", "refunds")])
        desk = Desk(workspace, tables, page_words(), asked, "w", "anna", WRITER)
        page = import_waiting.PAGE.build(desk, upload=one.id)
    assert not of(page, Facts)


def test_a_job_that_failed_says_why(workspace: Workspace) -> None:
    def fail(_progress: object) -> dict[str, object]:
        raise NotFound("no-such-thing", "there is no such thing", hint="Look elsewhere.")

    wait_for(workspace, start(workspace, "import", fail), 5)
    (told,) = of(made(workspace, imports.PAGE, "/imports"), Callout)
    assert isinstance(told, Callout)
    assert (told.title.text, told.body.text if told.body else "") == ("there is no such thing", "Look elsewhere.")


def test_what_does_not_wait_is_not_found(workspace: Workspace) -> None:
    for number in ("", "..", "0" * 16, "x" * 16, "../uploads"):
        with pytest.raises(NotFound, match="no such uploaded file"):
            find_waiting(workspace, number)


def test_a_saved_mapping_is_shown_as_it_would_be_followed(workspace: Workspace) -> None:
    one = uploaded(workspace)
    columns = {0: "order_id", 1: "email", 2: "ordered_at", 3: "total", 4: ""}
    further = {"save_as": "shopx", "fixed": "currency==EUR", "timezone": "Europe/Paris", "decimal": "point"}
    chosen(workspace, one, kind="orders", saved="", columns=columns, further=further)
    take(workspace, one.id, quiet, by="anna")
    assert list(workspace.state().mappings) == ["shopx"]
    two = uploaded(workspace, ORDERS.replace("o1", "o7"), "more.csv")
    with open_tables(workspace) as tables:
        asked = Asked.read("", f"/imports/waiting/{two.id}", [("kind", "orders"), ("saved", "shopx")])
        page = import_waiting.PAGE.build(
            Desk(workspace, tables, page_words(), asked, "w", "anna", WRITER), upload=two.id
        )
    (choices,) = of(page, Choices)
    assert isinstance(choices, Choices)
    fields = {row.name: row.field.value for row in choices.rows if row.field is not None}
    assert (fields["Placed"], fields["Total"], choices.alert) == ("ordered_at", "total", "")
    more = {field.name: field.value for field in choices.more}
    assert (more["timezone"], more["fixed"], more["save_as"]) == ("Europe/Paris", "currency==EUR", "")
    chosen(workspace, two, kind="orders", saved="shopx", columns=columns, further={**more, "save_as": ""})
    check(workspace, two.id, quiet)
    checked = find_waiting(workspace, two.id).checked
    assert checked is not None
    assert (checked["counts"]["accepted"], checked["mapping"]["fields"]["currency"]) == (1, "=EUR")
