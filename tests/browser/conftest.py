"""A real Chromium, a shop's pages, and a server: what tests in a browser stand on.

Chromium is the system's own (`EARNEST_CHROMIUM` names another); nothing is downloaded. Where it or Playwright is missing, the tests are
skipped with what to install, unless EARNEST_BROWSER_NEEDED is set, as it is where every change is checked: then they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from browser.pages import ShopPages, shop_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
"""A container's root has no sandbox and little shared memory."""
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
"""As Chromium's with a window: without one it names itself a program, and its clicks are no human's."""


def _missing(what: str, remedy: str) -> NoReturn:
    if os.environ.get("EARNEST_BROWSER_NEEDED"):
        pytest.fail(f"{what}: {remedy}")
    pytest.skip(f"{what}: {remedy}")


def chromium_path() -> str:
    """Where the browser lies; skips the test where there is none."""
    named = os.environ.get("EARNEST_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None or not Path(found).exists():
        _missing("no Chromium is installed", "apt-get install chromium, or set EARNEST_CHROMIUM to one")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file, and gone after it: while Playwright runs, no other test of this process can run an
    event loop of its own.
    """
    path = chromium_path()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("Playwright is not installed", "pip install playwright")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has been nowhere: no cookie, no storage. It calls itself what it is, but for its lack of a window."""
    made = browser.new_context(user_agent=AGENT.format(version=browser.version.partition(".")[0]))
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def shop() -> Iterator[ShopPages]:
    """A shop whose pages the test writes."""
    with shop_pages() as pages:
        yield pages
