"""A small simulated shop behind a server, and somebody signed in to it in a browser."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

from earnest.access.principal import operator
from earnest.usecases.access import Administration, add_user, create_key, open_access
from earnest.usecases.demo import run_demo
from earnest.usecases.workspace import Workspace
from integration.served import Served, http_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

MESSAGES = 24_000
NAME, PASSWORD = "anna", "a-long-enough-password"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Dashboard:
    """The server of one workspace, and a key to its API."""

    workspace: Workspace
    server: Served
    key: str

    def address(self, path: str) -> str:
        return f"http://localhost:{self.server.port}{path}"

    def api(self, path: str) -> Any:
        """What the API answers."""
        request = urllib.request.Request(self.address(path), headers={"authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@contextlib.contextmanager
def dashboard(folder: Path) -> Iterator[Dashboard]:
    """Make the shop and serve it."""
    workspace = run_demo(folder, messages=MESSAGES).workspace
    with open_access(workspace) as access:
        admin = Administration(workspace, access, operator("root"))
        add_user(admin, NAME, password=PASSWORD, role="admin")
        key = create_key(admin, "tests", scopes=("reports:read",))[1]
    with http_process(workspace.path) as server:
        yield Dashboard(workspace, server, key)


@dataclass
class Visitor:
    """A browser's page that remembers what went wrong on it."""

    page: Page
    site: Dashboard
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Open a page of the dashboard; whatever the console says is remembered."""
        response = self.page.goto(self.site.address(path))
        self.page.wait_for_load_state("networkidle")
        assert response is not None
        return response

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(self.page.evaluate(OVERFLOW))

    def violations(self) -> list[str]:
        """What axe-core finds, with the first element of each."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@contextlib.contextmanager
def visitor(
    browser: Browser, site: Dashboard, *, theme: str = "light", language: str = "en", script: bool = True
) -> Iterator[Visitor]:
    """Somebody who is signed in. Any request to another host fails the test."""
    context: BrowserContext = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    made = Visitor(page, site)
    page.on("console", lambda told: made.wrong.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: made.wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            made.wrong.append(f"leaves the server: {asked.url}")
            if not asked.url.startswith((site.address("/"), "data:", "blob:"))
            else None
        ),
    )
    made.open("/sign-in")
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state("networkidle")
    yield made
    context.close()
