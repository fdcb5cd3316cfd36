"""Pictures of every page and report for the docs: `cd tests && python -m browser.screens`. Needs Chromium, and pdftoppm for PDFs.

The shop is simulated with a fixed seed, so pictures differ only where pages or dates do.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from browser.conftest import SWITCHES, chromium_path
from browser.dashboard import Dashboard, dashboard, visitor
from earnest.usecases.report_build import build_report

PLACE = Path(__file__).resolve().parents[2] / "docs" / "screens"
MOST_HIGH = 2_400
PAGES = (
    ("overview", "/", 1360, "light", "en"),
    ("campaigns", "/campaigns", 1360, "light", "en"),
    ("campaign", "/campaigns/vip-preview", 1360, "light", "en"),
    ("campaign-dark-ru", "/campaigns/vip-preview?cmp=campaign:flash-weekend", 1360, "dark", "ru"),
    ("campaign-phone", "/campaigns/loyalty-points", 390, "light", "en"),
    ("overview-phone-dark-ru", "/", 390, "dark", "ru"),
    ("compare", "/campaigns/compare?id=vip-preview&id=video-lookbook&id=loyalty-points", 1360, "light", "en"),
    ("explain", "/explain/vip-preview?path=kpis.delivery_rate", 1360, "light", "en"),
    ("experiments", "/experiments", 1360, "light", "en"),
    ("costs", "/costs", 1360, "light", "en"),
    ("quality", "/quality", 1360, "light", "en"),
    ("reports", "/reports/new?campaign=vip-preview", 1360, "light", "en"),
    ("assumptions", "/assumptions", 1360, "light", "en"),
    ("imports", "/imports", 1360, "light", "en"),
    ("settings", "/settings", 1360, "dark", "en"),
)
REPORTS = (("cfo", "en"), ("cmo", "ru"), ("crm", "de"), ("client", "es"), ("cfo", "pt_BR"))


def main() -> None:
    """Take every picture."""
    PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, dashboard(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=SWITCHES)
        for name, address, width, theme, language in PAGES:
            _page(browser, site, name, address, (width, theme, language))
        browser.close()
        for audience, language in REPORTS:
            _report(site, audience, language, Path(folder))


def _page(browser: Browser, site: Dashboard, name: str, address: str, look: tuple[int, str, str]) -> None:
    width, theme, language = look
    with visitor(browser, site, theme=theme, language=language) as someone:
        someone.page.set_viewport_size({"width": width, "height": 900})
        someone.open(address)
        someone.page.wait_for_function("!document.querySelector('[aria-busy=true]')", timeout=60_000)
        _keep(Image.open(io.BytesIO(someone.page.screenshot(full_page=True))), name)


def _report(site: Dashboard, audience: str, language: str, folder: Path) -> None:
    file = folder / f"{audience}.pdf"
    build_report(site.workspace, "vip-preview", file, audience=audience, language=language)
    subprocess.run(["pdftoppm", "-r", "60", "-png", "-f", "1", "-l", "1", file, folder / "page"], check=True)
    (first,) = sorted(folder.glob("page-*.png"))
    _keep(Image.open(first), f"report-{audience}-{language.lower().replace('_', '-')}")
    first.unlink()


def _keep(picture: Image.Image, name: str) -> None:
    """As few bytes as a picture of text needs; what is very long is cut."""
    short = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, MOST_HIGH)))
    short.quantize(96).save(PLACE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
