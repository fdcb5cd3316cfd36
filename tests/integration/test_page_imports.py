"""Files through the pages: uploaded, looked at, tried, imported, undone; what the command line makes of the same files, no more and no less."""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from earnest.access.principal import operator
from earnest.api import limits
from earnest.api.app import make_app
from earnest.api.front import Front
from earnest.api.place import Place
from earnest.api.routes import page_imports
from earnest.definitions.campaign import Campaign
from earnest.usecases import sample as sample_data
from earnest.usecases.access import Administration, add_user
from earnest.usecases.declare import add_campaign
from earnest.usecases.import_files import import_files
from earnest.usecases.import_options import Options
from earnest.usecases.jobs import FOLDER, job_of
from earnest.usecases.tables import open_tables
from earnest.usecases.uploads import waiting
from earnest.usecases.workspace import Workspace, init

PASSWORD = "four-plain-canary-words"
ORDERS = b"""Order ID,Customer email,Placed on,Gross total,VAT,Note
1001,anna@example.org,2026-09-01T10:00:00+02:00,119.00,19.00,<script>alert(1)</script>
1002,ben@example.org,2026-09-02T11:00:00+02:00,59.50,9.50,=cmd|' /C calc'!A0
1003,eva@example.org,2026-09-03T12:00:00+02:00,abc,3.00,x
1004,eva@example.org,gestern,20.00,3.00,x
1005,eva@example.org,2026-09-05T12:00:00+02:00,238.00,38.00,"a, b"
"""
CHOSEN = {
    "kind": "orders",
    "saved": "",
    "c0": "order_id",
    "c1": "email",
    "c2": "ordered_at",
    "c3": "total",
    "c4": "tax",
    "c5": "",
}
FACTS = "SELECT before_refunds_minor, ordered_us, order_key, contact_key IS NULL FROM conversion ORDER BY order_key"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place("shop", init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin"))
    for name, role in (("anna", "admin"), ("vera", "viewer")):
        add_user(Administration(place.workspace, place.access, operator("root")), name, role=role, password=PASSWORD)
    yield place
    place.close()


@pytest.fixture
def app(place: Place) -> FastAPI:
    return make_app({"shop": place})


class Browser:
    """Somebody signed in, who presses buttons."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client, self.token = client, token

    async def page(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def press(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.token, **fields})

    async def upload(self, *files: tuple[str, bytes], token: str | None = None) -> httpx.Response:
        sent = [("files", (name, data, "text/csv")) for name, data in files]
        token = self.token if token is None else token
        return await self.client.post(f"/imports/upload?csrf={token}", files=sent)


@asynccontextmanager
async def browsing(app: Any, name: str = "anna") -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(Front(app), client=("203.0.113.5", 50000))
    headers = {"accept": "text/html,application/xhtml+xml"}
    async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example", headers=headers) as client:
        assert (await client.post("/sign-in", data={"name": name, "password": PASSWORD})).status_code == 303
        token = (await client.get("/api/v1/session")).json()["csrf_token"]
        yield Browser(client, token)


def run(app: FastAPI, walk: Callable[[Browser], Awaitable[None]], name: str = "anna") -> None:
    async def all_of_it() -> None:
        async with browsing(app, name) as browser:
            await walk(browser)

    asyncio.run(all_of_it())


async def ended(place: Place) -> None:
    """Until the job has ended."""
    for _ in range(1_200):
        job = job_of(place.workspace)
        if job is not None and not job.running:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the job does not end")


def text_of(page: str) -> str:
    """What a reader reads."""
    main = page[page.index("<main") : page.index("</main>")]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def test_upload_preview_dry_run_commit_and_undo_are_what_the_command_line_does(
    app: FastAPI, place: Place, tmp_path: Path
) -> None:
    other = init(tmp_path / "other", currency="EUR", timezone="Europe/Berlin")
    (other.path / "workspace.key").write_text((place.workspace.path / "workspace.key").read_text())
    (tmp_path / "orders.csv").write_bytes(ORDERS)
    maps = ("ordered_at=Placed on", "total=Gross total")
    options = Options(maps=maps, without=("Note",))
    (theirs,) = import_files(other, [tmp_path / "orders.csv"], "orders", options=options)

    async def walk(browser: Browser) -> None:
        answer = await browser.upload(("orders.csv", ORDERS))
        assert answer.status_code == 303
        address = answer.headers["location"]
        seen = text_of(await browser.page(address))
        assert "No column fills ordered_at yet" in seen
        assert "<script>alert(1)</script> =cmd|' /C calc'!A0 x" in seen, "values as they stand, as text"
        assert not place.state().imports
        assert (await browser.press(f"{address}/check", **CHOSEN)).headers["location"] == address
        await ended(place)
        tried = text_of(await browser.page(address))
        assert "3 of 5 rows would be taken" in tried
        assert "not-an-amount" in tried
        assert "orders.csv row 4 field ordered_at: 'gestern' is not a time" in tried
        assert not place.state().imports, "a dry run imports nothing"
        assert (await browser.press(f"{address}/commit")).headers["location"] == "/imports"
        await ended(place)
        assert "Of the 5 rows of orders.csv 3 were taken and 2 refused." in text_of(await browser.page("/imports"))
        (ours,) = place.state().imports.values()
        assert ours.counts == theirs.counts.to_json()
        assert ours.mapping == theirs.mapping.to_json()
        assert (ours.file, ours.by, waiting(place.workspace)) == ("orders.csv", "anna", ())
        assert facts(place.workspace) == facts(other) != []
        one = text_of(await browser.page(f"/imports/{ours.seq}"))
        assert "3 of 5 rows were taken" in one
        assert "Placed on" in one
        await browser.press(f"/imports/{ours.seq}/undo")
        await ended(place)
        (undone,) = place.state().imports.values()
        assert (undone.undone_by, undone.undone_us is not None) == ("anna", True)
        assert facts(place.workspace) == []
        assert (await browser.press(f"/imports/{ours.seq}/undo")).status_code == 404, "once is enough"

    run(app, walk)


def facts(workspace: Workspace) -> list[tuple[Any, ...]]:
    with open_tables(workspace) as tables:
        return tables.con.execute(FACTS).fetchall()


def test_three_files_at_once_are_recognised_by_their_columns(app: FastAPI, place: Place) -> None:
    messages = (
        b"wamid,to,sent_at,delivered_at,campaign\nm1,+4915112345678,2026-09-01T08:00:00Z,2026-09-01T08:00:05Z,spring\n"
    )
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"},
        "statuses": [{"id": "wamid.1", "status": "sent", "timestamp": "1772359200", "recipient_id": "4915112345678"}]}}]}]}  # fmt: skip
    costs = b"campaign,kind,amount,date\nspring,content,120.00,2026-09-01\n"

    async def walk(browser: Browser) -> None:
        files = (("a.csv", messages), ("b.jsonl", json.dumps(body).encode() + b"\n"), ("c.csv", costs))
        assert (await browser.upload(*files)).headers["location"] == "/imports"
        listed = text_of(await browser.page("/imports"))
        assert "3 files wait to be imported" in listed
        kinds = []
        for one in waiting(place.workspace):
            page = await browser.page(f"/imports/waiting/{one.id}")
            kinds.append(re.findall(r'<option value="(\w+)" selected', page)[0])
        assert kinds == ["messages", "whatsapp", "costs"]
        for one in waiting(place.workspace):
            await browser.press(f"/imports/waiting/{one.id}/commit")
            await ended(place)
        assert [one.kind for one in place.state().imports.values()] == kinds
        with open_tables(place.workspace) as tables:
            assert tables.con.execute("SELECT count(*) FROM message").fetchone() == (2,)

    run(app, walk)


def test_too_much_is_refused_and_leaves_nothing(app: FastAPI, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_imports, "MOST_FILES", 100_000)

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.csv"\r\n\r\n'
        for _ in range(200):
            yield b"x" * 1_000
        yield b"\r\n--b--\r\n"

    async def walk(browser: Browser) -> None:
        told = await browser.upload(("big.csv", b"x" * 200_000))
        assert told.status_code == 413
        assert "larger than 100,000 bytes" in text_of(told.text)
        address = f"/imports/upload?csrf={browser.token}"
        headers = {"content-type": "multipart/form-data; boundary=b"}
        untold = await browser.client.post(address, content=endless(), headers=headers)
        assert untold.status_code == 413, "also where the length is not told before"
        assert not list((place.workspace.path / FOLDER).glob("*/*"))
        large = await browser.upload(("fits.csv", b"a,b\n" + b"1,2\n" * 20_000))
        assert large.status_code == 303, "beyond the bound of other addresses"
        assert (await browser.press("/settings/set", name="x" * 70_000)).status_code == 413

    run(app, walk)


def test_the_front_lets_files_through_only_where_they_are_taken() -> None:
    assert limits.takes_files("/imports/upload")
    assert limits.takes_files("/w/shop/imports/upload")
    assert not any(
        map(limits.takes_files, ("/imports", "/imports/upload/x", "/w/a/b/imports/upload", "/api/imports/upload"))
    )


def test_a_form_of_another_page_uploads_nothing(app: FastAPI, place: Place) -> None:
    async def walk(browser: Browser) -> None:
        for token in ("", "wrong"):
            answer = await browser.upload(("orders.csv", ORDERS), token=token)
            assert answer.status_code == 403
            assert "You may not see this" in answer.text
        foreign = await browser.client.post(
            f"/imports/upload?csrf={browser.token}",
            files={"files": ("a.csv", ORDERS)},
            headers={"sec-fetch-site": "cross-site"},
        )
        assert foreign.status_code == 403
        assert not waiting(place.workspace)
        assert f'action="/imports/upload?csrf={browser.token}"' in await browser.page("/imports"), "the form carries it"

    run(app, walk)


def test_a_viewer_sees_no_forms_and_posts_nothing(app: FastAPI, place: Place) -> None:
    async def lay(browser: Browser) -> None:
        await browser.upload(("orders.csv", ORDERS))

    run(app, lay)
    (one,) = waiting(place.workspace)

    async def walk(browser: Browser) -> None:
        for path in ("/imports", f"/imports/waiting/{one.id}", "/settings", "/sample"):
            main = (await browser.page(path)).partition("<main")[2]
            actions = set(re.findall(r'method="post" action="([^"?]+)', main))
            assert actions <= {"/settings/password", "/settings/keys"}, path
        assert (await browser.client.get("/settings/access")).status_code == 403
        for path in (f"/imports/waiting/{one.id}/check", f"/imports/waiting/{one.id}/commit", "/imports/1/undo", "/sample", "/settings/set",
                     "/settings/access/user", "/settings/access/key"):  # fmt: skip
            assert (await browser.press(path)).status_code == 403, path
        assert (await browser.upload(("x.csv", ORDERS))).status_code == 403
        assert len(waiting(place.workspace)) == 1

    run(app, walk, "vera")


HOSTILE = (
    "../../etc/passwd.csv", "/etc/passwd", "..\\..\\boot.ini", "<img src=x onerror=alert(1)>.csv", "\u202egpj.csv", "...", "a" * 300 + ".csv",
    "=cmd|calc.csv", "con", "a\nb.csv", "ⓘ\u0000x.csv", "-rf", "{{7*7}}.csv",
)  # fmt: skip


def test_hostile_names_and_cells_stay_text_and_stay_inside(app: FastAPI, place: Place) -> None:
    cell = "<img src=x onerror=alert(1)>{{7*7}}\"'`"
    data = f'"{cell.replace(chr(34), chr(34) * 2)}",order_id,ordered_at,total\n"=1+1",o1,2026-09-01T00:00:00Z,10.00\n'.encode()
    outside = {path for path in place.workspace.path.parent.rglob("*") if FOLDER not in path.parts}

    async def walk(browser: Browser) -> None:
        for name in HOSTILE:
            boundary = b"frontier"
            head = (
                b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="'
                + name.replace('"', "%22").encode()
                + b'"\r\n\r\n'
            )
            content = head.replace(b"\n", b" ") if b"\r\n" not in head else head
            answer = await browser.client.post(
                f"/imports/upload?csrf={browser.token}",
                content=content + data + b"\r\n--frontier--\r\n",
                headers={"content-type": f"multipart/form-data; boundary={boundary.decode()}"},
            )
            assert answer.status_code in (303, 422), name
        for one in waiting(place.workspace):
            page = await browser.page(f"/imports/waiting/{one.id}")
            assert "<img src=x" not in page
            assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", page)
            assert "49" not in page.partition("<main")[2] or "{{7*7}}" in html.unescape(page)
            assert cell in html.unescape(page)
        await browser.page("/imports")

    run(app, walk)
    assert len(waiting(place.workspace)) >= len(HOSTILE) - 2
    folder = place.workspace.path / FOLDER
    assert all(path.parent.parent == folder for path in folder.glob("*/*"))
    after = {path for path in place.workspace.path.parent.rglob("*") if FOLDER not in path.parts}
    assert {
        path
        for path in after - outside
        if "tables" not in path.parts and "-wal" not in path.name and "-shm" not in path.name
    } == set()


def test_what_cannot_be_read_is_told_with_what_to_do(app: FastAPI, place: Place) -> None:
    async def walk(browser: Browser) -> None:
        nothing = await browser.client.post(f"/imports/upload?csrf={browser.token}", files={"files": ("", b"")})
        assert nothing.status_code == 422
        assert "Choose one or several files" in text_of(nothing.text)
        answer = await browser.upload(("table.xlsx", b"PK\x03\x04" + b"\x00" * 500))
        page = text_of(await browser.page(answer.headers["location"]))
        assert "neither text nor Parquet" in page
        assert "Save it as CSV (UTF-8), JSON Lines or Parquet." in page
        answer = await browser.upload(("orders.csv", ORDERS))
        address = answer.headers["location"]
        twice = await browser.press(f"{address}/check", **{**CHOSEN, "c3": "tax"})
        assert twice.status_code == 400
        assert "two columns were chosen for the field tax" in text_of(twice.text)
        await browser.press(f"{address}/check", **CHOSEN, timezone="Berlin")
        await ended(place)
        wrong = text_of(await browser.page(address))
        assert "Berlin" in wrong
        assert "It cannot be read like this" in wrong
        gone = await browser.client.get("/imports/waiting/0123456789abcdef")
        assert gone.status_code == 404
        for path in ("/imports/waiting/..%2f..", "/imports/999", "/imports/x", "/imports/99999999999999999999"):
            assert (await browser.client.get(path)).status_code == 404, path
        assert (await browser.press(f"{address}/discard")).headers["location"] == "/imports"
        assert [one.name for one in waiting(place.workspace)] == ["table.xlsx"]

    run(app, walk)


def test_one_job_at_a_time_and_a_page_that_looks_again(
    app: FastAPI, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = [False]

    def slow(*_: object) -> dict[str, Any]:
        while not go[0]:
            time.sleep(0.01)
        return {"files": []}

    monkeypatch.setattr(page_imports, "check", slow)
    monkeypatch.setattr(page_imports, "SOON_SECONDS", 0.05)

    async def walk(browser: Browser) -> None:
        address = (await browser.upload(("orders.csv", ORDERS))).headers["location"]
        await browser.press(f"{address}/check", **CHOSEN)
        for path in (address, "/imports"):
            page = await browser.page(path)
            assert 'data-wait="1"' in page
            assert "Checking what would be taken" in page
            assert "Look again" in page, "without JavaScript somebody presses"
        again = await browser.press(f"{address}/check", **CHOSEN)
        assert again.status_code == 409
        assert "under way" in text_of(again.text)
        kept = await browser.press(f"{address}/discard")
        assert (kept.status_code, len(waiting(place.workspace))) == (409, 1), "it is being read"
        go[0] = True
        await ended(place)
        assert 'data-wait="0"' in await browser.page(address)

    run(app, walk)


def test_sample_data_goes_into_an_empty_workspace_and_out_again(
    app: FastAPI, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sample_data.load_sample
    monkeypatch.setattr(
        page_imports, "load_sample", lambda workspace, progress: real(workspace, messages=2_000, progress=progress)
    )

    async def walk(browser: Browser) -> None:
        first = await browser.page("/")
        assert 'action="/sample"' in first
        assert "Sample data" not in first.partition("<main")[2].replace("Look at sample data", "")
        assert (await browser.press("/sample")).headers["location"] == "/sample"
        await ended(place)
        assert place.state().sample is not None
        for path in ("/", "/campaigns", "/sample", "/imports"):
            assert '<li class="chip warn">Sample data</li>' in await browser.page(path), path
        assert len(place.state().campaigns) == 12
        assert "enctype" not in await browser.page("/imports")
        refused = await browser.upload(("orders.csv", ORDERS))
        assert refused.status_code == 409
        assert "Take the sample data out first." in text_of(refused.text)
        again = await browser.press("/sample")
        assert again.status_code == 409
        assert "sample data goes into an empty workspace only" in text_of(again.text)
        await browser.press("/sample/remove")
        await ended(place)
        state = place.state()
        assert (state.sample, state.campaigns, state.experiments, state.active_imports) == (None, {}, {}, [])
        assert state.margin(place.workspace.today(state)) is None
        assert 'action="/sample"' in await browser.page("/"), "as empty as before"
        await browser.press("/sample")
        await ended(place)
        assert len(place.state().campaigns) == 12, "and in again"

    run(app, walk)


def test_sample_data_never_meets_data_of_ones_own(app: FastAPI, place: Place) -> None:
    add_campaign(place.workspace, Campaign("spring", "Spring", "", "marketing", "", "", None, ()))

    async def walk(browser: Browser) -> None:
        answer = await browser.press("/sample")
        assert answer.status_code == 409
        assert "this one holds campaigns" in text_of(answer.text)
        assert "holds data of its own" in text_of(await browser.page("/sample"))
        assert (await browser.press("/sample/remove")).status_code in (303, 409)
        await ended(place)
        assert list(place.state().campaigns) == ["spring"]

    run(app, walk)
