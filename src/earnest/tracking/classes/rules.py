"""The rules by which a click is judged, in the order in which they are asked; the first that fires decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from earnest.tracking.classes.agents import Agent, read_agent
from earnest.tracking.classes.judged import BOT, HUMAN, PREFETCH, PREVIEW, UNKNOWN, Judged
from earnest.tracking.classes.networks import reason_of


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of one request for a link.

    Args:
        headers: evidence headers, names in lower case. network: see `networks.reason_of`. agent: the user agent as read.
    """

    method: str
    headers: Mapping[str, str]
    network: str | None
    agent: Agent

    def says(self, name: str) -> str:
        """What a header says, in lower case; empty if it is not there."""
        return self.headers.get(name, "").lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to think that a click was a person's or a machine's.

    Args:
        code: the reason. click_class: what the click then is. meaning: why, for people.
        source: where that is known from. holds: whether it is so of a request.
    """

    code: str
    click_class: str
    meaning: str
    source: str
    holds: Callable[[Request], bool]


def classify(method: str, headers: Mapping[str, str], network: str | None) -> Judged:
    """What one request for a link was, by itself.

    Args:
        method: GET, HEAD … headers: names in lower case, of `EVIDENCE_HEADERS`; others are not looked at.
        network: the address's first 24 bits (``203.0.113.0/24``), of IPv6 48; None if it is not known.

    Example:
        >>> classify("GET", {"user-agent": "WhatsApp/2.24.1 A"}, None)
        Judged(click_class='preview', reason='link-preview')
    """
    request = Request(method, headers, network, read_agent(headers.get("user-agent", "")))
    return next(_VERDICTS[rule.code] for rule in RULES if rule.holds(request))


def _machine(code: str) -> Callable[[Request], bool]:
    return lambda request: request.agent.machine == code


def _browser(code: str) -> Callable[[Request], bool]:
    return lambda request: request.agent.browser == code


def _network(code: str) -> Callable[[Request], bool]:
    return lambda request: reason_of(request.network) == code and "x-iorg-fbs" not in request.headers


_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def _prefetches(request: Request) -> bool:
    said = [request.says(name) for name in _PURPOSES if name in request.headers]
    return any("prefetch" in one or "prerender" in one for one in said)


def _previews(request: Request) -> bool:
    said = [request.says(name) for name in _PURPOSES if name in request.headers]
    return "x-fb-http-engine" in request.headers or any("preview" in one for one in said)


def _drives_itself(request: Request) -> bool:
    return request.agent.machine == "automation" or "headless" in request.says("sec-ch-ua")


def _says_nothing(request: Request) -> bool:
    return not request.says("user-agent").strip() and not request.says("accept-language")


def _is_no_navigation(request: Request) -> bool:
    mode = request.says("sec-fetch-mode")
    return mode not in ("", "navigate") or request.says("x-requested-with") == "xmlhttprequest"


_BRAND = re.compile(r'"chromium";v="([0-9]{1,6})')


def _disagrees(request: Request) -> bool:
    """Brands of Chrome beside a user agent of something else, or of another version."""
    brand = _BRAND.search(request.says("sec-ch-ua"))
    if brand is None:
        return False
    return request.agent.chrome is None or request.agent.chrome != int(brand[1])


_FULL_SINCE = 80
"""From this version on Chrome says with every navigation, over any connection, which page types and languages it takes."""


def _is_bare(request: Request) -> bool:
    """A browser that says neither a language nor what it takes, as every browser does when a person opens an address."""
    if request.says("sec-fetch-mode"):
        return False
    takes, language = request.says("accept"), request.says("accept-language")
    anything = takes in ("", "*/*")
    modern = request.agent.chrome is not None and request.agent.chrome >= _FULL_SINCE
    return (anything or not language) if modern and request.agent.browser == "browser" else anything and not language


RULES = (
    Rule(
        "prefetch-header",
        PREFETCH,
        "A browser fetched it in advance (`Sec-Purpose`, `Purpose` or `X-Moz` say so); nobody had pressed yet.",
        "https://wicg.github.io/nav-speculation/prefetch.html",
        _prefetches,
    ),
    Rule(
        "preview-header",
        PREVIEW,
        "An app fetched it for a preview (`Purpose: preview`, `X-Purpose: preview`, or Facebook's own `X-FB-HTTP-Engine`).",
        "https://developer.mozilla.org/docs/Web/HTTP/Headers; seen of Facebook's apps",
        _previews,
    ),
    Rule(
        "link-preview",
        PREVIEW,
        "The user agent is a messenger's or network's maker of link previews (WhatsApp, Facebook, Telegram, Slack …).",
        "tracking/classes/data/agents.csv",
        _machine("link-preview"),
    ),
    Rule(
        "office-check",
        PREFETCH,
        "An Office program asked for the link before it handed it to the browser.",
        "https://learn.microsoft.com/en-us/office/troubleshoot/office-suite-issues/click-hyperlink-to-sso-website",
        _machine("office-check"),
    ),
    Rule(
        "mail-scanner",
        BOT,
        "The user agent names a scanner of mail or links (Safe Links' BingPreview, Barracuda, Mimecast, Proofpoint …).",
        "tracking/classes/data/agents.csv",
        _machine("mail-scanner"),
    ),
    Rule(
        "security-scanner",
        BOT,
        "The user agent names a scanner of sites.",
        "tracking/classes/data/agents.csv; crawler-user-agents 1.67.0",
        _machine("security-scanner"),
    ),
    Rule(
        "automation",
        BOT,
        "A browser that nobody sits at (headless Chrome, PhantomJS, Selenium …), by its user agent or brands.",
        "tracking/classes/data/agents.csv; crawler-user-agents 1.67.0",
        _drives_itself,
    ),
    *(
        Rule(
            code,
            BOT,
            meaning,
            "tracking/classes/data/crawlers.csv (crawler-user-agents 1.67.0), agents.csv",
            _machine(code),
        )
        for code, meaning in (
            ("search-crawler", "The user agent names a search engine's crawler."),
            ("ai-crawler", "The user agent names a crawler or agent of a language model."),
            ("ad-crawler", "The user agent names a crawler of advertisements."),
            ("site-crawler", "The user agent names a crawler for site owners, archives or research."),
            ("monitor", "The user agent names a monitor of availability."),
            ("feed-reader", "The user agent names a reader of feeds."),
        )
    ),
    Rule(
        "program",
        BOT,
        "The user agent names a library or program (curl, python-requests, okhttp …), or no browser at all.",
        "crawler-user-agents 1.67.0; own rule: every browser says `Mozilla/`, `Opera/` or the make of a phone",
        _machine("program"),
    ),
    Rule(
        "names-itself",
        BOT,
        "The user agent calls itself bot, crawler, spider, checker … or gives its operator's address.",
        "RFC 9110, 10.1.2 (robots name who runs them)",
        _machine("names-itself"),
    ),
    Rule(
        "method",
        BOT,
        "Asked with another method than GET; pressing a link always sends GET.",
        "https://html.spec.whatwg.org/multipage/links.html",
        lambda request: request.method != "GET",
    ),
    Rule(
        "no-headers",
        BOT,
        "Neither a user agent nor a language was sent.",
        "RFC 9110, 10.1.5; every browser sends both",
        _says_nothing,
    ),
    Rule(
        "preview-network",
        PREVIEW,
        "Asked from servers of Meta, Telegram or X, where no person's phone is. People on Free Basics (`X-IORG-FBS`) are not meant.",
        "tracking/classes/data/networks.csv",
        _network("preview-network"),
    ),
    Rule(
        "crawler-network",
        BOT,
        "Asked from servers of a search engine's crawler.",
        "tracking/classes/data/networks.csv",
        _network("crawler-network"),
    ),
    Rule(
        "scanner-network",
        BOT,
        "Asked from servers of a mail scanner (Exchange Online Protection, Proofpoint …); offices' own networks are not meant.",
        "tracking/classes/data/networks.csv",
        _network("scanner-network"),
    ),
    Rule(
        "not-a-navigation",
        BOT,
        "A script or an embedded element asked, not a person opening an address (`Sec-Fetch-Mode`, `X-Requested-With`).",
        "https://www.w3.org/TR/fetch-metadata/",
        _is_no_navigation,
    ),
    Rule(
        "no-user-agent",
        UNKNOWN,
        "No user agent was sent.",
        "RFC 9110, 10.1.5",
        lambda request: not request.says("user-agent").strip(),
    ),
    Rule(
        "headers-disagree",
        UNKNOWN,
        "The brands are of another browser, or of another version, than the user agent says.",
        "https://wicg.github.io/ua-client-hints/",
        _disagrees,
    ),
    Rule(
        "bare-browser",
        UNKNOWN,
        "Says it is a browser, and sent nothing that a browser sends when a person opens an address.",
        "https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch",
        _is_bare,
    ),
    Rule(
        "in-app-browser",
        HUMAN,
        "The browser within an app (WhatsApp, Instagram, Facebook, Telegram, LINE, WeChat …), which opens when a person presses.",
        "own rule",
        _browser("in-app-browser"),
    ),
    Rule("phone-browser", HUMAN, "The browser of a simple or old phone.", "own rule", _browser("phone-browser")),
    Rule("browser", HUMAN, "A browser, and nothing speaks against a person.", "own rule", _browser("browser")),
    Rule("unfamiliar", UNKNOWN, "Nothing we know is in what was sent.", "own rule", lambda _: True),
)
"""All rules, in order; the last always holds."""

_VERDICTS = {rule.code: Judged(rule.click_class, rule.code) for rule in RULES}
