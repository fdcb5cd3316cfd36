"""What one request for a link shows: every rule fires, in order, and says why."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from earnest.tracking.classes import CLASSES, classify
from earnest.tracking.classes.agents import read_agent
from earnest.tracking.classes.names import crawlers, names_of
from earnest.tracking.classes.networks import reason_of
from earnest.tracking.classes.rules import RULES

CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
SAFARI = f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1"
PAGE = {"accept": "text/html,*/*;q=0.8", "accept-language": "de"}
BRANDS = '"Chromium";v="141", "Google Chrome";v="141", "Not.A/Brand";v="8"'


def judge(agent: str | None = CHROME, *, method: str = "GET", network: str | None = None, **headers: str) -> str:
    """`class reason` of a page's request, with these headers beside."""
    sent = PAGE | ({} if agent is None else {"user-agent": agent})
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    found = classify(method, sent, network)
    return f"{found.click_class} {found.reason}"


def test_the_rules_are_told_apart() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert {rule.click_class for rule in RULES} == set(CLASSES)
    assert all(rule.meaning.endswith(".") and rule.source for rule in RULES)
    assert not {"burst", "too-soon", "repeated"} & set(codes), "those are judged in the tables"


MESSENGERS = {
    "WhatsApp/2.24.20.89 A": "link-preview",
    "WhatsApp/2.24.20 i": "link-preview",
    "WhatsApp/2.2449.6 W": "link-preview",
    "WhatsApp/2": "link-preview",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": "link-preview",
    "meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)": "link-preview",
    "TelegramBot (like TwitterBot)": "link-preview",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)": "link-preview",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)": "link-preview",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com": "link-preview",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)": "link-preview",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0": "link-preview",
    "facebookexternalhit/1.1;line-poker/1.0": "link-preview",
    "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984": "link-preview",
    "Viber/13.0": "link-preview",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)": "link-preview",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b": "mail-scanner",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)": "mail-scanner",
    "BarracudaCentral/1.0": "mail-scanner",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Word 16.0.17328; Pro)": "office-check",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "search-crawler",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)": "ai-crawler",
    "curl/8.5.0": "program",
    "Wget/1.21.4": "program",
    "python-requests/2.32.3": "program",
    "Go-http-client/2.0": "program",
    "okhttp/4.12.0": "program",
    "Java/17.0.9": "program",
    "Dalvik/2.1.0 (Linux; U; Android 13; Nokia G22 Build/TKQ1)": "program",
    "Mozilla/5.0": "program",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36": "automation",
    "Mozilla/5.0 (compatible; ShopWatch; ops@shopwatch.example)": "names-itself",
}


@pytest.mark.parametrize("agent", MESSENGERS, ids=lambda agent: agent[:30])
def test_machines_that_say_so(agent: str) -> None:
    wanted = MESSENGERS[agent]
    classes = {rule.code: rule.click_class for rule in RULES}
    assert judge(agent) == f"{classes[wanted]} {wanted}"


PEOPLE = {
    CHROME: "browser",
    SAFARI: "browser",
    f"{IPHONE} Mobile/15E148": "in-app-browser",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/440.0.0.30.101;FBDV/iPhone14,5]": "in-app-browser",
    f"{IPHONE} Mobile/22B83 Instagram 355.1.0.31.91 (iPhone14,5; iOS 18_1; de_DE)": "in-app-browser",
    f"{IPHONE} Mobile/22B83 Barcelona 355.0.0.27.109 (iPhone14,5; iOS 18_1; de_DE)": "in-app-browser",
    f"{IPHONE} Mobile/22B83 WhatsApp/24.21.80": "in-app-browser",
    f"{IPHONE} Mobile/22B83 Safari Line/14.19.1": "in-app-browser",
    f"{IPHONE} Mobile/22B83 MicroMessenger/8.0.53(0x18003530) NetType/WIFI Language/zh_CN": "in-app-browser",
    f"{IPHONE} Mobile/22B83 musical_ly_37.0.0 BytedanceWebview/d8a21c6": "in-app-browser",
    f"{IPHONE} Mobile/22B83 Snapchat/13.15.0.37 (like Safari/8619.2.8, panda)": "in-app-browser",
    f"{IPHONE} GSA/340.3.695264023 Mobile/15E148 Safari/604.1": "in-app-browser",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/130.0.6723.86 Mobile Safari/537.36 Telegram-Android/11.4.2": "in-app-browser",
    "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5": "browser",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10": "browser",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; en-US; SM-G7102) U2/1.0.0 UCBrowser/9.4.1.482 U2/1.0.0 Mobile": "phone-browser",
    "Nokia6300/2.0 (07.21) Profile/MIDP-2.0 Configuration/CLDC-1.1": "phone-browser",
    "Mozilla/5.0 (Linux; Android 6.0; CUBOT DINOSAUR Build/MRA58K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/119.0.0.0 Mobile Safari/537.36": "browser",
    "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 "
    "Chrome/122.0.0.0 Mobile Safari/537.36": "browser",
    "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15": "browser",
    "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko) Version/5.0 "
    "Safari/533.2+ Kindle/3.0+": "browser",
}  # fmt: skip


@pytest.mark.parametrize("agent", PEOPLE, ids=lambda agent: agent[-40:])
def test_people_whatever_they_hold(agent: str) -> None:
    assert judge(agent) == f"human {PEOPLE[agent]}"


def test_what_was_fetched_in_advance() -> None:
    assert judge(sec_purpose="prefetch") == "prefetch prefetch-header"
    assert judge(sec_purpose="prefetch;prerender") == "prefetch prefetch-header"
    assert judge(purpose="prefetch") == "prefetch prefetch-header"
    assert judge(x_moz="prefetch") == "prefetch prefetch-header"
    assert judge(SAFARI, x_purpose="preview") == "preview preview-header"
    assert judge(SAFARI, purpose="Preview") == "preview preview-header"
    assert judge(SAFARI, x_fb_http_engine="Liger") == "preview preview-header"


def test_pressing_a_link_is_a_get_navigation() -> None:
    assert judge(method="HEAD") == "bot method"
    assert judge("WhatsApp/2.24.1 A", method="HEAD") == "preview link-preview", "who it is says more than how it asks"
    assert judge(sec_fetch_mode="navigate", sec_fetch_dest="document") == "human browser"
    assert judge(sec_fetch_mode="no-cors", sec_fetch_dest="image") == "bot not-a-navigation"
    assert judge(x_requested_with="XMLHttpRequest") == "bot not-a-navigation"
    assert judge(x_requested_with="com.whatsapp") == "human browser", "Android's WebView names its app"


def test_nothing_sent_is_nobody() -> None:
    assert classify("GET", {}, None) == ("bot", "no-headers")
    assert classify("GET", {"user-agent": " "}, None) == ("bot", "no-headers")
    assert judge(None) == "unknown no-user-agent"


def test_brands_have_to_fit() -> None:
    assert judge(sec_ch_ua=BRANDS, sec_ch_ua_mobile="?1") == "human browser"
    assert judge(sec_ch_ua=BRANDS.replace("141", "129")) == "unknown headers-disagree"
    assert judge(SAFARI, sec_ch_ua=BRANDS) == "unknown headers-disagree"
    assert judge(sec_ch_ua='"HeadlessChrome";v="141", "Chromium";v="141"') == "bot automation"
    opera = CHROME + " OPR/125.0.0.0"
    assert judge(opera, sec_ch_ua='"Opera";v="125", "Chromium";v="141"') == "human browser", (
        "its own version is another"
    )


def test_a_browser_says_what_it_takes() -> None:
    assert classify("GET", {"user-agent": CHROME}, None) == ("unknown", "bare-browser")
    assert classify("GET", {"user-agent": CHROME, "accept": "*/*", "accept-language": "de"}, None)[1] == "bare-browser"
    assert classify("GET", {"user-agent": CHROME, "accept": "text/html"}, None)[1] == "bare-browser"
    old = "Mozilla/5.0 (Linux; U; Android 2.3.6; de-de; GT-S5360) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1"
    assert classify("GET", {"user-agent": old, "accept": "text/html"}, None) == ("human", "browser")
    assert classify("GET", {"user-agent": old, "accept": "*/*"}, None) == ("unknown", "bare-browser")


def test_servers_of_machines() -> None:
    assert judge(network="31.13.66.0/24") == "preview preview-network"
    assert judge(network="2a03:2880:11::/48") == "preview preview-network"
    assert judge(network="149.154.161.0/24") == "preview preview-network"
    assert judge(network="66.249.66.0/24") == "bot crawler-network"
    assert judge(network="104.47.5.0/24") == "bot scanner-network"
    assert judge(network="31.13.66.0/24", x_iorg_fbs="true") == "human browser", "Free Basics: a person by way of Meta"
    assert judge(network="203.0.113.0/24") == "human browser"
    assert judge(network="13.107.6.0/24") == "human browser", "Microsoft's offices and clouds have people in them"


@pytest.mark.parametrize("network", ["", "nonsense", "10.0.0.0/8", "0.0.0.0/0", "::/0", None])
def test_a_network_that_tells_nothing(network: str | None) -> None:
    assert reason_of(network) is None


def test_networks_are_dated_sourced_and_wide_enough() -> None:
    text = resources.files("earnest.tracking.classes").joinpath("data/networks.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    codes = {rule.code for rule in RULES}
    assert all(row["source"] and re.fullmatch(r"20[0-9]{2}-[01][0-9]", row["read"]) for row in rows)
    assert all(row["reason"] in codes for row in rows)
    assert all(reason_of(_first(row["network"])) == row["reason"] for row in rows)


def _first(network: str) -> str:
    """The first network, as wide as a click's, within a range."""
    return network.partition("/")[0] + ("/48" if ":" in network else "/24")


def test_every_kind_of_machine_has_its_rule() -> None:
    codes = {rule.code for rule in RULES}
    found = crawlers()
    kinds = {kind for names in found.by_head.values() for _, kind in names} | {kind for _, kind in found.patterns}
    assert kinds <= codes
    text = resources.files("earnest.tracking.classes").joinpath("data/agents.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        assert row["reason"] in codes
        assert row["who"]
        assert row["source"]
        assert row["pattern"] == row["pattern"].lower()
        re.compile(row["pattern"])


def test_a_name_is_found_as_its_pattern_would_find_it() -> None:
    rows = [(r"Foo\/Bot", "a"), (r"^Bar", "b"), (r"[bB]az", "c"), ("Y!J", "d")]
    names = names_of(rows)
    for text in ("x Foo/Bot", "Foo Bot", "Bar", "x Bar", "bAz Baz", "Y!J-ASR", "Y!", "", "Foo/Bo"):
        by_pattern = {kind for pattern, kind in rows if re.search(pattern, text)}
        assert names.kind_in(text) in (by_pattern or {None}), text


@pytest.mark.parametrize(
    "text", ["", "\x00", "Mozilla/5.0 " * 400, "bot" * 4000, "Chrome/" + "9" * 5000, "\ud800", "ł" * 999]
)
def test_no_user_agent_breaks_it(text: str) -> None:
    classify("GET", {"user-agent": text, "sec-ch-ua": text}, text)
    assert read_agent(text) == read_agent(text)
