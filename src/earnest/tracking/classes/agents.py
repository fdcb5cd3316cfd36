"""What a user agent says of itself: whose machine it is, or which sort of browser; read once, then remembered.

    own table (agents.csv) ─> list of crawlers (names.py) ─> words of machines (below) ─> shapes of browsers ─> a program

The order is one of certainty: a name is believed before a word, a word before a shape. Expressions of this module and of the
table are asked of the text in lower case.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib import resources
from typing import NamedTuple

from earnest.tracking.classes.names import crawlers

LONGEST = 512
"""Characters of a user agent that are looked at."""

_REMEMBERED = 32_768

_LIBRARY = re.compile(
    r"libcurl|urllib|http-?client|httpurlconnection|winhttp|\bcurl/|\bwget/|python-|\bjava/[0-9]|libwww(?!-fm)|guzzle|okhttp"
    r"|powershell|^dalvik|cfnetwork/"
)
"""Libraries and tools that ask for addresses."""

_CALLS_ITSELF = re.compile(
    r"(?<!cu)(?<!\bm )bots?(?![a-z])|(?<!cu)bot[/_-]|robot|crawl|crwlr|spider|scrap(e|y|ing)|harvest|archiv|slurp|fetch"
    r"|indexer|uptime|check(er|link)|validat|verifier|scanner|probe|sniffer|collector|reaper|spinn3r|survey|audit"
    r"|inspector|analy[sz]er|observatory|synthetic|preview|feed|rss\b|\breeder|syndication|favicon|screen-?(shot|ie)"
    r"|thumb|snapshot|mshots|backlink|httpstatus|http ?client|web services|agent(/| [0-9])|monitor|adwords|displayads"
    r"|web-?render|\bgoogle[- ](?!pixel|nexus|tv)|-google\b|[a-z]{3,}-(user|web)\b"
)
"""Words that machines use of themselves, and no browser. Cubot and M bot make phones."""

_GIVES_ADDRESS = re.compile(
    r"https?:(?!//(bsalsa|www\.avantbrowser|www\.qtweb)\.(com|net))|www\.(?!avantbrowser|qtweb)|[\w.]+@[\w-]+\.[a-z]{2,}"
    r"|\bat\) ?\w+\.|\bat (gmail|\w+ dot)\b|\b(?!bsalsa|avantbrowser|qtweb)[a-z][a-z0-9-]{2,}\.(com|net|org|io|info)\b(?!\.)"
    r"|\(khtml, like gecko[;,] ?(?!safari)[a-z]"
)
"""The address of whoever runs it, or a name where a browser has none. Three old browsers give their maker's."""

_CARRIES_PEOPLE = re.compile(r"transcoder|mobile-gateway")
"""Services that fetch pages on behalf of a person's simple phone."""

_IN_APP = re.compile(
    r"\bfb(an|av|ios|4a)\b|fb_iab|metaiab|instagram|barcelona [0-9]|\bwhatsapp/|\bline/|micromessenger|telegram-(android|ios)"
    r"|musical_ly|bytedancewebview|\btrill_|tiktok|snapchat|twitter for|linkedinapp|\bpinterest|tumblr|bluesky/|\bnotion/"
    r"|\bgsa/|kakaotalk|naver\(inapp|\bviber|\bzalo|vkandroidapp|vkclient|\bokapp|\bweibo|\bqq/|alipayclient"
    r"|; wv\)|version/4\.0 chrome/|mobile/\w+( \(\d+\))?$"
)
"""Browsers within apps: what people open links of messengers with."""

_STARTS = re.compile(
    r"mozilla[/ ][0-9]+\.[0-9]+|opera[/ ][0-9]|midori/|galeon|konqueror|netscape|firefox/|iceweasel/|uzbl|surf/|iron/"
)
_ENGINE = re.compile(
    r"webkit|gecko/|khtml|trident/|\bmsie |presto/|opera|netfront|goanna|servo|konqueror|blazer|iemobile|nintendo"
    r"|playstation|blackberry|symb(ian|os)|series ?60|maemo|netscape|firefox|iceweasel|chrome/|safari/|uc ?browser|ucweb"
    r"|avantgo|hiptop|macintosh|mac_powerpc|windows (nt|ce|[0-9])|\bwin(9[58]|nt)|\(x11|android [0-9]|iphone|ipad"
    r"|jig browser|ddipocket|foma"
)
_OF_ITS_OWN = re.compile(r"(elinks|links|lynx|w3m|dillo|netsurf|icab|ncsa|hotjava|ibrowse|sleipnir|doris)[ /(_]")
"""Browsers whose user agent does not begin as others' do."""

_PHONE = re.compile(
    r"\bmidp|\bcldc|www browser|\bbrowser/|up\.(browser|link)|ucweb|uc ?browser|obigo|netfront|openwave|teleca|\bmaui|dolfin"
    r"|jasmine|polaris|opera mini|\bwap[-0-9]|nokia|mobile-gateway"
    r"|^(samsung|sec-|sonyericsson|mot-|motorola|blackberry|sie-|sagem|docomo|kddi|j-phone|softbank|portalmmm|gt-|sgh-)"
    r"|^(palm|palmos|htc|lge?|zte|huawei|alcatel|sharp|panasonic|philips|sanyo|toshiba|telit|benq|pantech|haier|micromax"
    r"|karbonn|lava|spice|gionee|vodafone|willcom|emobile|lenovo|xiaomi|oppo|vivo|psp|nintendo|kaios|jiophone|fly|explay"
    r"|nec|qci|amoi)[-_/ ]"
)
_CHROME = re.compile(r"\bchrome/([0-9]{1,6})")


class Agent(NamedTuple):
    """What a user agent says.

    Args:
        machine: code of the rule that it is a machine by; None if nothing says so.
        browser: ``in-app-browser``, ``browser`` or ``phone-browser`` if it is shaped as one; None if not.
        chrome: version of Chrome or of what is built from it; None if it is another.
    """

    machine: str | None
    browser: str | None
    chrome: int | None


@functools.lru_cache(maxsize=_REMEMBERED)
def read_agent(text: str) -> Agent:
    """What a user agent says; remembered, as few differ.

    Example:
        >>> read_agent("curl/8.5.0")
        Agent(machine='program', browser=None, chrome=None)
    """
    text = text[:LONGEST].strip(" \"'=")
    lower = text.lower()
    browser, chrome = _browser(lower), _CHROME.search(lower)
    machine = _named(text, lower) or _described(lower, browser)
    return Agent(machine, browser, int(chrome[1]) if chrome else None)


def _named(text: str, lower: str) -> str | None:
    own = next((reason for pattern, reason in _own() if pattern.search(lower)), None)
    return own or crawlers().kind_in(text)


def _described(lower: str, browser: str | None) -> str | None:
    if _LIBRARY.search(lower):
        return "program"
    if not _CARRIES_PEOPLE.search(lower) and (_CALLS_ITSELF.search(lower) or _GIVES_ADDRESS.search(lower)):
        return "names-itself"
    return "program" if browser is None and lower else None


def _browser(lower: str) -> str | None:
    if _OF_ITS_OWN.match(lower):
        return "browser"
    if _STARTS.match(lower) and _ENGINE.search(lower):
        return "in-app-browser" if _IN_APP.search(lower) else "browser"
    return "phone-browser" if _PHONE.search(lower) else None


@functools.cache
def _own() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("earnest.tracking.classes").joinpath("data/agents.csv").read_text(encoding="utf-8")
    return tuple((re.compile(row["pattern"]), row["reason"]) for row in csv.DictReader(text.splitlines()))
